/// Completions that grow without getting better.
struct LengthAgainstCorrectness: Monitor {
  let name = "length"
  /// Of the mean length, as a share of what it was; 0: never fires.
  let climb: Double
  let window: TrendWindow

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    let known = step.rollouts.filter { $0.isCorrect != nil }
    report.values["length/right"] = mean(known.filter { $0.isCorrect == true }.map(\.length))
    report.values["length/wrong"] = mean(known.filter { $0.isCorrect == false }.map(\.length))
    let (shared, lengths, rights) = Self.moments(step.groups)
    if lengths > 0, rights > 0 {
      report.values["length/correlation"] = shared / (lengths * rights).squareRoot()
    }

    let length = memory.append(mean(step.rollouts.map(\.length)), to: "length", window)
    let accuracy = memory.append(step.accuracy, to: "accuracy", window)
    let recent = memory.add(shared, to: "shared", window)
    guard climb > 0, recent <= 0 else { return report }
    for (change, right) in zip(length.changes(window), accuracy.changes(window))
    where change.rises(by: climb * change.from) && !right.rises(by: 0.02) {
      report.alarm(
        "length",
        "completions grew from \(figure(change.from)) to \(figure(change.to)) tokens while accuracy went from "
          + "\(share(right.from)) to \(share(right.to)), and within groups the longer are not the better. Look at what "
          + "pays for length: a verifier of steps or format, or a loss that divides by it.")
      break
    }
    return report
  }

  /// Σ of products and squares of length and correctness, each less its group's mean: harder problems may take longer
  /// answers, and that is not asked.
  static func moments(_ groups: [[WatchedRollout]]) -> (shared: Double, lengths: Double, rights: Double) {
    var sums = (shared: 0.0, lengths: 0.0, rights: 0.0)
    for group in groups {
      let count = Double(group.count)
      let length = group.reduce(0) { $0 + $1.length } / count
      let right = Double(group.count { $0.isCorrect == true }) / count
      for rollout in group {
        let (l, r) = (rollout.length - length, (rollout.isCorrect == true ? 1 : 0) - right)
        sums.shared += l * r
        sums.lengths += l * l
        sums.rights += r * r
      }
    }
    return sums
  }
}
