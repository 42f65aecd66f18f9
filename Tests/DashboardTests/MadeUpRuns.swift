import Foundation
import Trainer
import VerifierKit

/// Run folders as runs leave them, made up: every value is a function of its place.
enum MadeUpRuns {
  static func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-runs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
  }

  /// A row of a training step.
  static func row(_ step: Int, shift: Double = 0) -> MetricsRow {
    let x = Double(step)
    return MetricsRow(
      step: step, stage: "rl",
      values: [
        "reward": 0.5 + 0.3 * sin(x / 9) + shift, "kl": 1e-3 * x / 7, "entropy": 2 / (1 + x / 50),
        "rewards/math-answer/mean": min(1, x / 300 + shift), "rewards/think-format/mean": 1 - 1 / (1 + x),
        "domain/math/reward": 0.1 * shift + x / 400, "domain/code/reward": x / 900,
        "completions/mean_length": 80 + 10 * cos(x / 5), "audit_gap": 0.01 * x / 10,
        "monitor/audit_gap": step > 30 ? 1 : 0,
        "num_tokens": 4000 + x, "step_time": 0.5 + 0.01 * shift, "wall_s": 1.5 * x + shift,
        "odd/name": x.truncatingRemainder(dividingBy: 3),
      ])
  }

  static func evaluation(_ step: Int, _ stage: String, share: Double) -> MetricsRow {
    var row = MetricsRow(step: step, stage: stage, values: ["wall_s": 1.5 * Double(step)])
    for (index, domain) in ["code", "math"].enumerated() {
      let mean = share / Double(index + 1)
      row.values["eval/\(domain)/pass@1"] = mean
      row.values["eval/\(domain)/pass@1_low"] = max(0, mean - 0.05)
      row.values["eval/\(domain)/pass@1_high"] = min(1, mean + 0.07)
      row.values["eval/\(domain)/problems"] = 40
      row.values["eval/\(domain)/task/pass@1"] = mean
    }
    row.values["eval_average"] = share * 0.75
    return row
  }

  /// A run with metrics of so many steps, and rollouts of the first few.
  static func make(_ name: String, in runs: URL, steps: Int, shift: Double = 0, rolloutSteps: Int = 3) throws
  {
    let folder = runs.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var text = evaluation(0, "start", share: 0.02).json + "\n"
    for step in 1...max(1, steps) { text += row(step, shift: shift).json + "\n" }
    text += evaluation(steps, "rl", share: 0.6 + shift / 10).json + "\n"
    try text.write(to: folder.appending(path: "metrics.jsonl"), atomically: true, encoding: .utf8)
    guard rolloutSteps > 0 else { return }
    let store = try RolloutStore(folder.appending(path: "rollouts.sqlite"))
    for step in 1...rolloutSteps { try store.insert(rollouts(step), stage: "rl", step: step) }
  }

  /// Two groups of four: math, and code whose completions hold markup and programs.
  static func rollouts(_ step: Int, groups: Int = 2) -> [RolloutRecord] {
    (0..<groups).flatMap { group in
      (0..<4).map { sample in rollout(step, group: group, sample: sample) }
    }
  }

  static let hostile = "<script>window.pwned = 1</script><img src=x onerror=\"window.pwned = 2\">"

  static func rollout(_ step: Int, group: Int, sample: Int) -> RolloutRecord {
    let isCode = group % 2 == 1
    let isRight = sample % 2 == 0
    let problem = Problem(
      id: isCode ? "functions/train/\(step)-\(group)" : "sums/train/\(step)-\(group)",
      domain: isCode ? "code" : "math",
      prompt: .text(isCode ? "Write double(x)." : "What is \(step) + \(group)?"),
      reference: isCode ? nil : .string("\(step + group)"),
      tests: isCode
        ? CodeTests(
          kind: .call(function: "double", cases: [.init(arguments: [.integer(2)], expected: .integer(4))]))
        : nil)
    let program = isRight ? "def double(x):\n    return 2 * x" : "def double(x):\n    return x"
    let text =
      isCode
      ? "<think>\(hostile)</think>\n```python\n\(program)\n```"
      : "<think>so</think>\nAnswer: \(step + group + (isRight ? 0 : 1))"
    let main = isCode ? "python-tests" : "math-answer"
    var outcomes: [String: Reward.Outcome] = [
      main: .verdict(
        isRight
          ? .accepted(isCode ? "passed" : "equal")
          : .rejected("wrong-answer", ["message": "<b>not this</b>"]),
        micros: 1234),
      "think-format": .verdict(.accepted("well-formed"), micros: 3),
    ]
    let isFault = isCode && sample == 3
    if isFault {
      outcomes[main] = .fault(VerifierFault(reason: "sandbox-died", message: "The sandbox died."))
    }
    return RolloutRecord(
      group: group, sample: sample, problem: problem,
      completion: Completion(text: text, finishReason: .stop), tokens: 20 + sample,
      reward: Reward(value: isFault ? nil : isRight ? 1.1 : 0.1, outcomes: outcomes),
      advantage: isFault ? nil : isRight ? 0.8660 : -0.8660)
  }
}
