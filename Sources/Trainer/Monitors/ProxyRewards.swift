/// A reward beside the accuracy, for format or style, that rises while the accuracy falls.
struct ProxyRewards: Monitor {
  let name = "proxy_reward"
  /// Of the other verifier's mean score; 0: never fires.
  let climb: Double
  /// Of the share of right samples.
  let fall: Double
  let window: TrendWindow

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    for (domain, rollouts) in step.domains {
      let right = WatchedStep.accuracy(rollouts)
      report.values["domain/\(metricName(domain))/accuracy"] = right
      let accuracy = memory.append(right, to: "\(domain)/accuracy", window).changes(window)
      let reward = memory.append(
        mean(rollouts.compactMap(\.rollout.reward.value)), to: "\(domain)/reward", window)
      var series = step.paidBeside(domain).map { verifier in
        let scores = rollouts.compactMap { rollout -> Double? in
          guard let verdict = rollout.rollout.reward.outcomes[verifier]?.verdict,
            verdict.status != .abstained
          else { return nil }
          return verdict.score
        }
        return (verifier, memory.append(mean(scores), to: "\(domain)/\(verifier)", window).changes(window))
      }
      series.append(("the reward as a whole", reward.changes(window)))
      guard climb > 0 else { continue }
      for (verifier, changes) in series {
        for (proxy, right) in zip(changes, accuracy)
        where proxy.rises(by: climb) && right.to < right.from && right.falls(by: fall) {
          report.alarm(
            "\(domain)/\(verifier)",
            "in \(domain), \(verifier) rose from \(figure(proxy.from)) to \(figure(proxy.to)) while the share of right "
              + "answers fell from \(share(right.from)) to \(share(right.to)). Lower its weight, or pay it only where "
              + "the answer is right.")
          break
        }
      }
    }
    return report
  }
}
