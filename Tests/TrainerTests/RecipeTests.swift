import AssayNumerics
import Foundation
import Testing
import VerifierKit

@testable import Trainer

private let small = """
  tasks:
    - generator: sums
  stages:
    - grpo: {steps: 5}
  rewards: {math: [{verifier: math-answer}]}
  """

@Suite("Recipe") struct RecipeTests {
  @Test("defaults are R1-Zero's where it states them")
  func defaults() throws {
    let recipe = try Recipe(yaml: small)
    guard case .grpo(let stage) = recipe.stages[0] else {
      Issue.record("the stage is \(recipe.stages[0].kind)")
      return
    }
    #expect(stage.steps == 5 && stage.name == "grpo")
    #expect(stage.optimizer.learningRate == 3e-6 && stage.klCoefficient == 0.001)
    #expect(stage.groupSize == 16 && stage.problemsPerStep == 32 && stage.referenceRefreshSteps == 400)
    #expect(recipe.sampling.temperature == 1)
    #expect(recipe.tasks[0].name == "sums" && recipe.tasks[0].weight == 1)
  }

  @Test(
    "what is wrong is named with its place and what to write",
    arguments: [
      // Unknown keys, at every depth.
      (
        "tasks: [{generator: sums}]\nsampling: {temprature: 1}", "line 2, sampling.temprature",
        "“temperature”"
      ),
      ("task: [{generator: sums}]", "line 1, task", "“tasks”"),
      ("tasks: [{generatr: sums}]", "line 1, tasks[0].generatr", "“generator”"),
      (
        "tasks: [{generator: sums}]\nstages:\n  - grpo: {group_sise: 8}", "line 3, stages[0].grpo.group_sise",
        "“group_size”"
      ),
      ("tasks: [{generator: sums}]\nstages:\n  - gpro: {steps: 8}", "line 3, stages[0].gpro", "“grpo”"),
      (
        "tasks: [{generator: sums}]\nrewards: {math: [{verifier: a, wieght: 1}]}",
        "line 2, rewards.math[0].wieght", "“weight”"
      ),
      // Types and ranges.
      ("tasks: [{generator: sums}]\nseed: one", "line 2, seed", "whole number"),
      ("tasks: [{generator: sums}]\nseed: \"1\"", "line 2, seed", "whole number"),
      ("tasks: [{generator: sums, weight: -1}]", "line 1, tasks[0].weight", "more than 0"),
      ("tasks: [{generator: sums, style: tense}]", "line 1, tasks[0].style", "“terse”"),
      ("tasks: [{generator: sums}]\nsampling: {top_p: 1.5}", "line 2, sampling.top_p", "at most 1"),
      ("tasks: [{generator: sums}]\nsampling: 3", "line 2, sampling", "mapping"),
      ("tasks: sums", "line 1, tasks", "list"),
      (
        "tasks: [{generator: sums}]\nstages: [{grpo: {group_size: 1}}]", "line 2, stages[0].grpo.group_size",
        "at least 2"
      ),
      (
        "tasks: [{generator: sums}]\nstages: [{grpo: {loss: ppo}}]", "line 2, stages[0].grpo.loss", "dr_grpo"
      ),
      ("tasks: [{generator: sums}]\nplugins: 3", "line 2, plugins", "list of text"),
      // Parts that contradict each other.
      ("tasks: []", "", "no tasks"),
      ("tasks: [{generator: sums, file: a.jsonl}]", "line 1, tasks[0]", "exactly one"),
      ("tasks: [{weight: 1}]", "line 1, tasks[0]", "exactly one"),
      ("tasks: [{file: a, command: [b]}]", "line 1, tasks[0]", "exactly one"),
      ("tasks: [{generator: sums}, {generator: sums}]", "", "two tasks"),
      (
        "tasks: [{generator: sums}]\nstages: [{sft: {epochs: 1, steps: 1}}]", "line 2, stages[0].sft.steps",
        "exclude"
      ),
      ("tasks: [{generator: sums}]\nstages: [{sft: {}, grpo: {}}]", "line 2, stages[0]", "several stages"),
      ("tasks: [{generator: sums}]\nstages: [{}]", "line 2, stages[0]", "sft, grpo or harvest"),
      ("tasks: [{generator: sums}]\nstages: [{sft: {source: harvested}}]", "", "no harvest"),
      ("tasks: [{generator: sums}]\npolicy: {spark: {heads: 3}}", "line 2, policy.spark.heads", "multiple"),
      ("tasks: [{generator: sums}]\nrewards: {math: [{verifier: a, weight: 0}]}", "", "weight 0"),
      ("tasks: [{generator: sums}]\nname: a/b", "", "folder"),
      ("tasks: [{generator: sums}]\nseed: 1\nseed: 2", "", "no YAML"),
      ("tasks: [", "", "no YAML"),
      ("tasks: [{generator: knights}]\nstages: [{grpo: {}}]", "", "“logic”, which has no rewards"),
    ] as [(String, String, String)])
  func errors(yaml: String, place: String, words: String) throws {
    let error = try #require(throws: RecipeError.self) { try Recipe(yaml: yaml) }
    #expect(error.place == place)
    #expect(error.message.contains(words), "\(error)")
  }

