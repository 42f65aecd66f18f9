import Foundation
import Testing
import VerifierKit

@testable import Trainer

/// Judges every sample but those of some domains, from some step of GRPO on.
private struct BrokenJudge: Rewarder {
  var broken: Set<String>
  var from = 0
  let steps = StepCount()

  func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    if broken.contains(sample.problem.domain), await steps.count >= from {
      return ["even": .fault(VerifierFault(reason: "broken", message: "The judge is away."))]
    }
    return ["even": .verdict(.accepted("even"), micros: 1)]
  }

  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    outcomes.map { Reward(value: $0["even"]?.verdict?.score, outcomes: $0) }
  }

  func beginStep(say: @Sendable (String) -> Void) async throws { await steps.next() }
}

private actor StepCount {
  var count = 0
  func next() { count += 1 }
}

@Suite("A judge that is away") struct JudgeOutageTests {
  private func run(
    _ yaml: String, _ judge: BrokenJudge, in runs: URL, say: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> RunFolder {
    let recipe = try Recipe(yaml: yaml)
    return try await Pipeline(
      recipe: recipe, policy: try PolicySource(recipe), rewarder: judge, recipeFolder: runs, runs: runs,
      say: say
    ).run()
  }

  private let twoDomains = TinyRun.yaml()
    .replacing(
      "options: {max_digits: 1}}]",
      with: "options: {max_digits: 1}}, {name: formulas, generator: formulas, style: terse}]"
    )
    .replacing("rewards: {math:", with: "rewards: {logic: [{verifier: even}], math:")

  @Test("three steps without a verdict end a run, with its state saved and the fault named")
  func ends() async throws {
    try await withFolder { runs in
      let yaml = TinyRun.yaml().replacing("save_steps: 1", with: "save_steps: 0")
      let error = try await #require(throws: TrainingError.self) {
        _ = try await run(yaml, BrokenJudge(broken: ["math"], from: 3), in: runs)
      }
      #expect(error.message.contains("3 steps") && error.message.contains("The judge is away"), "\(error)")
      // Three of the cold start, two that were judged, three that were not.
      #expect(try RunFolder(opening: runs.appending(path: "tiny")).lastCheckpoint == 8)
    }
  }

  @Test("a domain that falls silent is named once, and the others go on")
  func named() async throws {
    try await withFolder { runs in
      let said = Lines()
      _ = try await run(twoDomains, BrokenJudge(broken: ["logic"]), in: runs) { said.add($0) }
      let lines = said.all.filter { $0.contains("no sample of logic could be judged") }
      #expect(lines.count == 1 && lines[0].contains("The judge is away"), "\(lines)")
    }
  }

  @Test("an evaluation without one of its domains is no average, and not the best")
  func partial() async throws {
    try await withFolder { runs in
      let yaml = try #require(twoDomains.range(of: "stages:")).lowerBound
      let measured = twoDomains[..<yaml] + "evaluation: {problems_per_task: 2}\n"
      let folder = try await run(String(measured), BrokenJudge(broken: ["logic"]), in: runs)
      let row = try #require(try MetricsLog.rows(of: folder.metrics).first)
      #expect(row["eval_average"] == nil && row["eval/math/pass@1"] == 1 && row["eval/faults"] == 2)
      #expect(!FileManager.default.fileExists(atPath: folder.checkpoints.appending(path: "best").path))
    }
  }
}
