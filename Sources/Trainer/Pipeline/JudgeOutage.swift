import VerifierKit

/// Steps in which a domain's judge failed on every sample.
///
/// Their groups are dropped, so a run would go on for days and learn nothing: it says so when a domain falls silent, and
/// stops when nothing at all can be judged.
struct JudgeOutage {
  /// Steps in a row without one judged sample before a run stops; its first step stops it at once.
  static let patience = 3
  private var silent: Set<String> = []
  private var lost = 0

  /// - Parameter isFirst: whether it is the first step since the run began or went on.
  /// - Returns: lines to say.
  /// - Throws: when there is nothing left to learn from.
  mutating func observe(_ rollouts: [Rollout], isFirst: Bool) throws(TrainingError) -> [String] {
    var lines: [String] = []
    let domains = Dictionary(grouping: rollouts, by: \.problem.domain)
    for (domain, samples) in domains.sorted(by: { $0.key < $1.key }) {
      let isJudged = samples.contains { $0.reward.value != nil }
      if isJudged, silent.remove(domain) != nil { lines.append("\(domain) is judged again") }
      if !isJudged, silent.insert(domain).inserted {
        lines.append("no sample of \(domain) could be judged, and none counts. \(Self.cause(samples))")
      }
    }
    let isLost = rollouts.allSatisfy { $0.reward.value == nil } && Self.fault(rollouts) != nil
    lost = isLost ? lost + 1 : 0
    if lost >= Self.patience || isLost && isFirst {
      throw TrainingError(
        message: "No sample could be judged in the last \(lost == 1 ? "step" : "\(lost) steps"). "
          + "\(Self.cause(rollouts)) Mend the judge, then go on with assay resume.")
    }
    return lines
  }

  private static func cause(_ samples: [Rollout]) -> String {
    fault(samples).map { "The first fault: \($0)" } ?? "All verdicts abstained, or none was asked for."
  }

  private static func fault(_ samples: [Rollout]) -> VerifierFault? {
    for case .fault(let fault) in samples.flatMap(\.reward.outcomes.values) { return fault }
    return nil
  }
}
