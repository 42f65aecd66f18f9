/// Accepted answers that a second reader calls wrong (`second_opinion` of `math-answer` and `countdown`).
struct Disagreement: Monitor {
  let name = "second_opinion"
  /// Of the share of checked answers; 0: never fires.
  let threshold: Double
  let window: TrendWindow

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    var (checked, wrong) = (0.0, 0.0)
    for rollout in step.rollouts {
      guard let verdict = rollout.verdict, let opinion = verdict.details["second_opinion"] else { continue }
      let isDisputed = verdict.status == .abstained && verdict.reason == "disagreement"
      let saysWrong = opinion.hasSuffix(": wrong")
      // An abstention over an answer that was rejected at first is the opposite case.
      guard verdict.status == .accepted || isDisputed && saysWrong else { continue }
      guard saysWrong || opinion.hasSuffix(": right") else { continue }
      checked += 1
      if saysWrong { wrong += 1 }
    }
    if checked > 0 {
      report.values["second_opinion/checked"] = checked
      report.values["second_opinion/disagreement"] = wrong / checked
    }
    // Few are checked in a step: what counts is the share over the last ones, and how sure it is.
    let all = memory.add(checked, to: "checked", window)
    let disputed = memory.add(wrong, to: "wrong", window)
    if threshold > 0, disputed >= 1, wilsonInterval(share: disputed / all, of: all).low >= threshold {
      report.alarm(
        "disagreement",
        "a second reader calls \(share(disputed / all)) of the accepted answers wrong. Look at rollouts with a "
          + "“disagreement” in their details: the verifier may have a hole.")
    }
    return report
  }
}
