/// Completions that the limit of tokens cuts off: their end, and often their answer, is never judged.
struct CutCompletions: Monitor {
  let name = "clipped"
  /// Of `completions/clipped_ratio`; 0: never fires.
  let threshold: Double
  let window: TrendWindow

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    guard !step.rollouts.isEmpty else { return report }
    let cut = step.rollouts.filter { !$0.rollout.completion.stopped }
    // Cut ones that are right all the same say that the policy does not learn to stop.
    report.values["completions/clipped_accuracy"] = WatchedStep.accuracy(cut)
    let trend = memory.append(Double(cut.count) / Double(step.rollouts.count), to: "ratio", window)
    if threshold > 0, let now = trend.now(window), now.isAbove(threshold) {
      report.alarm(
        "ratio",
        "\(share(now.mean)) of the completions are cut at max_completion_tokens. Raise it, or make the policy shorter "
          + "(a length reward; cut samples left out of the loss).")
    }
    return report
  }
}
