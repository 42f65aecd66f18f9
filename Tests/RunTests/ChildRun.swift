import Foundation
import Testing

/// `assay`, built beside the tests, as a process that can be killed.
struct ChildRun {
  static let program: URL? = {
    let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    return folders.map { $0.appending(path: "assay") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  struct Outcome {
    /// Nil: it was killed before it ended.
    var status: Int32?
    var output: String
  }

  let folder: URL

  /// Runs `assay` in the folder, through a shell where `limits` sets some.
  /// - Parameters:
  ///   - signal: sent after so many seconds.
  ///   - limits: commands of the shell before it, such as `ulimit -f 10`.
  @discardableResult
  func run(
    _ arguments: [String], signal: (number: Int32, seconds: Double)? = nil, limits: String = ""
  ) throws -> Outcome {
    let program = try #require(Self.program, "the assay executable is not beside the tests")
    let process = Process()
    process.currentDirectoryURL = folder
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "\(limits)\nexec \"$@\"", "bash", program.path] + arguments
    let log = folder.appending(path: "log-\(UUID())")
    try Data().write(to: log)
    let handle = try FileHandle(forWritingTo: log)
    (process.standardOutput, process.standardError) = (handle, handle)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    if let signal {
      let end = ContinuousClock.now + .seconds(signal.seconds)
      while process.isRunning, ContinuousClock.now < end { usleep(2000) }
      if process.isRunning { kill(process.processIdentifier, signal.number) }
    }
    process.waitUntilExit()
    let wasKilled = process.terminationReason == .uncaughtSignal
    defer { try? FileManager.default.removeItem(at: log) }
    return Outcome(
      status: wasKilled ? nil : process.terminationStatus,
      output: String(decoding: try Data(contentsOf: log), as: UTF8.self))
  }

  /// What must be equal of two runs, by path: all but wall times.
  func results(_ run: String) throws -> [String: Data] {
    let root = folder.appending(path: run)
    var results: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
      let name = URL(fileURLWithPath: path).lastPathComponent
      if ["metrics.jsonl", "model.safetensors", "optimizer.safetensors", "adapter.safetensors"].contains(name)
        || name.hasPrefix("harvest")
      {
        results[path] = try Data(contentsOf: root.appending(path: path))
      }
    }
    return results
  }
}

/// A chain of five stages of some steps each, on a policy of seven thousand parameters.
/// - Parameter precision: not `auto`, by which two runs beside a busy machine may choose differently.
func tinyChain(
  lora: Int = 0, state: String = "fp32", saveSteps: Int = 1, precision: String = "fp32"
) -> String {
  """
  name: tiny
  seed: 7
  runtime: {precision: \(precision)}
  policy:
    model: spark
    spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}
    lora: {rank: \(lora)}
  tasks:
    - {name: sums, generator: sums, style: terse, options: {max_digits: 1}}
    - {name: products, generator: products, style: terse, weight: 0.5}
  rewards:
    math:
      - {verifier: length, weight: 1, options: {max_words: 4, margin: 8}}
      - {verifier: math-answer, weight: 0}
  sampling: {max_completion_tokens: 24}
  stages:
    - sft: {name: cold, examples: 64, batch_size: 8, epochs: 1, learning_rate: 1e-2, optimizer_state: \(state)}
    - grpo:
        name: rl
        steps: 4
        problems_per_step: 4
        group_size: 4
        num_iterations: 2
        minibatches: 2
        learning_rate: 1e-3
        optimizer_state: \(state)
        reference_refresh_steps: 2
    - harvest:
        name: harvest
        problems: 8
        keep_per_problem: 2
        filters: {truncated: false, unreadable: false}
    - sft: {name: polish, source: harvested, batch_size: 4, steps: 4, learning_rate: 1e-3}
    - grpo: {name: rl2, steps: 3, problems_per_step: 4, group_size: 4, learning_rate: 1e-3, kl_coefficient: 0}
  evaluation: {problems_per_task: 4, samples_per_problem: 2, every: 2}
  save_steps: \(saveSteps)
  """
}
