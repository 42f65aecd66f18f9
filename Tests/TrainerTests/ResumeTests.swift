import Foundation
import Policy
import Testing
import VerifierKit

@testable import Trainer

private let last = 9

@Suite("Resuming a run")
struct ResumeTests {
  /// One more of each kind of state: several updates a rollout, a moving reference, an adapter, rounded moments.
  static let variants: [(name: String, overrides: [String])] = [
    ("plain", []),
    ("updates", ["stages.rl.grpo.num_iterations=2", "stages.rl.grpo.minibatches=2"]),
    ("reference", ["stages.rl.grpo.reference_refresh_steps=2", "stages.rl.grpo.kl_coefficient=0.1"]),
    ("no reference", ["stages.rl.grpo.kl_coefficient=0"]),
    ("adapter", ["policy.lora.rank=2"]),
    ("bf16", ["stages.rl.grpo.optimizer_state=bf16"]),
    ("adapter in bf16", ["policy.lora.rank=2", "stages.rl.grpo.optimizer_state=bf16"]),
    ("schedule", ["stages.rl.grpo.lr_schedule=cosine", "stages.rl.grpo.warmup_steps=3"]),
  ]

  @Test("stopped at any step, it ends as if it had not been", arguments: variants)
  func everyStep(name: String, overrides: [String]) async throws {
    try await withFolder { runs in
      let yaml = try Recipe(yaml: TinyRun.yaml(), overrides: overrides).resolved()
      let whole = try await TinyRun.start(yaml, in: runs.appending(path: "whole"))
      let metrics = try Data(contentsOf: whole.metrics)
      for step in name == "plain" ? [1, 2, 3, 4, 5, 6] : [3, 5] {
        var folder = try await TinyRun.stopped(yaml, at: step, in: runs.appending(path: "\(step)"))
        #expect(folder.lastCheckpoint == 3 + step)
        folder = try await TinyRun.resume(folder)
        #expect(try Data(contentsOf: folder.metrics) == metrics, "stopped at \(step)")
        #expect(try TinyRun.weights(folder, step: last) == TinyRun.weights(whole, step: last))
      }
    }
  }

  enum Damage: CaseIterable { case cut, flipped, missing, noList }

