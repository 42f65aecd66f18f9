import Foundation
import Synchronization
import Testing
import VerifierKit

@testable import Trainer

@Suite("What a resumed run refuses, leaves alone or puts right")
struct ResumeGuardTests {
  @Test("checkpoints that can't be listed are not none: nothing is begun again")
  func unlistable() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 2, in: runs)
      let metrics = try Data(contentsOf: folder.metrics)
      let away = runs.appending(path: "away")
      try FileManager.default.moveItem(at: folder.checkpoints, to: away)
      // A disk that is not mounted.
      try FileManager.default.createSymbolicLink(
        atPath: folder.checkpoints.path, withDestinationPath: runs.appending(path: "nowhere").path)
      let error = try await #require(throws: RunError.self) { _ = try await TinyRun.resume(folder) }
      #expect(error.message.contains("Can't list") && error.message.contains("resume"), "\(error)")
      #expect(try Data(contentsOf: folder.metrics) == metrics)
    }
  }

  @Test("a run at its end is finished; asked for more, it is not")
  func finished() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.start(TinyRun.yaml(), in: runs)
      func isFinished(_ overrides: [String] = [], step: Int? = nil) throws -> Bool {
        try ResumedRun(folder.url, overrides: overrides, step: step, say: { _ in }).isFinished
      }
      #expect(try isFinished())
      #expect(try isFinished(["stages.rl.grpo.steps=6"]))
      #expect(try !isFinished(step: 9))
      #expect(try !isFinished(["save_steps=2"]))
      let half = try await TinyRun.stopped(TinyRun.yaml(), at: 2, in: runs)
      #expect(try !ResumedRun(half.url, say: { _ in }).isFinished)
      // What goes on is not finished while it does.
      do { _ = try await TinyRun.resume(folder, checkpoint: 7, stopAt: 1) } catch is RunStopped {}
      #expect(try !isFinished())
    }
  }

  @Test("a change that the stage's checkpoint has no state for is refused before anything is touched")
  func stateless() async throws {
    try await withFolder { runs in
      let yaml = TinyRun.yaml().replacing(
        "learning_rate: 1e-3}", with: "learning_rate: 1e-3, kl_coefficient: 0}")
      let folder = try await TinyRun.stopped(yaml, at: 2, in: runs)
      let recipe = try Data(contentsOf: folder.recipe)
      for change in ["kl_coefficient=0.1", "optimizer_state=bf16"] {
        let error = try await #require(throws: RecipeError.self) {
          _ = try await TinyRun.resume(folder, overrides: ["stages.rl.grpo.\(change)"])
        }
        #expect(error.message.contains("can't be changed at step 5"), "\(error)")
        #expect(try Data(contentsOf: folder.recipe) == recipe)
      }
      _ = try await TinyRun.resume(folder)
    }
  }

  @Test("smaller groups take what they need of completions that a cut-off step left")
  func smallerGroups() async throws {
    try await withFolder { runs in
      // Killed within the sampling of a step: the checkpoint is that before it, the completions are all there.
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 2, in: runs)
      let copy = runs.appending(path: "copy")
      try FileManager.default.copyItem(at: folder.checkpoints, to: copy)
      do { _ = try await TinyRun.resume(folder, stopAt: 1) } catch is RunStopped {}
      try FileManager.default.removeItem(at: folder.checkpoints)
      try FileManager.default.moveItem(at: copy, to: folder.checkpoints)
      let lines = Lines()
      _ = try await TinyRun.resume(folder, overrides: ["stages.rl.grpo.group_size=2"]) { lines.add($0) }
      #expect(lines.text.contains("4 of 4 completions"), "\(lines.text)")
      let rows = try MetricsLog.rows(of: folder.metrics).filter { $0["reward"] != nil }
      #expect(rows.count == 6)
      let rollouts = try RolloutStore(reading: folder.rollouts)
        .rollouts(RolloutFilter(stage: "rl", step: 6, purpose: .training), after: nil, limit: 100)
      #expect(rollouts.count == 4)
      for rollout in rollouts {
        let isEven = rollout.completion.utf8.count % 2 == 0
        #expect(rollout.verdicts.map(\.status) == [isEven ? "accepted" : "rejected"])
      }
    }
  }

  @Test("balance switched on within a stage begins there")
  func balanceSwitchedOn() async throws {
    try await withFolder { runs in
      let yaml = TinyRun.yaml()
        .replacing("rewards: {math", with: "rewards: {logic: [{verifier: even}], math")
        .replacing("tasks: [", with: "tasks: [{generator: formulas, style: terse}, ")
      let folder = try await TinyRun.stopped(yaml, at: 2, in: runs)
      _ = try await TinyRun.resume(
        folder,
        overrides: [
          "stages.rl.grpo.balance.every=1", "stages.rl.grpo.balance.measure=tokens",
          "stages.rl.grpo.balance.targets={math: 1, logic: 3}",
        ])
      let weights = try MetricsLog.rows(of: folder.metrics).compactMap { $0["task/formulas/weight"] }
      #expect(weights.count == 4)
    }
  }

  @Test("balance by gradients, of all weights or an adapter's, goes on where it was", arguments: [0, 2])
  func balance(rank: Int) async throws {
    try await withFolder { runs in
      let mixed = TinyRun.yaml()
        .replacing("rewards: {math", with: "rewards: {logic: [{verifier: even}], math")
        .replacing("tasks: [", with: "tasks: [{generator: formulas, style: terse}, ")
      let yaml = try Recipe(
        yaml: mixed,
        overrides: [
          "policy.lora.rank=\(rank)", "stages.rl.grpo.balance.every=1",
          "stages.rl.grpo.balance.targets={math: 1, logic: 3}",
        ]
      ).resolved()
      let whole = try await TinyRun.start(yaml, in: runs.appending(path: "whole"))
      let rows = try MetricsLog.rows(of: whole.metrics)
      let shares = rows.compactMap { row in
        row["domain/math/grad_share"].flatMap { math in row["domain/logic/grad_share"].map { math + $0 } }
      }
      #expect(!shares.isEmpty && shares.allSatisfy { abs($0 - 1) < 1e-9 })
      #expect(Set(rows.compactMap { $0["task/formulas/weight"] }).count > 1)
      let folder = try await TinyRun.resume(
        try await TinyRun.stopped(yaml, at: 4, in: runs.appending(path: "stopped")))
      #expect(try Data(contentsOf: folder.metrics) == Data(contentsOf: whole.metrics))
      #expect(try TinyRun.weights(folder, step: 9) == TinyRun.weights(whole, step: 9))
    }
  }

  @Test("other rows under the same recipe are an error")
  func otherRows() async throws {
    try await withFolder { runs in
      let rows = runs.appending(path: "rows.jsonl")
      func row(_ number: Int) -> String {
        #"{"question":"\#(number)+1","answer":"so \#(number + 1)\n#### \#(number + 1)"}"#
      }
      try (0..<20).map { row($0) + "\n" }.joined().write(to: rows, atomically: true, encoding: .utf8)
      let yaml = TinyRun.yaml().replacing(
        "{name: sums, generator: sums, style: terse, options: {max_digits: 1}}",
        with: "{name: rows, file: \(rows.path), domain: math}")
      let folder = try await TinyRun.stopped(yaml, at: 2, in: runs)
      try (0..<21).map { row($0) + "\n" }.joined().write(to: rows, atomically: true, encoding: .utf8)
      let metrics = try Data(contentsOf: folder.metrics)
      for step in [nil, 4] {
        let error = try await #require(throws: RunError.self) {
          _ = try await TinyRun.resume(folder, checkpoint: step)
        }
        #expect(error.message.contains("20 rows") && error.message.contains("21 rows"), "\(error)")
        #expect(try Data(contentsOf: folder.metrics) == metrics && folder.lastCheckpoint == 5)
      }
      try (0..<20).map { row($0) + "\n" }.joined().write(to: rows, atomically: true, encoding: .utf8)
      _ = try await TinyRun.resume(folder)
    }
  }

  @Test("rows with other tests, and rows of a domain that nothing judges")
  func marks() throws {
    try withFolder { folder in
      func file(_ expected: Int, domain: String = "code") throws -> URL {
        let place = folder.appending(path: "rows.jsonl")
        try (0..<12).map {
          #"{"prompt":"Double \#($0).","domain":"\#(domain)","tests":{"kind":"call","function":"f","#
            + #""cases":[{"args":[1],"expected":\#(expected)}]}}"# + "\n"
        }.joined().write(to: place, atomically: true, encoding: .utf8)
        return place
      }
      let mark = try FileProblems(file(2), name: "rows", seed: 1).mark
      #expect(try FileProblems(file(2), name: "rows", seed: 1).mark == mark)
      #expect(try FileProblems(file(3), name: "rows", seed: 1).mark != mark)
      let recipe = try Recipe(
        yaml: TinyRun.yaml().replacing(
          "{name: sums, generator: sums, style: terse, options: {max_digits: 1}}",
          with: "{name: rows, file: rows.jsonl}"))
      _ = try file(2, domain: "math")
      try recipe.checkRewards(of: recipe.generators(relativeTo: folder))
      _ = try file(2, domain: "MATH")
      let error = #expect(throws: RecipeError.self) {
        try recipe.checkRewards(of: recipe.generators(relativeTo: folder))
      }
      #expect(error?.message.contains("“MATH”") == true)
    }
  }

  @Test("a file's held-out rows are measured once each, and a domain with a slash is one")
  func fewRows() async throws {
    try await withFolder { runs in
      let rows = runs.appending(path: "rows.jsonl")
      try (0..<30).map { #"{"question":"\#($0)+1","answer":"so \#($0 + 1)\n#### \#($0 + 1)"}"# + "\n" }
        .joined()
        .write(to: rows, atomically: true, encoding: .utf8)
      let yaml = TinyRun.yaml()
        .replacing("rewards: {math:", with: "rewards: {openai/gsm8k:")
        .replacing("problems_per_task: 2", with: "problems_per_task: 100")
        .replacing(
          "{name: sums, generator: sums, style: terse, options: {max_digits: 1}}",
          with: "{name: rows, file: \(rows.path), domain: openai/gsm8k}")
      let folder = try await TinyRun.start(yaml, in: runs)
      let last = try #require(MetricsLog.rows(of: folder.metrics).last)
      let heldOut = try FileProblems(rows, name: "rows", domain: "openai/gsm8k", seed: 7).count(.heldOut)
      #expect(heldOut < 20 && last["eval/openai-gsm8k/problems"] == Double(heldOut))
      #expect(EvaluationHistory(try MetricsLog.rows(of: folder.metrics)).points.count > 1)
    }
  }

  @Test("what was the best after the step that a run goes back to is the best no more")
  func best() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 2, in: runs)
      for step in [3, 77] {
        let place = folder.checkpoints.appending(path: "best-step-\(step)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      }
      try BestCheckpoint.rewind(to: 5, in: folder.checkpoints)
      #expect(BestCheckpoint.isThere(3, in: folder.checkpoints))
      #expect(!BestCheckpoint.isThere(77, in: folder.checkpoints))
    }
  }

  @Test("a stage's name must do as a file's", arguments: ["metrics", "../x", "a/b", ".x"])
  func names(name: String) {
    let yaml = TinyRun.yaml().replacing("name: rl", with: "name: \"\(name)\"")
    #expect(throws: RecipeError.self) { try Recipe(yaml: yaml) }
  }

  /// Never ready: a plugin in quarantine.
  private struct StuckRewarder: Rewarder {
    let base = EvenRewarder()
    let onStep: @Sendable () -> Void
    func outcomes(for sample: Sample) async -> [String: Reward.Outcome] { await base.outcomes(for: sample) }
    func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
      base.weigh(samples, outcomes)
    }
    func beginStep(say: @Sendable (String) -> Void) async throws {
      onStep()
      try await Task.sleep(for: .seconds(600))
    }
  }

  @Test("a run that waits for its judges stops when it is asked to, saved")
  func stopsWhileWaiting() async throws {
    try await withFolder { runs in
      let stop = StopRequest()
      let recipe = try Recipe(yaml: TinyRun.yaml())
      let pipeline = try Pipeline(
        recipe: recipe, policy: PolicySource(recipe), rewarder: StuckRewarder { stop.stop() },
        recipeFolder: runs, runs: runs, stop: stop, say: { _ in })
      let stopped = try await #require(throws: RunStopped.self) { _ = try await pipeline.run() }
      #expect(stopped.step == 3 && stopped.folder.lastCheckpoint == 3)
    }
  }

  @Test("a run that is asked to stop before its first evaluation makes none")
  func stopsBeforeEvaluation() async throws {
    try await withFolder { runs in
      let stop = StopRequest()
      stop.stop()
      let recipe = try Recipe(yaml: TinyRun.yaml())
      let stopped = try await #require(throws: RunStopped.self) {
        _ = try await Pipeline(
          recipe: recipe, policy: PolicySource(recipe), rewarder: EvenRewarder(), recipeFolder: runs,
          runs: runs, stop: stop, say: { _ in }
        ).run()
      }
      #expect(try MetricsLog.rows(of: stopped.folder.metrics).isEmpty)
      // It goes on from there as any other.
      let folder = try await TinyRun.resume(stopped.folder)
      let whole = try await TinyRun.start(TinyRun.yaml(), in: runs.appending(path: "whole"))
      #expect(try Data(contentsOf: folder.metrics) == Data(contentsOf: whole.metrics))
    }
  }
}
