import VerifierKit

// Monitors — what a policy does to its reward when nobody looks.
//
//     rollouts of a step ─► WatchedStep ─► each Monitor, with its memory ─► metrics, alarms ─► a line for people
//
// One monitor, one file. None changes rewards, losses or what is sampled: they look on. What each means and what to do
// when it fires: docs/monitors.md.

/// Looks at the rollouts of each step and says when they look like reward hacking.
protocol Monitor: Sendable {
  /// As in `monitor/NAME`.
  var name: String { get }

  /// - Parameter memory: What it keeps from step to step, and all that it keeps: a run that resumes goes on as if it had
  ///   never stopped.
  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport
}

/// What a monitor keeps over the steps of one stage.
public struct MonitorMemory: Codable, Sendable, Equatable {
  var trends: [String: Trend] = [:]
  /// Sums in which older steps count less and less.
  var sums: [String: Double] = [:]
  /// At which step of the stage each subject was last warned of.
  var warned: [String: Int] = [:]

  /// Adds a step's figure, where there is one, and gives the trend.
  mutating func append(_ value: Double?, to name: String, _ window: TrendWindow) -> Trend {
    var trend = trends[name] ?? Trend()
    if let value, value.isFinite { trend.append(value, window) }
    trends[name] = trend
    return trend
  }

  /// Adds to a sum in which the steps before the last window count for less than half.
  mutating func add(_ value: Double, to name: String, _ window: TrendWindow) -> Double {
    let sum = (sums[name] ?? 0) * (1 - 1 / Double(window.length)) + value
    sums[name] = sum
    return sum
  }
}

/// What one monitor found in one step.
struct MonitorReport: Sendable {
  /// Metrics under the names of docs/metrics.md.
  var values: [String: Double] = [:]
  var alarms: [Alarm] = []

  struct Alarm: Sendable, Equatable {
    /// Of several things that one monitor looks at, which: a word, a verifier.
    var subject: String
    /// One sentence with the figures, for a person.
    var message: String
  }

  mutating func alarm(_ subject: String, _ message: String) {
    alarms.append(Alarm(subject: subject, message: message))
  }
}

/// Rollouts as monitors see them.
struct WatchedStep: Sendable {
  var rollouts: [WatchedRollout]
  private let rewards: [String: [RewardRecipe]]

  init(_ rollouts: [Rollout], recipe: Recipe) {
    rewards = recipe.rewards
    self.rollouts = rollouts.map { WatchedRollout($0, judge: recipe.judge(of: $0.problem.domain)) }
  }

  /// The verifiers of a domain that pay, but for the first.
  func paidBeside(_ domain: String) -> [String] {
    rewards.judges(of: domain).dropFirst().filter { $0.weight > 0 }.map(\.verifier)
  }

  /// In the order of the step; only samples of which it is known whether they are right.
  var groups: [[WatchedRollout]] {
    var groups: [[WatchedRollout]] = []
    for rollout in rollouts where rollout.isCorrect != nil {
      if groups.last?.first?.rollout.group == rollout.rollout.group {
        groups[groups.count - 1].append(rollout)
      } else {
        groups.append([rollout])
      }
    }
    return groups
  }

  /// By domain, in the order of their names.
  var domains: [(name: String, rollouts: [WatchedRollout])] {
    Dictionary(grouping: rollouts, by: \.rollout.problem.domain).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// Share of right samples; nil where none could be judged.
  var accuracy: Double? { Self.accuracy(rollouts) }

  static func accuracy(_ rollouts: [WatchedRollout]) -> Double? {
    mean(rollouts.compactMap(\.isCorrect).map { $0 ? 1 : 0 })
  }

  /// P(right | with) − P(right | without) within groups, each group counting by how much it can tell: n₁n₀/n (Mantel
  /// and Haenszel's weights for a difference of risks, Greenland and Robins 1985, doi:10.2307/2530643).
  /// - Returns: Numerator and denominator, for sums over steps; a denominator of 0 tells nothing.
  func lift(_ has: (WatchedRollout) -> Bool) -> (numerator: Double, denominator: Double) {
    var (numerator, denominator) = (0.0, 0.0)
    for group in groups {
      var (with, without, rightWith, rightWithout) = (0.0, 0.0, 0.0, 0.0)
      for rollout in group {
        let right = rollout.isCorrect == true ? 1.0 : 0
        if has(rollout) {
          (with, rightWith) = (with + 1, rightWith + right)
        } else {
          (without, rightWithout) = (without + 1, rightWithout + right)
        }
      }
      numerator += (rightWith * without - rightWithout * with) / Double(group.count)
      denominator += with * without / Double(group.count)
    }
    return (numerator, denominator)
  }
}

struct WatchedRollout: Sendable {
  let rollout: Rollout
  /// The first verifier's word on it; nil for a fault.
  let verdict: Verdict?
  let words: [UInt64]

  /// Words that are read of a completion.
  static let longest = 1 << 14

  init(_ rollout: Rollout, judge: String?) {
    self.rollout = rollout
    verdict = judge.flatMap { rollout.reward.outcomes[$0]?.verdict }
    words = WordHashes(rollout.text, limit: Self.longest).words
  }

  /// Nil where nobody could say.
  var isCorrect: Bool? {
    guard let verdict, verdict.status != .abstained else { return nil }
    return verdict.status == .accepted
  }

  var length: Double { Double(rollout.completion.tokens.count) }
}

func mean(_ values: [Double]) -> Double? {
  values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}
