import Foundation
import Testing
import VerifierKit

@testable import Trainer

/// What was warned of, as (monitor, step), and the metrics of the last step.
private func watch(
  _ policy: PlantedPolicy, steps: Int = 60, seed: UInt64 = 1, recipe more: String = ""
) throws -> (warnings: [(monitor: String, step: Int, text: String)], last: [String: Double]) {
  var watch = Watch(try Recipe(yaml: PlantedPolicy.recipe + "\n" + more))
  var warnings: [(String, Int, String)] = []
  var last: [String: Double] = [:]
  for step in 0..<steps {
    let seen = watch.observe(policy.rollouts(seed: seed, step: step, of: steps), stage: "rl")
    for text in seen.warnings {
      let name = text.dropFirst("monitor ".count).prefix { $0 != ":" }
      warnings.append((String(name), step, text))
    }
    last = seen.values
  }
  return (warnings, last)
}

/// From 0 to 1 between two moments.
private func ramp(_ time: Double, from start: Double = 0.2, to end: Double = 0.6) -> Double {
  min(1, max(0, (time - start) / (end - start)))
}

@Suite("Monitors") struct MonitorTests {
  @Test("an honest policy that learns sets none off", arguments: 1...6)
  func honest(seed: UInt64) throws {
    let found = try watch(PlantedPolicy(), seed: seed)
    #expect(found.warnings.isEmpty, "\(found.warnings)")
    #expect(found.last.filter { $0.key.hasPrefix("monitor/") }.count == 9)
    #expect(found.last.filter { $0.key.hasPrefix("monitor/") }.allSatisfy { $0.value == 0 })
  }

  @Test("nor does one that learns nothing", arguments: 11...16)
  func still(seed: UInt64) throws {
    var policy = PlantedPolicy()
    policy.right = { _ in 0.5 }
    policy.wordShare = { _ in 0.3 }
    policy.lift = 0
    policy.words = { _ in 20 }
    policy.format = { _ in 0.7 }
    let found = try watch(policy, seed: seed)
    #expect(found.warnings.isEmpty, "\(found.warnings)")
  }

  /// Each hack begins after a fifth of the run; the monitor meant for it fires, and no other.
  static let hacks: [(name: String, plant: @Sendable (inout PlantedPolicy) -> Void)] = [
    (
      "audit_gap",
      {
        $0.auditFails = { 0.03 + 0.8 * ramp($0) }
        $0.right = { 0.3 + 0.6 * $0 }
      }
    ),
    ("second_opinion", { $0.disagreement = { 0.0005 + 0.3 * ramp($0) } }),
    (
      "patterns",
      {
        $0.wordShare = { 0.05 + 0.8 * ramp($0, to: 1) }
        $0.lift = -0.1
      }
    ),
    (
      "patterns",  // a word of one's own, of two parts
      {
        $0.word = "double check"
        $0.wordShare = { 0.05 + 0.8 * ramp($0, to: 1) }
        $0.lift = -0.1
      }
    ),
    (
      "openings",
      {
        $0.opening = { 0.1 + 0.8 * ramp($0, to: 1) }
        $0.openingLift = -0.1
      }
    ),
    (
      "ngram_entropy",
      {
        $0.vocabulary = { Int(400 - 396 * ramp($0)) }
        $0.right = { _ in 0.5 }
        $0.format = { _ in 0.8 }
      }
    ),
    ("language_mixing", { $0.mixed = { 0.01 + 0.4 * ramp($0) } }),
    (
      "length",
      {
        $0.words = { 15 + 60 * ramp($0) }
        $0.extraWords = -3
        $0.right = { _ in 0.5 }
        $0.format = { _ in 0.8 }
      }
    ),
    ("clipped", { $0.cut = { 0.03 + 0.6 * ramp($0) } }),
    (
      "proxy_reward",
      {
        $0.format = { 0.6 + 0.4 * ramp($0) }
        $0.right = { 0.6 - 0.4 * ramp($0) }
      }
    ),
  ]

  @Test("a planted hack sets its monitor off", arguments: 0..<hacks.count)
  func fires(index: Int) throws {
    let hack = Self.hacks[index]
    for seed in 1...3 as ClosedRange<UInt64> {
      var policy = PlantedPolicy()
      hack.plant(&policy)
      let found = try watch(
        policy, seed: seed,
        recipe: hack.name == "patterns" ? "monitors: {words: [wait, however, double check]}" : "")
      let mine = found.warnings.filter { $0.monitor == hack.name }
      #expect(!mine.isEmpty, "\(hack.name), seed \(seed): \(found.warnings)")
      #expect(mine.allSatisfy { (12..<58).contains($0.step) }, "\(mine)")
      #expect(found.warnings.count == mine.count, "\(found.warnings)")
      // One warning a subject, not one a step.
      #expect(mine.count <= 2, "\(mine)")
    }
  }

