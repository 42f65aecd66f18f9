import AssayNumerics
import Foundation
import Policy
import Testing
import VerifierKit

@testable import Trainer

@Suite("Harvest")
struct HarvestTests {
  /// A row for each filter: a text that it drops, and one beside it that it keeps.
  @Test(
    "filters by text alone",
    arguments: [
      ("<think>7+5=12</think>Answer: 12", nil),
      ("bell \u{7}", .unreadable), ("broken \u{fffd}", .unreadable), ("… !?", .unreadable), ("π ≈ 3", nil),
      (String(repeating: "word ", count: 6) + "\n", .longParagraph),
      ("one two three\n\nfour five six", nil), ("one two three\nfour five six", .longParagraph),
      ("数学数学数学数学数学", nil), ("数学数学数学数学数学数", nil), ("数学数学数学数学数学数学", .longParagraph),
      ("<think>```x```</think>a", .codeBlock), ("<think>a</think>```x```", nil),
      ("a b\na b\na b\na c\n\n", .repetition),
    ] as [(String, HarvestReason?)])
  func text(_ text: String, expected: HarvestReason?) {
    var filters = HarvestFilters()
    filters.maxParagraphWords = text.contains("a b\n") ? 0 : 5
    filters.maxRepetition = 0.4
    filters.codeBlocks = true
    #expect(filters.reason(against: text) == expected)
  }

  @Test("each can be turned off")
  func off() {
    var filters = HarvestFilters()
    (filters.unreadable, filters.maxParagraphWords, filters.maxRepetition, filters.codeBlocks) = (
      false, 0, 1, false
    )
    let bad = "\u{7}" + String(repeating: "a b\n", count: 400) + "```"
    #expect(filters.reason(against: bad) == nil)
  }

  @Test("repetition, by hand: the larger of 4-grams and lines")
  func repetition() {
    // Seven words make four 4-grams, all different.
    #expect(HarvestFilters.repetition("a b c d e f g") == 0)
    // Eight words, five 4-grams: abcd bcda cdab dabc abcd.
    #expect(abs(HarvestFilters.repetition("a b c d a b c d") - 0.2) < 1e-12)
    // Of four lines three are the same.
    #expect(abs(HarvestFilters.repetition("x y 1\nx y 1\nx y 1\nz w 2") - 0.5) < 1e-12)
    #expect(HarvestFilters.repetition("short") == 0)
  }

