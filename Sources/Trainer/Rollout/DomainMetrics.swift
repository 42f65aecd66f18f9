/// What a step's rollouts say by domain and by task.
enum DomainMetrics {
  /// - Parameter scores: Of each rollout, what decides whether a group's rewards are all equal.
  static func values(_ rollouts: [Rollout], scores: [Double?]) -> [String: Double] {
    var values: [String: Double] = [:]
    let byDomain = Dictionary(grouping: rollouts.indices) { rollouts[$0].problem.domain }
    for (domain, members) in byDomain {
      let lengths = members.map { Double(rollouts[$0].completion.tokens.count) }
      values["domain/\(metricName(domain))/mean_length"] = lengths.reduce(0, +) / Double(lengths.count)
      values["domain/\(metricName(domain))/samples"] = Double(members.count)
      let groups = Dictionary(grouping: members) { rollouts[$0].group }.values
        .map { $0.compactMap { scores[$0] } }.filter { $0.count > 1 }
      guard !groups.isEmpty else { continue }
      let flat = groups.count { group in group.allSatisfy { $0 == group[0] } }
      values["domain/\(metricName(domain))/frac_reward_zero_std"] = Double(flat) / Double(groups.count)
    }
    return values
  }
}
