import Foundation
import Policy
import Synchronization
import Testing
import VerifierKit
import Verifiers

@testable import Trainer

/// The first verifier of each domain, made as the host makes it; no sandbox, no plugins.
struct BuiltInRewarder: Rewarder {
  let verifiers: [String: any Verifier]

  init(_ recipe: Recipe) throws {
    verifiers = try recipe.rewards.mapValues { try makeVerifier($0[0].verifier, options: $0[0].options) }
    names = recipe.rewards.mapValues { $0[0].verifier }
  }

  private let names: [String: String]

  func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    guard let verifier = verifiers[sample.problem.domain], let name = names[sample.problem.domain] else {
      return [:]
    }
    do throws(VerifierFault) {
      return [name: .verdict(try await verifier.verify(sample.completion, of: sample.problem), micros: 1)]
    } catch {
      return [name: .fault(error)]
    }
  }

  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    outcomes.map { Reward(value: $0.values.first?.verdict?.score, outcomes: $0) }
  }
}

@Suite("Benchmarks") struct BenchmarkTests {
  @Test("the figures of two problems by hand")
  func figures() throws {
    var scores = ProblemScores()
    let right = Vote(answer: "4", isCorrect: true), wrong = Vote(answer: "5", isCorrect: false)
    scores.append([right, wrong, wrong, Vote(answer: "6", isCorrect: false)], of: 4)
    scores.append([right, right, right, wrong], of: 4)
    // A problem with one valid sample has no pass@2; one without any takes no part.
    scores.append([right], of: 4)
    scores.append([], of: 4)
    #expect(scores.faults == 7)
    var row = MetricsRow(step: 0, stage: "s")
    row.record(scores, under: "b", samples: 4)
    let expected = [
      "pass@1": (0.25 + 0.75 + 1) / 3, "avg@4": 2.0 / 3, "problems": 3,
      // 3 of the 6 pairs of the first hold its right one, all of the second's do.
      "pass@2": (0.5 + 1) / 2, "pass@4": 1, "cons@4": (0.0 + 1 + 1) / 3,
    ]
    for (name, value) in expected {
      #expect(abs((row["eval/b/\(name)"] ?? .nan) - value) < 1e-12, "\(name)")
    }
    for name in ["pass@1", "avg@4", "pass@2", "pass@4", "cons@4"] {
      let value = row["eval/b/\(name)"] ?? .nan
      #expect(
        (row["eval/b/\(name)_low"] ?? 2) <= value && (row["eval/b/\(name)_high"] ?? -1) >= value, "\(name)")
    }
    #expect(row.values.count == 6 + 2 * 5)
    // Six samples: 1, 2, 4, 6; of one sample, pass@1 alone.
    row = MetricsRow(step: 0, stage: "s")
    var six = ProblemScores()
    six.append(Array(repeating: right, count: 6), of: 6)
    six.areComparable = false
    row.record(six, under: "b", samples: 6)
    let names = row.values.keys.filter { !$0.contains("_") }.sorted()
    #expect(
      names == [
        "eval/b/avg@6", "eval/b/pass@1", "eval/b/pass@2", "eval/b/pass@4", "eval/b/pass@6", "eval/b/problems",
      ])
  }

  @Test("the best constant answer is what the verifier accepts")
  func constant() async throws {
    let recipe = try Recipe(
      yaml: "tasks: [{generator: sums}]\nrewards: {math: [{verifier: math-answer}]}")
    let rewarder = try BuiltInRewarder(recipe)
    func share(_ answers: [String], tests: CodeTests? = nil) async -> Double? {
      let problems = answers.enumerated().map {
        Problem(
          id: "\($0.offset)", domain: "math", prompt: .text("?"), reference: .string($0.element), tests: tests
        )
      }
      return await ConstantAnswer.share(
        problems, answers: answers, rewarder: rewarder, judge: recipe.judge)
    }
    #expect(await share(["1", "2", "2", "3"]) == 0.5)
    // Frequent as text is 3; 1/2 and 0.5 are one answer, and more frequent.
    #expect(await share(["1/2", "3", "3", "0.5", "\\frac{1}{2}", "1/2"]) == 4.0 / 6)
    #expect(await share([]) == nil)
    let tests = CodeTests(kind: .assert(setup: "", asserts: []))
    #expect(await share(["1", "1"], tests: tests) == nil)
  }

  @Test(
    "what is wrong with a benchmark is named with its place",
    arguments: [
      ("{file: b.jsonl, generator: sums}", "exactly one"), ("{nam: b}", "“name”"),
      ("{file: missing.jsonl}", "missing.jsonl"), ("{file: empty.jsonl}", "no rows"),
      ("{file: b.jsonl, domain: law}", "“law”"), ("{file: bad.jsonl}", "line 1"),
      ("{file: b.jsonl, name: math}", "domain's name"),
      ("{file: b.jsonl}, {file: x/b.jsonl}", "two benchmarks"),
      ("{file: b.jsonl, limit: 0}", "at least 1"), ("{generator: sms}", "“sums”"),
      ("{name: a/b, file: c}", "“/”"),
      ("{file: b.jsonl, options: {held_out_share: 0.1}}", "belong to a generator"),
    ] as [(String, String)])
  func errors(benchmarks: String, message: String) throws {
    try withFolder { folder in
      for (name, text) in [
        ("b.jsonl", "{\"prompt\":\"1+1\",\"answer\":\"2\"}\n"), ("empty.jsonl", "\n"), ("bad.jsonl", "{\n"),
      ] {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
      }
      let error = try #require(throws: RecipeError.self) {
        try Recipe(
          yaml: """
            tasks: [{generator: sums}]
            rewards: {math: [{verifier: math-answer}]}
            evaluation: {benchmarks: [\(benchmarks)]}
            """
        ).benchmarks(relativeTo: folder)
      }
      #expect(error.description.contains(message), "\(error)")
      #expect(!error.place.isEmpty)
    }
  }

  @Test("the resolved recipe has them, and reads as the same")
  func resolved() throws {
    let recipe = try Recipe(
      yaml: """
        tasks: [{generator: sums}]
        evaluation:
          decontaminate: drop
          metric_for_best_model: eval/a/pass@1
          greater_is_better: false
          benchmarks:
            - {file: data/a.jsonl.gz, limit: 5, samples_per_problem: 2, temperature: 0, max_completion_tokens: 9}
            - {name: b, generator: sums, options: {max_digits: 3}, domain: math, top_p: 0.5}
        """)
    #expect(recipe.evaluation.benchmarks.map(\.name) == ["a", "b"])
    var again = try Recipe(yaml: try recipe.resolved()).evaluation
    for index in again.benchmarks.indices {
      again.benchmarks[index].place = recipe.evaluation.benchmarks[index].place
    }
    #expect(again == recipe.evaluation)
  }

  /// Where the files are present.
  @Test(
    "benchmarks as they are published",
    .enabled(if: SharedData.has("math500/test.jsonl.gz"), "needs the published problems beside the project"),
    arguments: [
      ("aime24/test.jsonl", 30), ("aime25/test.jsonl", 30), ("math500/test.jsonl.gz", 500),
      ("gsm8k/test.jsonl.gz", 1319), ("mgsm/de.jsonl", 250), ("mgsm/zh.jsonl", 250),
      ("humaneval/HumanEval.jsonl", 164), ("mbpp/mbpp.jsonl.gz", 974),
      ("reasoning_gym/basic_arithmetic.easy.jsonl.gz", 500),
    ])
  func published(file: String, rows: Int) async throws {
    let data = SharedData.folder
    let isCode = file.hasPrefix("humaneval") || file.hasPrefix("mbpp")
    let recipe = try Recipe(
      yaml: """
        tasks: [{generator: sums}]
        rewards: {math: [{verifier: math-answer}], code: [{verifier: python-tests}]}
        evaluation: {benchmarks: [{file: \(file), domain: \(isCode ? "code" : "math")}]}
        """)
    let benchmark = try recipe.benchmarks(relativeTo: data)[0]
    #expect(benchmark.problems.count == rows)
    #expect(benchmark.problems.allSatisfy { ($0.problem.tests != nil) == isCode && $0.texts[0].count > 2 })
    #expect(isCode || benchmark.problems.allSatisfy { $0.answer != nil })
    guard rows == 30 else { return }
    // Of thirty answers from 0 to 999 hardly two are the same.
    let share = await ConstantAnswer.share(
      benchmark.problems.map(\.problem), answers: benchmark.problems.map(\.answer),
      rewarder: try BuiltInRewarder(
        try Recipe(yaml: "tasks: [{generator: sums}]\nrewards: {math: [{verifier: math-answer}]}")),
      judge: recipe.judge)
    #expect((1.0 / 30...4.0 / 30).contains(share ?? 0), "\(share ?? 0)")
  }

  @Test("best checkpoint: the first of equals, neither direction by mistake, and never a number that is none")
  func best() throws {
    var best = BestCheckpoint()
    let taken = [0.2, 0.1, 0.2, .nan, 0.3, 0.3].enumerated().filter {
      best.takes($0.element, step: $0.offset)
    }
    #expect(taken.map(\.offset) == [0, 4] && best.step == 4 && best.value == 0.3)
    var least = BestCheckpoint()
    let lower = [0.2, 0.1, 0.3].filter { least.takes($0, step: 0, greaterIsBetter: false) }
    #expect(lower == [0.2, 0.1])
    let data = try JSONEncoder().encode(WatchState(best: best))
    #expect(try JSONDecoder().decode(WatchState.self, from: data).best == best)
  }

  @Test("checkpoints/best changes in one instant, and a whole one is not written again")
  func publish() throws {
    try withFolder { root in
      let checkpoints = root.appending(path: "checkpoints")
      let written = Mutex(0)
      func publish(_ step: Int, fails: Bool = false) throws {
        try BestCheckpoint.publish(step: step, in: checkpoints, about: Data("\(step)".utf8)) { place in
          written.withLock { $0 += 1 }
          try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
          if fails { throw RunError("full") }
          try Data("policy \(step)".utf8).write(to: place.appending(path: "model"))
        }
      }
      func model() throws -> String {
        try String(contentsOf: checkpoints.appending(path: "best/model"), encoding: .utf8)
      }
      try publish(3)
      #expect(try model() == "policy 3")
      try publish(3)
      #expect(written.withLock { $0 } == 1)
      // One that fails on the way leaves the one before.
      #expect(throws: RunError.self) { try publish(5, fails: true) }
      #expect(try model() == "policy 3")
      try publish(5)
      #expect(try model() == "policy 5")
      func kept() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted()
      }
      // A run that goes back before step 5 finds the one before.
      #expect(try kept() == ["best", "best-step-3", "best-step-5"])
      try BestCheckpoint.rewind(to: 4, in: checkpoints)
      try BestCheckpoint.link(to: 3, in: checkpoints)
      #expect(try kept() == ["best", "best-step-3"] && model() == "policy 3")
      try publish(5)
      BestCheckpoint.prune(keeping: [5, nil], in: checkpoints)
      #expect(try kept() == ["best", "best-step-5"] && model() == "policy 5")
    }
  }

  @Test("an evaluation whose judge failed on every sample has no accuracy: none of 0, and no best policy")
  func allFaults() async throws {
    struct BrokenJudge: Rewarder {
      func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
        ["math-answer": .fault(VerifierFault(reason: "broken", message: "The judge is away."))]
      }
      func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
        outcomes.map { Reward(value: nil, outcomes: $0) }
      }
    }
    try await withFolder { root in
      let recipe = try Recipe(
        yaml: """
          policy: {spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
          tasks: [{generator: sums, style: terse}]
          rewards: {math: [{verifier: math-answer}]}
          sampling: {max_completion_tokens: 4}
          evaluation: {problems_per_task: 3, benchmarks: [{generator: differences, style: terse, limit: 2}]}
          """)
      let pipeline = try Pipeline(
        recipe: recipe, policy: try PolicySource(recipe), rewarder: BrokenJudge(), recipeFolder: root,
        runs: root.appending(path: "runs"), say: { _ in })
      let run = try await pipeline.run()
      let row = try #require(try MetricsLog.rows(of: run.metrics).first)
      #expect(row["eval_average"] == nil && row["eval/faults"] == 5)
      #expect(!FileManager.default.fileExists(atPath: run.checkpoints.appending(path: "best").path))
    }
  }

  @Test("a run measures its benchmarks, names the best constant answer, and keeps the best policy")
  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-bench-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let rows = (0..<6).map { "{\"prompt\":\"\($0)+1\",\"answer\":\"\($0 < 2 ? 7 : $0 + 1)\"}\n" }.joined()
    try rows.write(to: folder.appending(path: "held.jsonl"), atomically: true, encoding: .utf8)
    let recipe = try Recipe(
      yaml: """
        name: tiny
        seed: 3
        policy: {spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
        tasks: [{generator: sums, style: terse}]
        rewards: {math: [{verifier: math-answer}]}
        sampling: {max_completion_tokens: 6}
        stages: [{grpo: {name: rl, steps: 4, problems_per_step: 2, group_size: 4, learning_rate: 1e-3}}]
        evaluation:
          every: 2
          problems_per_task: 2
          benchmarks:
            - {file: held.jsonl, samples_per_problem: 3, temperature: 1}
            - {generator: differences, style: terse, limit: 4}
        """)
    let said = Mutex<[String]>([])
    let pipeline = try Pipeline(
      recipe: recipe, policy: try PolicySource(recipe), rewarder: try BuiltInRewarder(recipe),
      recipeFolder: folder, runs: folder.appending(path: "runs"),
      say: { line in said.withLock { $0.append(line) } })
    let run = try await pipeline.run()
    let all = try MetricsLog.rows(of: run.metrics)
    let evaluations = all.filter { $0["eval_average"] != nil }
    #expect(evaluations.map(\.step) == [0, 2, 4])
    for row in evaluations {
      #expect(row["eval/held/problems"] == 6 && row["eval/differences/problems"] == 4)
      #expect(
        row["eval/held/cons@3"] != nil && row["eval/held/pass@2_low"] != nil && row["eval/held/pass@3"] != nil
      )
      #expect(row["eval/held/constant"] == 2.0 / 6)
      #expect(row["eval/math/constant"] != nil && row["eval/differences/constant"] != nil)
      // Held-out problems alone make the average.
      #expect(row["eval_average"] == row["eval/math/pass@1"])
    }
    let best = run.checkpoints.appending(path: "best")
    let about = try #require(
      MetricsRow(json: try String(contentsOf: best.appending(path: "best.json"), encoding: .utf8)))
    let top = evaluations.compactMap { $0["eval_average"] }.max()
    #expect(about["eval_average"] == top)
    #expect(about.step == evaluations.first { $0["eval_average"] == top }?.step)
    #expect(FileManager.default.fileExists(atPath: best.appending(path: "model.safetensors").path))
    // Benchmarks are in the store beside the held-out problems, with groups of their own.
    let stored = try RolloutStore(run.rollouts).rollouts(stage: "start", purpose: .evaluation, limit: 1000)
    #expect(stored.count == 24)  // 2 held out, 6 rows thrice, 4 differences
    #expect(Set(stored.map(\.problem)).count == 12)
    let history = EvaluationHistory(all)
    #expect(history.points.first?.average == evaluations[0]["eval_average"])
    // A step of training has what the monitors measure.
    #expect(all.filter { $0.stage == "rl" && $0["monitor/clipped"] != nil }.count == 4)
  }

  @Test("a figure that no evaluation has is an error that lists those that it has")
  func unknownMetric() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-bench-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let recipe = try Recipe(
      yaml: """
        policy: {spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
        tasks: [{generator: sums, style: terse}]
        rewards: {math: [{verifier: math-answer}]}
        sampling: {max_completion_tokens: 2}
        evaluation: {problems_per_task: 1, metric_for_best_model: eval/mth/pass@1}
        """)
    let pipeline = try Pipeline(
      recipe: recipe, policy: try PolicySource(recipe), rewarder: try BuiltInRewarder(recipe),
      recipeFolder: folder, runs: folder, say: { _ in })
    let error = await #expect(throws: TrainingError.self) { _ = try await pipeline.run() }
    #expect(error?.message.contains("eval/math/pass@1") == true)
  }
}