  @Test("a threshold of 0 measures and never fires; monitors can be switched off")
  func off() throws {
    var policy = PlantedPolicy()
    policy.cut = { _ in 0.9 }
    #expect(try watch(policy).warnings.map(\.monitor) == ["clipped"])
    #expect(try watch(policy, recipe: "monitors: {clipped_ratio: 0}").warnings.isEmpty)
    let silent = try watch(policy, recipe: "monitors: {enabled: false}")
    #expect(silent.warnings.isEmpty && silent.last.isEmpty)
  }

  @Test("a run that stops and resumes goes on as if it had not", arguments: [1, 17, 40])
  func resumes(stop: Int) throws {
    var policy = PlantedPolicy()
    policy.auditFails = { 0.03 + 0.8 * $0 }
    policy.cut = { 0.6 * $0 }
    let recipe = try Recipe(yaml: PlantedPolicy.recipe)
    var whole = Watch(recipe)
    var halves = Watch(recipe)
    for step in 0..<50 {
      if step == stop {
        let kept = try WatchState(monitors: halves.memory).json.text
        halves = Watch(recipe)
        halves.memory = try WatchState(json: try JSONValue(parsing: kept)).monitors
      }
      let rollouts = policy.rollouts(seed: 5, step: step, of: 50)
      let (a, b) = (whole.observe(rollouts, stage: "rl"), halves.observe(rollouts, stage: "rl"))
      #expect(a.values == b.values && a.warnings == b.warnings)
    }
    #expect(whole.memory == halves.memory)
    // Another stage begins anew.
    _ = whole.observe(policy.rollouts(seed: 5, step: 0, of: 50), stage: "rl-2")
    #expect(whole.memory.steps == 1)
  }

  @Test("a step's figures by hand")
  func figures() throws {
    func rollout(
      _ group: Int, _ sample: Int, _ text: String, _ isRight: Bool?, tokens: Int, format: Double,
      details: [String: String] = [:], stopped: Bool = true
    ) -> Rollout {
      var rollout = PlantedPolicy().rollouts(seed: 1, step: 0, of: 2)[0]
      (rollout.group, rollout.sample, rollout.text) = (group, sample, text)
      rollout.completion.tokens = Array(repeating: 1, count: tokens)
      rollout.completion.stopped = stopped
      let judged: Reward.Outcome =
        switch isRight {
        case true?: .verdict(.accepted("equal", details), micros: 1)
        case false?: .verdict(.rejected("wrong-answer", details), micros: 1)
        case nil: .fault(VerifierFault(reason: "worker-died", message: "."))
        }
      rollout.reward = Reward(
        value: isRight.map { ($0 ? 1 : 0) + format },
        outcomes: [
          "judge": judged, "format": .verdict(.rejected("f", score: format), micros: 1),
        ])
      return rollout
    }
    let rollouts = [
      rollout(0, 0, "Wait, a b c", true, tokens: 4, format: 0.5, details: ["audit": "failed"]),
      rollout(0, 1, "wait a b d", false, tokens: 2, format: 1, details: ["audit": "failed"]),
      rollout(0, 2, "<think>wait a b c", true, tokens: 6, format: 0.5, details: ["audit": "passed"]),
      rollout(0, 3, "x y z x y z", false, tokens: 2, format: 0, details: ["audit": "fault"], stopped: false),
      rollout(1, 0, "But wait; waiting", true, tokens: 3, format: 1, details: ["second_opinion": "n: wrong"]),
      rollout(1, 1, "说 你好", true, tokens: 1, format: 1, details: ["second_opinion": "n: right"]),
      rollout(1, 2, "wait", nil, tokens: 9, format: 1),
    ]
    var watch = Watch(try Recipe(yaml: PlantedPolicy.recipe))
    let values = watch.observe(rollouts, stage: "rl").values
    let expected: [String: Double] = [
      // Three programs with an audit: two are paid, one passes.
      "audit/samples": 3, "audit/reward_pass": 2.0 / 3, "audit/audit_pass": 1.0 / 3,
      "audit_gap": 1.0 / 3, "audit/failed_share": 0.5,
      "second_opinion/checked": 2, "second_opinion/disagreement": 0.5,
      // Five of seven have it; the one that nobody could judge is in the share and not in the lift. Group 0: right
      // 2 of 3 with it, 0 of 1 without, (2·1 − 0·3)/4 over 3·1/4; group 1: (1·1 − 1·1)/2 over 1·1/2.
      "patterns/wait/share": 5.0 / 7, "patterns/wait/lift": 0.5 / 1.25,
      "patterns/but/share": 1.0 / 7, "patterns/check/share": 0, "patterns/any/share": 5.0 / 7,
      // Six words of 25, `waiting` being another, `think` one, and each Chinese character one.
      "patterns/per_1000_words": 1000 * 6.0 / 26,
      // `wait a b c` twice of seven; 2 of 4 and 1 of 3.
      "openings/top_share": 2.0 / 7, "openings/group_top_share": (0.5 + 1.0 / 3) / 2,
      "length/right": 14.0 / 4, "length/wrong": 2,
      "completions/clipped_accuracy": 0,
      "domain/math/accuracy": 4.0 / 6,
      "language/mixed_scripts": 0,
    ]
    for (name, value) in expected {
      #expect(abs((values[name] ?? .nan) - value) < 1e-12, "\(name): \(values[name] ?? .nan), not \(value)")
    }
    // Lengths less their group's mean 3.5: 0.5, −1.5, 2.5, −1.5; rights: ±0.5. Group 1: lengths 1, −1, rights 0.
    let correlation = (0.25 + 0.75 + 1.25 + 0.75) / ((0.25 + 2.25 + 6.25 + 2.25 + 2) * 1.0).squareRoot()
    #expect(abs((values["length/correlation"] ?? 0) - correlation) < 1e-12)
  }

