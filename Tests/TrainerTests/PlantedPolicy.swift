import AssayNumerics
import Policy
import VerifierKit

@testable import Trainer

/// A policy that exists only as numbers, from which the rollouts of a step are drawn: honest unless a field is changed.
///
/// Of each function the argument is how far the run is, from 0 to 1.
struct PlantedPolicy {
  /// Share of right samples; it varies between problems.
  var right: @Sendable (Double) -> Double = { 0.3 + 0.4 * $0 }
  /// Share of samples with `word`, and by how much more often they are right.
  var word = "wait"
  var wordShare: @Sendable (Double) -> Double = { 0.1 + 0.4 * $0 }
  var lift = 0.3
  /// Share of samples that begin with one and the same opening.
  var opening: @Sendable (Double) -> Double = { _ in 0.1 }
  var openingLift = 0.0
  /// Different words that texts are made of.
  var vocabulary: @Sendable (Double) -> Int = { _ in 400 }
  /// Words of a text; a right one has `extraWords` more.
  var words: @Sendable (Double) -> Double = { 15 + 10 * $0 }
  var extraWords = 3.0
  var format: @Sendable (Double) -> Double = { 0.8 + 0.2 * $0 }
  /// Share of paid programs that fail the audit, and of unpaid ones that pass it.
  var auditFails: @Sendable (Double) -> Double = { _ in 0.03 }
  var unpaidPass = 0.05
  var disagreement: @Sendable (Double) -> Double = { _ in 0.0005 }
  var cut: @Sendable (Double) -> Double = { _ in 0.03 }
  var mixed: @Sendable (Double) -> Double = { _ in 0.01 }

  static let groups = 8
  static let samples = 8

  static let recipe = """
    tasks: [{generator: sums}]
    rewards: {math: [{verifier: judge}, {verifier: format, weight: 0.2}, {verifier: unpaid, weight: 0}]}
    """

  /// The rollouts of one step: a function of seed and step.
  func rollouts(seed: UInt64, step: Int, of steps: Int) -> [Rollout] {
    let time = Double(step) / Double(steps - 1)
    return (0..<Self.groups).flatMap { group -> [Rollout] in
      var problem = CounterRandom(seed: seed, step, group)
      let difficulty = problem.uniform() * 0.4 - 0.2
      return (0..<Self.samples).map { sample in
        var random = CounterRandom(seed: seed, step, group, sample)
        return rollout(time, group, sample, difficulty, &random)
      }
    }
  }

  private func rollout(
    _ time: Double, _ group: Int, _ sample: Int, _ difficulty: Double, _ random: inout CounterRandom
  ) -> Rollout {
    func happens(_ chance: Double) -> Bool { random.uniform() < chance }
    let hasWord = happens(wordShare(time))
    // The word shifts the chance by `lift` between those with and without, and leaves the mean.
    let opens = happens(opening(time))
    let shift =
      lift * ((hasWord ? 1 : 0) - wordShare(time)) + openingLift * ((opens ? 1 : 0) - opening(time))
    let isRight = happens(min(1, max(0, right(time) + difficulty + shift)))
    var words: [String] = opens ? ["first", "let", "us", "see"] : []
    let count = Int(self.words(time) + (isRight ? extraWords : 0) + 4 * random.uniform())
    let vocabulary = vocabulary(time)
    for _ in 0..<count { words.append("word\(random.integer(in: 0...vocabulary - 1))") }
    if hasWord { words.insert(word, at: words.count / 2) }
    if happens(mixed(time)) { words.append("今天我们来看看这个问题") }

    var details: [String: String] = [:]
    details["audit"] = happens(isRight ? 1 - auditFails(time) : unpaidPass) ? "passed" : "failed"
    if isRight, happens(0.5) {
      details["second_opinion"] = "normal form: \(happens(disagreement(time)) ? "wrong" : "right")"
    }
    let judged: Verdict = isRight ? .accepted("equal", details) : .rejected("wrong-answer", details)
    let score = happens(format(time)) ? 1.0 : 0
    var completion = GeneratedCompletion()
    completion.tokens = Array(repeating: 1, count: words.count * 2)
    completion.stopped = !happens(cut(time))
    let format: Verdict = score == 1 ? .accepted("format") : .rejected("format")
    return Rollout(
      problem: Problem(id: "p\(group)", domain: "math", prompt: .text("?")), task: "sums", group: group,
      sample: sample, prompt: [1], completion: completion, text: words.joined(separator: " "),
      reward: Reward(
        value: (isRight ? 1 : 0) + 0.2 * score,
        outcomes: ["judge": .verdict(judged, micros: 1), "format": .verdict(format, micros: 1)]),
      advantage: nil)
  }
}
