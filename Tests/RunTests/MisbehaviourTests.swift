import Foundation

import Testing
import Trainer
import VerifierKit

@testable import Host

private let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

/// The plugin in a folder of its own, built.
private func place(_ name: String) throws -> (plugins: URL, folder: PluginFolder) {
  let plugins = FileManager.default.temporaryDirectory.appending(path: "assay-run-\(UUID())")
  try FileManager.default.createDirectory(at: plugins, withIntermediateDirectories: true)
  try FileManager.default.copyItem(
    at: root.appending(path: "Tests/RunTests/Plugins/\(name)"), to: plugins.appending(path: name))
  let folder = try PluginFolder(plugins.appending(path: name))
  _ = try PluginBuilder(home: root).build(folder)
  return (plugins, folder)
}

private func recipe(_ name: String, _ plugins: URL, options: String, more: String = "", steps: Int = 2)
  -> String
{
  """
  name: misbehaviour
  seed: 3
  policy: {model: spark, spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
  tasks:
    - {name: sums, generator: sums, style: terse, options: {max_digits: 2}}
    - {name: formulas, generator: formulas, style: terse, options: {depth: 1}}
  rewards:
    math:
      - {verifier: math-answer, weight: 1}
      - {verifier: \(name), weight: 0.5, options: \(options)\(more)}
    logic:
      - {verifier: logic-puzzle, weight: 1}
  plugins: [\(plugins.path)]
  sampling: {temperature: 1, max_completion_tokens: 6}
  stages:
    - grpo: {name: rl, steps: \(steps), problems_per_step: 16, group_size: 4, learning_rate: 1e-3, kl_coefficient: 0}
  evaluation: {problems_per_task: 1, samples_per_problem: 1}
  """
}

/// Trains, and gives back what is stored of the training.
private func train(_ yaml: String, said: @escaping @Sendable (String) -> Void = { _ in }) async throws
  -> [StoredRollout]
{
  let recipe = try Recipe(yaml: yaml)
  let host = try await VerifierHost.make(
    rewards: recipe.rewards.mapValues {
      $0.map {
        RewardSpecification(
          name: $0.verifier, weight: $0.weight, options: $0.options,
          deadline: $0.deadlineSeconds.map { .seconds($0) }, onQuarantine: $0.onQuarantine)
      }
    },
    pluginFolders: recipe.plugins.map { URL(fileURLWithPath: $0) }, judge: nil)
  let runs = FileManager.default.temporaryDirectory.appending(path: "assay-run-\(UUID())")
  defer { try? FileManager.default.removeItem(at: runs) }
  let pipeline = try Pipeline(
    recipe: recipe, policy: try PolicySource(recipe), rewarder: host, recipeFolder: runs, runs: runs,
    say: said)
  let folder = try await pipeline.run()
  return try RolloutStore(folder.rollouts).rollouts(stage: "rl", purpose: .training, limit: 100_000)
}

private func sleepers() -> Int {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.count {
    let line = (try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)) ?? ""
    return line.contains("98765")
  }
}

@Suite("A plugin that misbehaves in the middle of a run", .serialized)
struct Misbehaviour {
  /// Reasons of a fault, by mode.
  static let native = [
    "crash": ["worker-died"], "hang": ["deadline"], "eat": ["worker-died"],
    "garbage": ["worker-nonsense", "worker-died"], "close": ["worker-died"], "exit": ["worker-died"],
    "fork": ["worker-died"],
  ]

  @Test("costs the samples in flight and nobody else", arguments: native.keys.sorted())
  func inNative(mode: String) async throws {
    let (plugins, _) = try place("misbehaves")
    try await check("misbehaves", plugins, mode, Self.native[mode] ?? [])
  }

  static let python = [
    "crash": ["worker-died"], "hang": ["deadline"], "eat": ["out-of-memory"], "exit": ["plugin-error"],
    "raise": ["plugin-error"], "garbage": ["worker-nonsense", "worker-died"],
  ]