  @Test("a damaged checkpoint is set aside for the one before it", arguments: Damage.allCases)
  func damaged(_ damage: Damage) async throws {
    try await withFolder { runs in
      let whole = try await TinyRun.start(TinyRun.yaml(), in: runs.appending(path: "whole"))
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 4, in: runs)
      let state = folder.checkpoint(step: 7).appending(path: "trainer-state")
      let moments = state.appending(path: "optimizer.safetensors")
      var data = try Data(contentsOf: moments)
      switch damage {
      case .cut: try data.dropLast(100).write(to: moments)
      case .flipped:
        data[data.count / 2] ^= 4
        try data.write(to: moments)
      case .missing: try FileManager.default.removeItem(at: moments)
      case .noList: try FileManager.default.removeItem(at: state.appending(path: "files.json"))
      }
      let lines = Lines()
      let resumed = try await TinyRun.resume(folder) { lines.add($0) }
      #expect(lines.text.contains("Checkpoint step-7 can't be used"), "\(lines.text)")
      #expect(lines.text.contains("Going on from checkpoint step-6"), "\(lines.text)")
      #expect(try Data(contentsOf: resumed.metrics) == Data(contentsOf: whole.metrics))
      #expect(try TinyRun.weights(resumed, step: last) == TinyRun.weights(whole, step: last))
      let aside = folder.checkpoints.appending(path: "damaged-step-7")
      #expect(FileManager.default.fileExists(atPath: aside.path))
    }
  }

  @Test("without a checkpoint that is whole nothing is touched, and the error says what to do")
  func allDamaged() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 2, in: runs)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.checkpoints.path)
      where name.hasPrefix("step-") {
        try FileManager.default.removeItem(
          at: folder.checkpoints.appending(path: "\(name)/model.safetensors"))
      }
      let before = try Data(contentsOf: folder.metrics)
      let error = try await #require(throws: RunError.self) { _ = try await TinyRun.resume(folder) }
      #expect(error.message.contains("Begin a new run"))
      #expect(try Data(contentsOf: folder.metrics) == before)
    }
  }

  @Test("metrics that are shorter than the checkpoint says are an error, not zeros")
  func missingMetrics() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 2, in: runs)
      try FileManager.default.removeItem(at: folder.metrics)
      let error = try await #require(throws: RunError.self) { _ = try await TinyRun.resume(folder) }
      #expect(
        error.message.contains("metrics.jsonl has 0 bytes") && error.message.contains("Put the file back"))
    }
  }

  @Test("another recipe is an error, a named change is made, and one that can't be says why")
  func recipes() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 3, in: runs)
      let other = TinyRun.yaml().replacing("learning_rate: 1e-3", with: "learning_rate: 1e-4")
      var error = try await #require(throws: RecipeError.self) {
        _ = try await TinyRun.resume(folder, recipe: try Recipe(yaml: other))
      }
      #expect(error.place == "stages[1].grpo.learning_rate", "\(error)")
      #expect(error.message.contains("--set stages[1].grpo.learning_rate=0.0001"), "\(error)")
      for (change, why) in [
        ("seed=8", "random"), ("policy.spark.layers=2", "trained"), ("stages.cold.sft.epochs=2", "done"),
      ] {
        error = try await #require(throws: RecipeError.self) {
          _ = try await TinyRun.resume(folder, overrides: [change])
        }
        #expect(error.message.contains(why), "\(error)")
      }
      let change = "stages.rl.grpo.learning_rate=1e-4"
      let lines = Lines()
      _ = try await TinyRun.resume(
        folder, recipe: try Recipe(yaml: TinyRun.yaml(), overrides: [change]), overrides: [change]
      ) { lines.add($0) }
      #expect(lines.text.contains("Changed: stages[1].grpo.learning_rate: 0.001 in the run, 0.0001 here"))
      let rates = try MetricsLog.rows(of: folder.metrics).filter { $0.stage == "rl" }
        .compactMap { $0["learning_rate"] }
      #expect(rates == [1e-3, 1e-3, 1e-3, 1e-4, 1e-4, 1e-4])
      #expect(try String(contentsOf: folder.recipe, encoding: .utf8).contains("0.0001"))
    }
  }

  @Test("going back to an earlier checkpoint drops the later ones")
  func earlier() async throws {
    try await withFolder { runs in
      let yaml = TinyRun.yaml("save_total_limit: 0")
      let whole = try await TinyRun.start(yaml, in: runs)
      let metrics = try Data(contentsOf: whole.metrics)
      do {
        _ = try await TinyRun.resume(whole, checkpoint: 4, stopAt: 1)
        Issue.record("it was not stopped")
      } catch let stopped as RunStopped { #expect(stopped.step == 5) }
      #expect(whole.lastCheckpoint == 5)
      _ = try await TinyRun.resume(whole)
      #expect(try Data(contentsOf: whole.metrics) == metrics)
      let error = try await #require(throws: RunError.self) {
        _ = try await TinyRun.resume(whole, checkpoint: 77)
      }
      #expect(error.message.contains("There are: 1, 2, 3"))
    }
  }

  @Test("of those within stages the last K stay, and the ends of stages")
  func limit() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.start(TinyRun.yaml("save_total_limit: 1"), in: runs)
      #expect(CheckpointShelf(folder).steps() == [3, 8, 9])
    }
  }

  @Test("what parts remember comes back to the bit")
  func memories() throws {
    struct Memory: Codable, Equatable {
      var rates: [String: Double]
      var steps: [Int]
    }
    let memory = Memory(rates: ["sums": 0.1 + 0.2, "chains": 1.0 / 3], steps: [0, 1 << 60])
    let state = try JSONDecoder().decode(
      JSONValue.self, from: JSONEncoder().encode(JSONValue(encoding: memory)))
    #expect(try state.decoded(as: Memory.self) == memory)
  }

  @Test("fewer steps than are done end the stage")
  func fewer() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 4, in: runs)
      _ = try await TinyRun.resume(folder, overrides: ["stages.rl.grpo.steps=2"])
      #expect(folder.lastCheckpoint == 7)
    }
  }

  @Test("two processes can't write one run")
  func locked() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 1, in: runs)
      let lock = try RunLock(folder)
      let error = try await #require(throws: RunError.self) { _ = try await TinyRun.resume(folder) }
      #expect(error.message.contains("another process"))
      withExtendedLifetime(lock) {}
    }
  }

  @Test("a loss that is not finite ends the run with one error, and the checkpoint before it stays good")
  func notFinite() async throws {
    try await withFolder { runs in
      // A rate that no weight survives, from the fourth step of GRPO on.
      let folder = try await TinyRun.stopped(TinyRun.yaml(), at: 3, in: runs)
      let good = try TinyRun.weights(folder, step: 6)
      let error = try await #require(throws: TrainingError.self) {
        _ = try await TinyRun.resume(
          folder, overrides: ["stages.rl.grpo.learning_rate=1e38", "stages.rl.grpo.max_grad_norm=0"])
      }
      #expect(error.message.contains("not finite") && error.message.contains("ower"), "\(error)")
      #expect(folder.lastCheckpoint == 6)
      #expect(try TinyRun.weights(folder, step: 6) == good)
      // Mended, it goes on.
      _ = try await TinyRun.resume(
        folder, overrides: ["stages.rl.grpo.learning_rate=1e-3", "stages.rl.grpo.max_grad_norm=1"])
      let whole = try await TinyRun.start(TinyRun.yaml(), in: runs.appending(path: "whole"))
      #expect(try TinyRun.weights(folder, step: last) == TinyRun.weights(whole, step: last))
    }
  }

  @Test("a weight that is no number ends supervised fine-tuning before anything is saved")
  func planted() async throws {
    try await withFolder { runs in
      let policy = try PolicySource(Recipe(yaml: TinyRun.yaml()))
      policy.parameters.buffer.start[2000] = .nan
      policy.parameters.changed()
      let yaml = TinyRun.yaml().replacing("problems_per_task: 2", with: "problems_per_task: 0")
      let error = try await #require(throws: TrainingError.self) {
        _ = try await TinyRun.start(yaml, in: runs, policy: policy)
      }
      #expect(error.message.contains("stage cold is not finite at its step 1"), "\(error)")
      #expect(try RunFolder(opening: runs.appending(path: "tiny")).lastCheckpoint == nil)
    }
  }

  @Test("timings stand in a file of their own and are read back into their rows")
  func timings() async throws {
    try await withFolder { runs in
      let folder = try await TinyRun.start(TinyRun.yaml(), in: runs)
      let text = try String(contentsOf: folder.metrics, encoding: .utf8)
      #expect(!text.contains("wall_s") && !text.contains("step_time") && !text.contains("timing_s"))
      let rows = try MetricsLog.rows(of: folder.metrics)
      #expect(rows.allSatisfy { $0["wall_s"] != nil })
      #expect(
        rows.filter { $0.stage == "rl" && $0["reward"] != nil }.allSatisfy { $0["timing_s/gen"] != nil })
    }
  }
}
