import Foundation
import Synchronization
import VerifierKit

@testable import Trainer

/// Accepts texts of an even number of bytes; says no more of anything.
struct EvenRewarder: Rewarder {
  /// Called before each step of GRPO.
  var onStep: @Sendable () -> Void = {}

  func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    let isEven = sample.completion.text.utf8.count % 2 == 0
    return [
      "even": .verdict(isEven ? .accepted("even") : .rejected("odd"), micros: 1)
    ]
  }

  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    outcomes.map { Reward(value: $0["even"]?.verdict?.score, outcomes: $0) }
  }

  func beginStep(say: @Sendable (String) -> Void) async throws { onStep() }
}

/// A run of a few steps on a policy of some thousand parameters, in the test's own process.
enum TinyRun {
  static func yaml(_ more: String = "") -> String {
    """
    name: tiny
    seed: 7
    policy: {model: spark, spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
    tasks: [{name: sums, generator: sums, style: terse, options: {max_digits: 1}}]
    rewards: {math: [{verifier: even}]}
    sampling: {max_completion_tokens: 8}
    stages:
      - sft: {name: cold, examples: 24, batch_size: 8, epochs: 1, learning_rate: 1e-2}
      - grpo: {name: rl, steps: 6, problems_per_step: 2, group_size: 4, learning_rate: 1e-3}
    evaluation: {problems_per_task: 2, every: 3}
    runtime: {threads: 1}
    save_steps: 1
    \(more)
    """
  }

  /// - Parameter stopAt: the step of GRPO, from 1, in which the run is asked to stop; nil: it runs to its end.
  static func start(
    _ yaml: String, in runs: URL, stopAt: Int? = nil, policy: PolicySource? = nil
  ) async throws -> RunFolder {
    let recipe = try Recipe(yaml: yaml)
    let stop = StopRequest()
    let pipeline = try Pipeline(
      recipe: recipe, policy: policy ?? PolicySource(recipe), rewarder: rewarder(stop, at: stopAt),
      recipeFolder: runs, runs: runs, stop: stop, say: { _ in })
    return try await pipeline.run()
  }

  static func resume(
    _ folder: RunFolder, recipe: Recipe? = nil, overrides: [String] = [], checkpoint: Int? = nil,
    stopAt: Int? = nil, say: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> RunFolder {
    let run = try ResumedRun(
      folder.url, recipe: recipe, overrides: overrides, step: checkpoint, say: say)
    let stop = StopRequest()
    let pipeline = try Pipeline(
      resuming: run, rewarder: rewarder(stop, at: stopAt), recipeFolder: folder.url, stop: stop, say: say)
    return try await pipeline.run()
  }

  private static func rewarder(_ stop: StopRequest, at step: Int?) -> EvenRewarder {
    let count = Counted()
    return EvenRewarder { if count.next() == step { stop.stop() } }
  }

  /// Asked to stop at that step of GRPO, in a folder of that name.
  static func stopped(_ yaml: String, at step: Int, in runs: URL) async throws -> RunFolder {
    do {
      return try await start(yaml, in: runs, stopAt: step)
    } catch let stopped as RunStopped {
      return stopped.folder
    }
  }

  static func weights(_ folder: RunFolder, step: Int) throws -> Data {
    try Data(contentsOf: folder.checkpoint(step: step).appending(path: "model.safetensors"))
  }
}

private final class Counted: Sendable {
  private let count = Mutex(0)
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}

/// Lines of a run, from any thread.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
  var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

/// As `withFolder`, for what waits.
func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}