  @Test("in Python just so", arguments: python.keys.sorted())
  func inPython(mode: String) async throws {
    let (plugins, _) = try place("python-misbehaves")
    try await check("python-misbehaves", plugins, mode, Self.python[mode] ?? [])
  }

  private func check(_ name: String, _ plugins: URL, _ mode: String, _ reasons: [String]) async throws {
    defer { try? FileManager.default.removeItem(at: plugins) }
    let patience = ["hang", "close"].contains(mode) ? ", deadline_seconds: 2" : ""
    let rollouts = try await train(recipe(name, plugins, options: "{mode: \(mode)}", more: patience))
    #expect(rollouts.count == 2 * 16 * 4)
    var broken = 0
    for rollout in rollouts {
      let verdict = rollout.verdicts.first { $0.verifier == name }
      if rollout.domain == "logic" {
        #expect(rollout.reward != nil && verdict == nil)
      } else if rollout.problem.hasSuffix("3") {
        broken += 1
        #expect(rollout.reward == nil && rollout.advantage == nil && verdict?.status == "fault")
        #expect(reasons.contains(verdict?.reason ?? ""), "\(verdict?.reason ?? "")")
      } else {
        #expect(rollout.reward != nil && verdict?.status == "rejected", "\(verdict as Any)")
      }
    }
    #expect(broken > 0 && broken < rollouts.count / 2)
    #expect(sleepers() == 0)
  }

  @Test("is quarantined; the run goes on without it where the recipe says so")
  func goesOn() async throws {
    let (plugins, folder) = try place("misbehaves")
    defer { try? FileManager.default.removeItem(at: plugins) }
    try quarantine(folder)
    let said = Said()
    let rollouts = try await train(
      recipe(
        "misbehaves", plugins, options: "{mode: crash}", more: ", on_quarantine: continue", steps: 3)
    ) { said.add($0) }
    #expect(said.text.contains("is quarantined") && said.text.contains("goes on without it"))
    let math = rollouts.filter { $0.domain == "math" }
    let first = math.map(\.step).min()
    #expect(math.contains { $0.step == first && $0.verdicts.contains { $0.reason == "quarantined" } })
    let last = math.filter { $0.step == math.map(\.step).max() }
    #expect(!last.isEmpty && last.allSatisfy { $0.reward != nil && $0.verdicts.count == 1 })
  }

  @Test("is quarantined; the run waits for a mended version, and its digest stands in the verdicts")
  func pauses() async throws {
    let (plugins, folder) = try place("misbehaves")
    defer { try? FileManager.default.removeItem(at: plugins) }
    try quarantine(folder)
    let said = Said()
    let source = folder.url.appending(path: "misbehaves.c")
    let mending = Task {
      while !said.text.contains("Paused: plugin misbehaves") { try await Task.sleep(for: .milliseconds(20)) }
      let text = try String(contentsOf: source, encoding: .utf8)
      try text.replacing("misbehave(self);", with: "(void)self;").replacing("1.0.0", with: "1.0.1")
        .write(to: source, atomically: true, encoding: .utf8)
      _ = try PluginBuilder(home: root).build(folder)
    }
    let rollouts = try await train(
      recipe("misbehaves", plugins, options: "{mode: crash}", steps: 2)
    ) { said.add($0) }
    try await mending.value
    #expect(said.text.contains("now 1.0.1"))
    let last = rollouts.filter { $0.step == rollouts.map(\.step).max() }
    #expect(last.allSatisfy { $0.reward != nil })
  }

  private func quarantine(_ folder: PluginFolder) throws {
    let manifest = folder.url.appending(path: "plugin.json")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try text.replacing("\"quarantine_after\": 1000", with: "\"quarantine_after\": 2")
      .replacing("\"workers\": 2", with: "\"workers\": 1")
      .write(to: manifest, atomically: true, encoding: .utf8)
  }
}

/// The lines of a run, from any thread.
private final class Said: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []
  func add(_ line: String) { lock.withLock { lines.append(line) } }
  var text: String { lock.withLock { lines.joined(separator: "\n") } }
}