  @Test("what is kept names its rollout, and every sample is kept or counted")
  func origins() async throws {
    try await withFolder { runs in
      let yaml = """
        name: tiny
        policy: {model: spark, spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
        tasks: [{name: sums, generator: sums, style: terse, options: {max_digits: 1}}]
        rewards: {math: [{verifier: even}]}
        sampling: {max_completion_tokens: 6}
        stages:
          - harvest: {problems: 12, samples_per_problem: 6, keep_per_problem: 1, filters: {truncated: false, unreadable: false}}
          - sft: {source: harvested, steps: 2, batch_size: 4}
        evaluation: {problems_per_task: 0}
        runtime: {threads: 1}
        """
      let folder = try await TinyRun.start(yaml, in: runs)
      let file = folder.url.appending(path: "harvest.jsonl")
      let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
        try JSONValue(parsing: $0)
      }
      #expect(!rows.isEmpty)
      #expect(Set(rows.compactMap { $0["prompt"]?.string }).count == rows.count)
      let stored = try RolloutStore(folder.rollouts).rollouts(purpose: .harvest, limit: 1000)
      for row in rows {
        let origin = try #require(row["origin"])
        #expect(origin["run"]?.string == "tiny" && origin["stage"]?.string == "harvest")
        #expect(origin["checkpoint"]?.string == "spark" && origin["step"]?.integer == 0)
        let (group, sample) = (
          try #require(origin["group"]?.integer), try #require(origin["sample"]?.integer)
        )
        #expect(stored[group * 6 + sample].completion == row["completion"]?.string)
        #expect(origin["verdicts"]?["even"]?["status"]?.string == "accepted")
        #expect(origin["plugins"] == .object([:]))
      }
      let metrics = try #require(try MetricsLog.rows(of: folder.metrics).first)
      let dropped = HarvestReason.allCases.compactMap { metrics["harvest/dropped/\($0.rawValue)"] }.reduce(
        0, +)
      #expect(metrics["harvest/sampled"] == 72 && metrics["harvest/kept"] == Double(rows.count))
      #expect(dropped + Double(rows.count) == 72 && metrics["harvest/dropped/wrong"] ?? 0 > 0)
      // What it wrote is read back as it was.
      let read = try SFTExample.read(file)
      #expect(read.map(\.completion) == rows.compactMap { $0["completion"]?.string })
      #expect(read.map { JSONValue.object($0.origin) } == rows.compactMap { $0["origin"] })
      // And trains alone, without a task.
      let alone = try await TinyRun.start(
        """
        name: alone
        policy: {model: spark, spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
        stages: [{sft: {file: \(file.path), steps: 2, batch_size: 4}}]
        """, in: runs)
      #expect(alone.lastCheckpoint == 2)
    }
  }

  /// The language verdict of a word list: `mixed` where “der” occurs.
  private struct Reviewer: Rewarder {
    func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
      let words = String(sample.completion.text.split(separator: " ").count)
      let isMixed = sample.completion.text.contains("der")
      return [
        "language-consistency": .verdict(
          isMixed ? .rejected("mixed", ["words": words]) : .rejected("no-words", ["words": "0"]), micros: 1)
      ]
    }
    func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] { [] }
  }

  private func harvest(_ filters: HarvestFilters = HarvestFilters()) throws -> Harvest {
    let recipe = try Recipe(yaml: TinyRun.yaml())
    let policy = try PolicySource(recipe)
    var harvest = HarvestRecipe()
    harvest.filters = filters
    return Harvest(
      recipe: harvest, sampling: SamplingRecipe(), rewards: recipe.rewards,
      sampler: Sampler(
        pool: .init(policy.parameters.config, threads: 1, slots: 1),
        renderer: PromptRenderer(tokenizer: policy.tokenizer, systemPrompt: nil), rewarder: EvenRewarder(),
        seed: 1),
      mixture: TaskMixture([], weights: []), reviewer: Reviewer())
  }

  private func rollout(_ text: String, _ verdict: Verdict = .accepted("even")) -> Rollout {
    var completion = GeneratedCompletion()
    completion.stopped = true
    return Rollout(
      problem: Problem(id: "1", domain: "math", prompt: .text("?")), task: "", group: 0, sample: 0,
      prompt: [],
      completion: completion, text: text,
      reward: Reward(value: 1, outcomes: ["even": .verdict(verdict, micros: 1)]), advantage: nil)
  }

  @Test("mixed languages, of ten words or more, are dropped; too little to tell is not")
  func languages() async throws {
    let harvest = try harvest()
    func reason(_ text: String) async -> HarvestReason? {
      await harvest.reason(against: rollout(text), taken: [])
    }
    #expect(await reason("so der sum of the two is then nine as said") == .mixedLanguage)
    #expect(await reason("der sum is nine") == nil)
    #expect(await reason("so the sum of the two is then nine as said") == nil)
  }

  @Test(
    "what passes the tests that pay and fails those that watch is dropped",
    arguments: [("passed", nil), ("failed", .failedAudit), ("fault", .fault)] as [(String, HarvestReason?)])
  func audited(audit: String, expected: HarvestReason?) async throws {
    let one = rollout("nine", .accepted("even", ["audit": audit]))
    #expect(try await harvest().reason(against: one, taken: []) == expected)
    var filters = HarvestFilters()
    filters.audit = false
    #expect(try await harvest(filters).reason(against: one, taken: []) == nil)
  }
}