  @Test(
    "task options are checked when the generators are made",
    arguments: [
      ("{generator: sum}", "line 1, tasks[0].generator", "“sums”"),
      ("{generator: sums, options: {max_digit: 3}}", "line 1, tasks[0].options.max_digit", "“max_digits”"),
      ("{generator: sums, options: {max_digits: 9}}", "line 1, tasks[0].options.max_digits", "from 1 to 6"),
      ("{generator: sums, options: {min_digits: 3}}", "line 1, tasks[0].options.min_digits", "more than"),
      (
        "{generator: functions, options: {families: [lineal]}}", "line 1, tasks[0].options.families",
        "“linear”"
      ),
      (
        "{generator: functions, options: {families: [add], max_parameter: 2}}", "line 1, tasks[0].options",
        "few"
      ),
    ])
  func taskOptions(task: String, place: String, words: String) throws {
    let recipe = try Recipe(yaml: "tasks: [\(task)]")
    let error = try #require(throws: RecipeError.self) {
      try recipe.generators(relativeTo: URL(filePath: "."))
    }
    #expect(error.place == place)
    #expect(error.message.contains(words), "\(error)")
  }

  @Test("--set reaches every value, by number or by name")
  func overrides() throws {
    let recipe = try Recipe(
      yaml: "tasks: [{name: a, generator: sums}]\nstages: [{sft: {steps: 1}}, {grpo: {name: rl}}]\n"
        + "rewards: {math: [{verifier: math-answer}]}",
      overrides: [
        "seed=7", "tasks.a.weight=2.5", "stages[1].grpo.steps=9", "stages.rl.grpo.group_size=4",
        "sampling.temperature=0.5", "tasks.0.options.max_digits=2", "policy.model=models/a.gguf",
        "plugins=[x, y]", "stages.0.sft.learning_rate=1e-4",
      ])
    guard case .sft(let sft) = recipe.stages[0], case .grpo(let grpo) = recipe.stages[1] else {
      Issue.record("the stages changed")
      return
    }
    #expect(recipe.seed == 7 && recipe.tasks[0].weight == 2.5 && recipe.plugins == ["x", "y"])
    #expect(grpo.steps == 9 && grpo.groupSize == 4 && sft.optimizer.learningRate == 1e-4)
    #expect(recipe.sampling.temperature == 0.5 && recipe.policy.model == "models/a.gguf")
    #expect(recipe.tasks[0].options == ["max_digits": .integer(2)])
  }

  @Test(
    "a wrong --set names itself",
    arguments: [
      ("seed=one", "--set seed"), ("sead=1", "sead"), ("seed", "--set seed"), ("=1", "--set =1"),
      ("stages.5.grpo.steps=1", "--set stages.5.grpo.steps=1"), ("seed.a=1", "--set seed.a=1"),
      ("stages.0.grpo.group_size=1", "--set stages[0].grpo.group_size"),
    ])
  func wrongOverrides(text: String, place: String) throws {
    let error = try #require(throws: RecipeError.self) {
      try Recipe(yaml: "seed: 1\n" + small, overrides: [text])
    }
    #expect(error.place.contains(place), "\(error)")
  }

  @Test("a benchmark that would hold what a task trains on, and a penalty that is longer than any completion")
  func contradictions() throws {
    let yaml = """
      tasks: [{generator: sums, options: {held_out_share: 0.05}}]
      rewards: {math: [{verifier: math-answer}]}
      sampling: {max_completion_tokens: 8}
      stages: [{grpo: {steps: 1, overlong_buffer_len: 4}}]
      evaluation: {benchmarks: [{name: bench, generator: sums, options: {held_out_share: 0.05}}]}
      """
    let root = URL(filePath: "/")
    #expect(try Recipe(yaml: yaml).benchmarks(relativeTo: root).count == 1)
    let other = yaml.replacing("sums, options: {held_out_share: 0.05}}]}", with: "sums}]}")
    let error = #expect(throws: RecipeError.self) { try Recipe(yaml: other).checkStages() }
    #expect(error?.message.contains("held_out_share") == true)
    try Recipe(yaml: yaml).checkStages()
    #expect(throws: RecipeError.self) {
      try Recipe(yaml: yaml.replacing("len: 4", with: "len: 9")).checkStages()
    }
  }

  @Test("the resolved YAML spells out every default and reads as the same recipe")
  func resolved() throws {
    let recipe = try Recipe(
      yaml: """
        name: "12"
        system_prompt: |
          two
          lines
        tasks:
          - {name: a, generator: sums, options: {max_digits: 3, note: "true", share: 0.5, list: [1, x]}}
          - {name: b, file: rows.jsonl, domain: math}
        rewards: {math: [{verifier: v, options: {k: null}}], "on": [{verifier: w}]}
        stages: [{sft: {epochs: 1.5}}, {grpo: {}}, {harvest: {}}]
        """)
    let text = try recipe.resolved()
    var again = try Recipe(yaml: text)
    for index in again.tasks.indices { again.tasks[index].place = recipe.tasks[index].place }
    #expect(again == recipe)
    #expect(text.contains("clip_epsilon_high: 0.2") && text.contains("top_k: 0"))
    #expect(try again.resolved() == text)
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let shippedNames =
    ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "recipes").path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  @Test("the shipped recipes are valid", arguments: shippedNames)
  func shipped(name: String) throws {
    let recipe = try Recipe(contentsOf: Self.root.appending(path: "recipes/\(name).yaml"))
    #expect(recipe.name == name)
    let domains = Set(try recipe.generators(relativeTo: Self.root).map(\.domain))
    #expect(domains == Set(recipe.rewards.keys))
    #expect(domains == ["math", "logic", "code"] || name == "smollm2-languages")
    #expect(recipe.stages.map(\.kind).prefix(2) == ["sft", "grpo"])
    if ["spark", "smollm2"].contains(name) {
      #expect(recipe.stages.map(\.kind).prefix(4) == ["sft", "grpo", "harvest", "sft"])
    }
  }

  @Test("the demo's recipes are there")
  func demo() { #expect(Self.shippedNames.contains("spark") && Self.shippedNames.contains("smollm2")) }
}

