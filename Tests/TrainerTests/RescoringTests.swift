import Foundation
import GRDB
import Synchronization
import Testing
import VerifierKit

@testable import Trainer

/// Scores by the completion's text: `1`, `0.5`, `fault`, `abstain`.
private struct TextRewarder: Rewarder {
  /// Changes what is said of some texts.
  var changed: [String: String] = [:]

  func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    let text = changed[sample.completion.text] ?? sample.completion.text
    guard let score = Double(text) else {
      return ["judge": .fault(VerifierFault(reason: "broke", message: "It broke."))]
    }
    let verdict = score >= 0.5 ? Verdict.accepted("fine", score: score) : .rejected("bad", score: score)
    return ["judge": .verdict(verdict, micros: 1)]
  }

  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    outcomes.map { Reward(value: $0["judge"]?.verdict?.score, outcomes: $0) }
  }
}

@Suite("Rescoring") struct RescoringTests {
  /// Groups of one step, each a list of texts, judged and stored as the trainer does.
  /// - Parameter tokens: of each sample of a group; 1 when absent.
  private func store(
    _ groups: [[String]], at file: URL, steps: Int = 1, scale: AdvantageScale = .group, tokens: [Int] = []
  ) async throws {
    let store = try RolloutStore(file)
    let rewarder = TextRewarder()
    for step in 1...steps {
      var records: [RolloutRecord] = []
      for (group, texts) in groups.enumerated() {
        let problem = Problem(id: "p\(step)-\(group)", domain: "math", prompt: .text("?"))
        let samples = texts.map { Sample(problem: problem, completion: Completion(text: $0)) }
        for (sample, reward) in await rewarder.rewards(for: samples).enumerated() {
          records.append(
            RolloutRecord(
              group: group, sample: sample, problem: problem, completion: samples[sample].completion,
              tokens: tokens.isEmpty ? 1 : tokens[sample], reward: reward))
        }
      }
      let advantages = GroupAdvantages(
        groups.indices.map { group in records.filter { $0.group == group }.map(\.reward.value) }, scale: scale
      )
      for (index, advantage) in advantages.advantages.joined().enumerated() {
        records[index].advantage = advantage
      }
      try store.insert(records, stage: "rl", step: step)
    }
  }

  private static func recipe(_ scale: AdvantageScale = .group) -> Recipe {
    var grpo = GRPORecipe()
    (grpo.name, grpo.scaleRewards) = ("rl", scale)
    var recipe = Recipe()
    recipe.stages = [.grpo(grpo)]
    return recipe
  }

  private func rescore(
    _ file: URL, _ rewarder: any Rewarder, _ recipe: Recipe = recipe()
  ) async throws -> [RescoredStep] {
    var steps: [RescoredStep] = []
    let rescoring = try Rescoring(try RolloutStore(reading: file), rewarder: rewarder, old: nil, new: recipe)
    try await rescoring.run { steps.append($0) }
    return steps
  }

  @Test("what the last tokens before the limit cost counts in the advantages")
  func overlong() async throws {
    try await withFile { file in
      try await store([["1", "1"]], at: file, tokens: [8, 2])
      var grpo = GRPORecipe()
      (grpo.name, grpo.overlongBufferLength) = ("rl", 4)
      var recipe = Recipe()
      (recipe.stages, recipe.sampling.maxCompletionTokens) = ([.grpo(grpo)], 8)
      #expect(try await rescore(file, TextRewarder(), recipe).map(\.zeroChanges) == [2])
      #expect(try await rescore(file, TextRewarder()).map(\.zeroChanges) == [0])
    }
  }

  private func withFile(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "rollouts.sqlite"))
  }

  @Test("the same judge changes nothing, whatever the scale", arguments: AdvantageScale.allCases)
  func unchanged(scale: AdvantageScale) async throws {
    try await withFile { file in
      // More samples than a page holds.
      let groups = (0..<70).map { ["1", "0.\($0 + 10)", "0", "0.25", $0 == 3 ? "fault" : "0.5"] }
      try await store(groups, at: file, steps: 2, scale: scale)
      let steps = try await rescore(file, TextRewarder(), Self.recipe(scale))
      #expect(steps.map(\.step) == [1, 2] && steps.allSatisfy { $0.samples == 350 })
      for step in steps {
        #expect(step.verifiers["judge"]?.changed == 0 && step.verifiers["judge"]?.compared == 350)
        #expect(step.rewardsChanged == 0 && step.signChanges == 0 && step.zeroChanges == 0)
        #expect(step.faultsBefore == 1 && step.faultsAfter == 1 && step.advantages == 349)
        #expect(step.rewardBefore == step.rewardAfter)
      }
    }
  }

  /// By hand. Group 0: 1, 0.9, 0, 0 (mean 0.475) becomes 0.2, 0.9, 0, 0 (mean 0.275): the first sample's advantage turns
  /// negative and its verdict is rejected. Group 1: 0, 0 (no advantage) becomes 0.6, 0: two leave zero. Group 2: 1, 0
  /// loses its first to a fault, and with it the group.
  @Test("what changes is counted")
  func changes() async throws {
    try await withFile { file in
      try await store([["1", "0.9", "0", "0.0"], ["0.00", "0"], ["0.75", "0"]], at: file)
      let judge = TextRewarder(changed: ["1": "0.2", "0.00": "0.6", "0.75": "fault"])
      let step = try #require(try await rescore(file, judge).first)
      #expect(
        step.verifiers["judge"]?.statuses
          == ["accepted→rejected": 1, "rejected→accepted": 1, "accepted→fault": 1])
      #expect(step.signChanges == 1 && step.zeroChanges == 2 && step.advantages == 6)
      #expect(step.rewardsChanged == 3 && step.faultsBefore == 0 && step.faultsAfter == 1)
      #expect(abs((step.rewardBefore ?? 0) - 2.65 / 8) < 1e-12)
      #expect(abs((step.rewardAfter ?? 0) - 1.7 / 7) < 1e-12)
      #expect(
        step.examples.first?.before == "accepted (fine)" && step.examples.first?.after == "rejected (bad)")
      let report = RescoreReport([step])
      #expect(report.newFaults == 1 && report.text.contains("accepted→rejected 1"))
      #expect(report.json(run: "r", recipe: "n")["sign_changes"]?.integer == 1)
    }
  }

  @Test("a run from before problems were stored gets one clear sentence")
  func older() async throws {
    try await withFile { file in
      try await store([["1", "0"]], at: file)
      try await DatabaseQueue(path: file.path).write { db in
        try db.execute(sql: "ALTER TABLE rollouts DROP COLUMN problem_id; DROP TABLE problems")
      }
      #expect(try RolloutStore(reading: file).rollouts().count == 2)
      let error = await #expect(throws: RunError.self) { _ = try await rescore(file, TextRewarder()) }
      #expect(error?.message.contains("can't be judged again") == true)
    }
  }
}