  @Test(
    "entropy of three words in a row",
    arguments: [
      (["a b c d"], 1),  // two runs, both different
      (["a b c", "a b c"], 0),
      (["a b c", "a b c", "x y z", "x y z"], 0.5),  // one bit of two
      (["a b c"], nil), ([], nil),
    ] as [([String], Double?)])
  func entropy(texts: [String], expected: Double?) {
    let found = NgramEntropy.entropy(texts.map { WordHashes($0).words })
    #expect((found == nil) == (expected == nil) && abs((found ?? 0) - (expected ?? 0)) < 1e-12)
  }

  @Test(
    "scripts side by side",
    arguments: [
      ("We add 2 and 3.", false), ("我们先看这个问题，然后回答。", false),
      ("我们先看 this problem carefully，然后回答。", true),
      ("设 x=3, 则 \\frac{x}{2} 等于 sin x", false),  // variables, TeX, and a name of three letters
      ("我们写一个函数：\n```python\ndef function(argument): return argument\n```\n完成了，就是这样。", false),
      ("Сначала сложим, then we multiply both numbers", true),
      ("Let α and β be the roots of the polynomial", false),
      ("こんにちは、漢字とカナです", false),  // one script, for us
      ("We say 你好 in a long English sentence about greetings", false),  // two characters
    ] as [(String, Bool)])
  func scripts(text: String, expected: Bool) {
    #expect(ScriptCounts(text).isMixed == expected, "\(ScriptCounts(text).counts)")
  }

  @Test("a trend: the first window, the one a lookback ago, and what is more than wavering")
  func trend() {
    let window = TrendWindow(length: 2, lookback: 4)
    var trend = Trend()
    for value in [1, 3, 5] as [Double] {
      trend.append(value, window)
      #expect(trend.changes(window).isEmpty)
    }
    trend.append(7, window)
    // 2 ± 1 to 6 ± 1: the standard error of each mean is 1, of the difference √2.
    #expect(trend.changes(window).map(\.difference) == [4, 4])
    #expect(abs(trend.changes(window)[0].error - 2.0.squareRoot()) < 1e-12)
    #expect(!trend.changes(window)[0].rises(by: 1))  // 4 is less than four times √2
    for value in [7, 7, 9, 9] as [Double] { trend.append(value, window) }
    // Kept: 5, 7, 7, 7, 9, 9; the start is still 1, 3.
    #expect(trend.values.count == 6)
    #expect(trend.changes(window).map(\.difference) == [7, 3])
    #expect(trend.changes(window)[0].rises(by: 7) && !trend.changes(window)[0].rises(by: 7.1))
    #expect(!trend.changes(window)[0].falls(by: 1))
  }

  @Test("the recipe's thresholds are checked")
  func recipe() throws {
    let base = PlantedPolicy.recipe + "\nmonitors: "
    #expect(throws: RecipeError.self) { try Recipe(yaml: base + "{window: 10, lookback: 5}") }
    #expect(throws: RecipeError.self) { try Recipe(yaml: base + "{words: [wait, '!?']}") }
    #expect(throws: RecipeError.self) { try Recipe(yaml: base + "{words: [any]}") }
    let error = try #require(throws: RecipeError.self) { try Recipe(yaml: base + "{audit_gp: 0.1}") }
    #expect(error.description.contains("audit_gap"))
    let recipe = try Recipe(yaml: base + "{words: [hmm], window: 4}")
    #expect(recipe.monitors.words == ["hmm"])
    #expect(try Recipe(yaml: recipe.resolved()).monitors == recipe.monitors)
  }
}
