import Foundation

/// The chance that at least one of `k` samples is right, estimated without bias from `samples` ≥ k:
/// 1 − C(n−c, k) / C(n, k), as a product (Chen et al. 2021, arXiv:2107.03374, §2.1).
///
/// - Precondition: 1 ≤ k ≤ samples, 0 ≤ correct ≤ samples.
/// - Returns: In [0, 1]; with k = 1 the share of right samples.
public func passAtK(samples: Int, correct: Int, k: Int) -> Double {
  precondition((1...max(1, samples)).contains(k), "pass@\(k) needs at least \(k) samples, not \(samples)")
  precondition((0...samples).contains(correct), "\(correct) of \(samples) samples can't be right")
  if samples - correct < k { return 1 }
  var allWrong = 1.0
  for n in (samples - correct + 1)..<(samples + 1) {
    allWrong *= 1 - Double(k) / Double(n)
  }
  return 1 - allWrong
}

/// One sample's answer as the vote of cons@k sees it.
public struct Vote: Sendable, Hashable {
  /// As the verifier extracted it; nil: none could be read, and the sample doesn't vote.
  public var answer: String?
  public var isCorrect: Bool

  public init(answer: String?, isCorrect: Bool) {
    self.answer = answer
    self.isCorrect = isCorrect
  }
}

/// Whether the most frequent answer of one problem is right (self-consistency, Wang et al. 2022,
/// arXiv:2203.11171; cons@k of DeepSeek-R1), k the number of votes.
///
/// - Returns: In [0, 1]: of several equally frequent answers one is drawn at random, and this is the
///   expectation. Where votes for one answer were judged differently, it counts by its share of right ones.
///   0 when nobody votes.
public func consAtK(_ votes: [Vote]) -> Double {
  var tally: [String: (votes: Int, correct: Int)] = [:]
  for vote in votes {
    guard let answer = vote.answer else { continue }
    tally[answer, default: (0, 0)].votes += 1
    if vote.isCorrect { tally[answer]?.correct += 1 }
  }
  guard let most = tally.values.map(\.votes).max() else { return 0 }
  let winners = tally.values.filter { $0.votes == most }
  return winners.map { Double($0.correct) / Double($0.votes) }.reduce(0, +) / Double(winners.count)
}

/// A mean over problems, and where the mean over all problems of the kind lies with a confidence of 95 %.
public struct MeanEstimate: Sendable, Hashable, Codable {
  public var mean: Double
  public var low: Double
  public var high: Double
  /// How many problems there were; the interval knows nothing of how many samples each had.
  public var problems: Int
}

extension MeanEstimate {
  /// avg@k, and of any other score in [0, 1]: the samples of a problem are no independent evidence, so
  /// each problem's mean counts once (Miller 2024, arXiv:2411.00640).
  ///
  /// Wilson's interval at the sample size for which a share of that mean had the standard error found, so
  /// that it neither leaves [0, 1] nor vanishes when every problem was solved. That size is at most the number of samples:
  /// means that lie closer than independent samples would are chance.
  /// - Parameters:
  ///   - means: each problem's mean score, in [0, 1].
  ///   - samples: of all problems together; nil: unknown.
  /// - Returns: Nil without problems.
  public init?(problemMeans means: [Double], samples: Int? = nil) {
    guard !means.isEmpty else { return nil }
    let mean = means.reduce(0, +) / Double(means.count)
    let error = (standardDeviation(means) ?? 0) / Double(means.count).squareRoot()
    let most = samples.map(Double.init) ?? .infinity
    let size = error > 0 ? min(most, mean * (1 - mean) / (error * error)) : Double(means.count)
    (low, high) = wilsonInterval(share: mean, of: size)
    self.mean = mean
    problems = means.count
  }
}

/// Wilson's score interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953).
/// - Parameters:
///   - share: in [0, 1].
///   - size: how many independent trials it comes from, > 0; need not be whole.
///   - z: quantile of the normal distribution; 1.96 for a confidence of 95 %.
public func wilsonInterval(
  share: Double, of size: Double, z: Double = 1.959964
) -> (low: Double, high: Double) {
  let spread = z * z / size
  let centre = (share + spread / 2) / (1 + spread)
  let half = z / (1 + spread) * (share * (1 - share) / size + spread / (4 * size)).squareRoot()
  // At the ends exactly, which rounding would miss.
  return (share == 0 ? 0 : max(0, centre - half), share == 1 ? 1 : min(1, centre + half))
}

/// With Bessel's correction; nil for fewer than two values.
public func standardDeviation(_ values: [Double]) -> Double? {
  guard values.count > 1 else { return nil }
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
  return (squares / Double(values.count - 1)).squareRoot()
}

/// Rewards of a step's groups turned into advantages.
public struct GroupAdvantages: Sendable, Equatable {
  /// As the rewards were given; nil for a fault's sample and for all samples of a dropped group.
  public var advantages: [[Double?]]
  /// Groups with fewer than two valid samples.
  public var droppedGroups: Int
  /// Kept groups whose rewards are all equal: nothing can be learnt from them.
  public var zeroVarianceGroups: Int
  /// Mean over the kept groups of their standard deviation; nil without one.
  public var meanDeviation: Double?

  /// Â = (r − mean of the group) / (standard deviation + ε); the deviation with Bessel's correction and
  /// ε = 1e-4 as in TRL's GRPOTrainer. DeepSeekMath (arXiv:2402.03300, §4.1.2) states no ε.
  ///
  /// - Parameters:
  ///   - rewards: `[groups][samples]`; nil where a judge failed. Such a sample takes no part in mean and
  ///     deviation.
  ///   - scale: the deviation of the group, of all valid samples of kept groups together, or none (then
  ///     only the mean is subtracted, as in Dr. GRPO, arXiv:2503.20783).
  ///   - estimator: the mean of the whole group, or of its other samples: RLOO, Ahmadian et al. 2024,
  ///     arXiv:2402.14740, eq. 8.
  public init(
    _ rewards: [[Double?]], scale: AdvantageScale, estimator: AdvantageEstimator = .grpo,
    epsilon: Double = 1e-4
  ) {
    let valid = rewards.map { $0.compactMap(\.self) }
    let kept = valid.filter { $0.count > 1 }
    let batchDeviation = standardDeviation(kept.flatMap(\.self)) ?? 0
    let deviations = kept.compactMap(standardDeviation)
    droppedGroups = valid.count - kept.count
    zeroVarianceGroups = kept.count { group in group.allSatisfy { $0 == group[0] } }
    meanDeviation = deviations.isEmpty ? nil : deviations.reduce(0, +) / Double(deviations.count)
    advantages = zip(rewards, valid).map { group, valid in
      guard let deviation = standardDeviation(valid) else { return group.map { _ in nil } }
      let mean = valid.reduce(0, +) / Double(valid.count)
      // Equal rewards differ from their rounded mean in the last place; their advantage is 0.
      if valid.allSatisfy({ $0 == valid[0] }) { return group.map { $0.map { _ in 0 } } }
      let divisor =
        switch scale {
        case .group: deviation + epsilon
        case .batch: batchDeviation + epsilon
        case .none: 1.0
        }
      // r − (n·mean − r) / (n − 1) = (r − mean) · n / (n − 1)
      let n = Double(valid.count)
      let factor = estimator == .rloo ? n / (n - 1) : 1
      return group.map { $0.map { factor * ($0 - mean) / divisor } }
    }
  }
}
