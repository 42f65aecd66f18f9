/// One and the same beginning that spreads over all samples though it does not help.
struct Openings: Monitor {
  let name = "openings"
  /// Of the share of samples that begin with the step's most frequent opening; 0: never fires.
  let climb: Double
  let window: TrendWindow

  /// Words that are an opening, without `<think>`.
  static let words = 4
  private static let think = WordHashes("think").words

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    guard !step.rollouts.isEmpty else { return report }
    let openings = step.rollouts.map { Self.opening($0.words) }
    var counts: [[UInt64]: Int] = [:]
    for opening in openings { counts[opening, default: 0] += 1 }
    // Of equally frequent ones any, but the same in each run.
    guard
      let top = counts.max(by: {
        $0.value != $1.value ? $0.value < $1.value : $0.key.lexicographicallyPrecedes($1.key)
      })
    else { return report }
    let rate = Double(top.value) / Double(openings.count)
    report.values["openings/top_share"] = rate
    report.values["openings/group_top_share"] = groupShare(step, openings)
    let trend = memory.append(rate, to: "share", window)
    let lift = step.lift(openings.map { $0 == top.key }, &memory, "lift", window)
    if let now = lift.now { report.values["openings/lift"] = now }
    if climb > 0, let recent = lift.recent, recent <= 0,
      let change = trend.changes(window).first(where: { $0.rises(by: climb) }),
      let example = zip(step.rollouts, openings).first(where: { $0.1 == top.key })
    {
      report.alarm(
        "opening",
        "\(share(change.to)) of the samples begin alike, up from \(share(change.from)), and it does not help: in the "
          + "same group they are right \(points(recent)). One begins: “\(Self.beginning(example.0.rollout.text))”."
      )
    }
    return report
  }

  /// Mean over groups of the share of their most frequent opening.
  private func groupShare(_ step: WatchedStep, _ openings: [[UInt64]]) -> Double? {
    var groups: [Int: [[UInt64]: Int]] = [:]
    for (rollout, opening) in zip(step.rollouts, openings) {
      groups[rollout.rollout.group, default: [:]][opening, default: 0] += 1
    }
    return mean(
      groups.sorted { $0.key < $1.key }.map { _, counts in
        Double(counts.values.max() ?? 0) / Double(counts.values.reduce(0, +))
      })
  }

  private static func opening(_ words: [UInt64]) -> [UInt64] {
    let words = words.starts(with: think) ? words.dropFirst() : words[...]
    return Array(words.prefix(Self.words))
  }

  private static func beginning(_ text: String) -> String {
    text.replacing("<think>", with: "").split(whereSeparator: \.isWhitespace).prefix(Self.words)
      .joined(separator: " ").prefix(60).description
  }
}