@Suite("Learning rate") struct LearningRateTests {
  @Test(
    "by hand: peak 1, 2 steps of warm-up, 10 steps",
    arguments: [
      (.constant, 0, 0.5), (.constant, 1, 1), (.constant, 9, 1),
      (.linear, 2, 1), (.linear, 6, 0.6), (.linear, 10, 0.2),
      (.cosine, 2, 1), (.cosine, 6, 0.6), (.cosine, 10, 0.2), (.cosine, 50, 0.2),
    ] as [(LearningRateSchedule, Int, Double)])
  func rate(schedule: LearningRateSchedule, step: Int, expected: Double) {
    var optimizer = OptimizerRecipe(learningRate: 1, schedule: schedule, finalLearningRateRatio: 0.2)
    optimizer.warmupSteps = 2
    #expect(abs(optimizer.learningRate(at: step, of: 10) - expected) < 1e-12)
  }
}

@Suite("Precision") struct PrecisionTests {
  @Test("a precision that the CPU does not multiply is told of")
  func notice() throws {
    #expect(RuntimeRecipe.notice(of: Kernels(.fp32, most: "plain")) == nil)
    for precision in [Precision.bf16, .fp16] {
      let notice = try #require(RuntimeRecipe.notice(of: Kernels(precision, most: "avx2")))
      #expect(notice.hasPrefix("This CPU does not multiply \(precision.rawValue)"))
    }
  }
}

@Suite("Nearest name") struct NearestNameTests {
  @Test(
    arguments: [
      ("group_sise", "group_size"), ("setps", "steps"), ("Steps", "steps"), ("zzz", nil), ("", nil),
    ] as [(String, String?)])
  func nearest(text: String, expected: String?) {
    #expect(nearestName(to: text, among: ["group_size", "steps", "learning_rate"]) == expected)
  }
}
