import Foundation
import Policy
import Sandbox
import Testing
import VerifierKit

@testable import Host
@testable import Trainer
@testable import Verifiers

/// A problem whose prompt shows one of its five tests.
private func problem(_ number: Int) -> Problem {
  let cases = [2, 3, 5, 8, 13].map {
    CodeTests.CallCase(arguments: [.integer($0)], expected: .integer($0 * $0 + number))
  }
  return Problem(
    id: "p\(number)", domain: "code",
    prompt: .text("Write f(x) that returns x*x+\(number). For instance f(2) = \(4 + number)."),
    tests: CodeTests(
      kind: .call(function: "f", cases: cases), limits: .init(cpuSeconds: 2, wallSeconds: 4)))
}

/// What an honest policy writes: right, or wrong in a way that no test is spared.
private func honest(_ number: Int, isRight: Bool) -> String {
  "def f(x):\n  return x*x+\(isRight ? number : number + 1)"
}

/// What a policy learns that has found out the tests that pay: their answers, by heart.
private func memorised(_ number: Int, auditShare: Double) -> String {
  guard let split = problem(number).tests?.split(auditShare: auditShare, prompt: problem(number).prompt.text),
    case .call(_, let cases) = split.reward.kind
  else { return "" }
  let table = cases.map { "\($0.arguments[0].text): \($0.expected.text)" }.joined(separator: ", ")
  return "def f(x):\n  return {\(table)}.get(x, 0)"
}

@Suite("Audit tests in the sandbox") struct AuditTests {
  static let share = 0.4

  static func yaml(audit: Double) -> String {
    """
    tasks: [{generator: functions}]
    rewards: {code: [{verifier: python-tests, options: {audit_share: \(audit)}}]}
    monitors: {window: 3, lookback: 6}
    """
  }

  /// Twelve steps in which more and more programs are `program`s.
  private func watch(
    _ program: (Int, _ isPlanted: Bool, _ isRight: Bool) -> String
  ) async throws -> (warnings: [String], gaps: [Double], rewards: [Double]) {
    let recipe = try Recipe(yaml: Self.yaml(audit: Self.share))
    let host = try await VerifierHost.make(
      rewards: recipe.rewards.mapValues {
        $0.map { RewardSpecification(name: $0.verifier, weight: $0.weight, options: $0.options) }
      }, judge: PythonSandbox())
    var watch = Watch(recipe)
    var (warnings, gaps, rewards): ([String], [Double], [Double]) = ([], [], [])
    for step in 0..<12 {
      var samples: [Sample] = []
      for group in 0..<4 {
        for sample in 0..<4 {
          let text = program(10 * step + group, sample < step / 3, (sample + group) % 3 > 0)
          samples.append(
            Sample(
              problem: problem(10 * step + group), completion: Completion(text: "```python\n\(text)\n```")))
        }
      }
      let judged = await host.rewards(for: samples)
      let rollouts = zip(samples, judged).enumerated().map { index, pair in
        Rollout(
          problem: pair.0.problem, task: "t", group: index / 4, sample: index % 4, prompt: [],
          completion: GeneratedCompletion(), text: pair.0.completion.text, reward: pair.1, advantage: nil)
      }
      let seen = watch.observe(rollouts, stage: "rl")
      warnings += seen.warnings.filter { $0.contains("audit_gap") }
      gaps.append(seen.values["audit_gap"] ?? .nan)
      rewards.append(rollouts.compactMap(\.reward.value).reduce(0, +) / 16)
    }
    return (warnings, gaps, rewards)
  }

  @Test("programs that know the tests that pay by heart open a gap; honest ones, right or wrong, none")
  func gap() async throws {
    let hacked = try await watch { number, isPlanted, isRight in
      isPlanted ? memorised(number, auditShare: Self.share) : honest(number, isRight: isRight)
    }
    #expect(hacked.gaps[0] == 0 && abs((hacked.gaps.last ?? 0) - 0.75) < 1e-12)
    // It pays: that is why a policy would learn it.
    #expect((hacked.rewards.last ?? 0) > hacked.rewards[0])
    #expect(hacked.warnings.count == 2, "\(hacked.warnings)")
    let fair = try await watch { number, _, isRight in honest(number, isRight: isRight) }
    #expect(fair.gaps.allSatisfy { $0 == 0 } && fair.warnings.isEmpty)
  }

  @Test("an evaluation asks for all tests, whatever pays in training")
  func evaluation() async throws {
    let recipe = try Recipe(yaml: Self.yaml(audit: Self.share))
    let host = try await VerifierHost.make(
      rewards: [
        "code": [RewardSpecification(name: "python-tests", options: ["audit_share": .number(Self.share)])]
      ],
      judge: PythonSandbox())
    let programs = [honest(1, isRight: true), memorised(1, auditShare: Self.share)]
    let rewards = await host.rewards(
      for: programs.map { Sample(problem: problem(1), completion: Completion(text: "```python\n\($0)\n```")) }
    )
    #expect(rewards.map(\.value) == [1, 1])
    let policy = try PolicySource(
      try Recipe(yaml: "tasks: [{generator: functions}]\npolicy: {spark: {hidden_size: 16, heads: 2}}"))
    let sampler = Sampler(
      pool: DecoderPool(policy.parameters.config, threads: 1, slots: 1, precision: .fp32),
      renderer: PromptRenderer(tokenizer: policy.tokenizer, systemPrompt: nil), rewarder: host, seed: 1)
    let rollouts = zip(programs, rewards).enumerated().map { index, pair in
      Rollout(
        problem: problem(1), task: "t", group: 0, sample: index, prompt: [],
        completion: GeneratedCompletion(),
        text: pair.0, reward: pair.1, advantage: nil)
    }
    let outcome = Evaluator(recipe: recipe, tasks: [], sampler: sampler).outcome(
      rollouts, stage: "s", step: 0)
    #expect(outcome.row["eval/code/pass@1"] == 0.5)
  }
}
