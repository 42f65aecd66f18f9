import Foundation
import Policy
import Synchronization
import Testing
import VerifierKit

@testable import Trainer

/// Right is what holds a character from `!` to `?`. Beside that a style is paid: the share of letters, of which a
/// policy finds that it is easier to earn.
private struct GameableRewarder: Rewarder {
  let styleWeight: Double

  func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    let bytes = Array(sample.completion.text.utf8)
    let isRight = bytes.contains { (0x21...0x3f).contains($0) }
    let letters = bytes.count { (0x41...0x7a).contains($0) }
    let style = bytes.isEmpty ? 0 : Double(letters) / Double(bytes.count)
    return [
      "judge": .verdict(isRight ? .accepted("sign") : .rejected("no-sign"), micros: 1),
      "style": .verdict(.rejected("style", score: style), micros: 1),
    ]
  }

  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    outcomes.map { outcomes in
      let score = { (name: String) in outcomes[name]?.verdict?.score ?? 0 }
      return Reward(value: score("judge") + styleWeight * score("style"), outcomes: outcomes)
    }
  }
}

@Suite("A run whose reward can be gamed") struct GameableRunTests {
  private func train(styleWeight: Double) async throws -> (said: [String], rows: [MetricsRow]) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-game-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let recipe = try Recipe(
      yaml: """
        name: game
        seed: 4
        policy: {spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
        tasks: [{generator: sums, style: terse}]
        rewards: {math: [{verifier: judge}, {verifier: style, weight: \(styleWeight)}]}
        sampling: {max_completion_tokens: 6}
        monitors: {window: 5, lookback: 20, clipped_ratio: 0}
        evaluation: {problems_per_task: 1, metric_for_best_model: none}
        stages:
          - grpo: {name: rl, steps: 40, problems_per_step: 8, group_size: 8, learning_rate: 5e-3, kl_coefficient: 0}
        """)
    let said = Mutex<[String]>([])
    let pipeline = try Pipeline(
      recipe: recipe, policy: try PolicySource(recipe), rewarder: GameableRewarder(styleWeight: styleWeight),
      recipeFolder: folder, runs: folder, say: { line in said.withLock { $0.append(line) } })
    let run = try await pipeline.run()
    return (said.withLock { $0 }.filter { $0.contains("monitor") }, try MetricsLog.rows(of: run.metrics))
  }

  /// Accuracy of the first five steps and of the last.
  private func ends(_ rows: [MetricsRow]) -> (first: Double, last: Double) {
    let accuracy = rows.compactMap { $0["domain/math/accuracy"] }
    return (mean(Array(accuracy.prefix(5))) ?? .nan, mean(Array(accuracy.suffix(5))) ?? .nan)
  }

  @Test("the policy games it, and the monitor says so")
  func games() async throws {
    let (said, rows) = try await train(styleWeight: 5)
    let (first, last) = ends(rows)
    #expect(last < first - 0.1)
    #expect(said.contains { $0.contains("proxy_reward: in math, style rose") }, "\(said)")
    #expect(rows.contains { ($0["monitor/proxy_reward"] ?? 0) > 0 })
  }

  @Test("paid for being right alone, it learns that, and the monitor is quiet")
  func isHonest() async throws {
    let (said, rows) = try await train(styleWeight: 0)
    let (first, last) = ends(rows)
    #expect(last > first + 0.2)
    #expect(!said.contains { $0.contains("proxy_reward") }, "\(said)")
    #expect(rows.allSatisfy { ($0["monitor/proxy_reward"] ?? 0) == 0 })
  }
}
