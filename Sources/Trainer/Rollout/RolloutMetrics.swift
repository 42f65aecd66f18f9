/// A domain as a part of a metric's name: verl's rows are of `openai/gsm8k`.
func metricName(_ domain: String) -> String { domain.replacing("/", with: "-") }

/// What a step's rollouts say, under TRL's names where it has one.
enum RolloutMetrics {
  static func values(_ rollouts: [Rollout], _ advantages: GroupAdvantages) -> [String: Double] {
    var values: [String: Double] = [:]
    let rewards = rollouts.compactMap(\.reward.value)
    values["reward"] = mean(rewards)
    values["reward_std"] = advantages.meanDeviation
    let kept = Double(advantages.advantages.count - advantages.droppedGroups)
    if kept > 0 { values["frac_reward_zero_std"] = Double(advantages.zeroVarianceGroups) / kept }
    values["groups/dropped"] = Double(advantages.droppedGroups)
    values["samples/faults"] = Double(rollouts.count - rewards.count)
    let flat = advantages.advantages.joined().compactMap(\.self)
    values["advantages/mean"] = mean(flat)
    values["advantages/max"] = flat.max()
    values["advantages/min"] = flat.min()

    let lengths = rollouts.map { Double($0.completion.tokens.count) }
    values["completions/mean_length"] = mean(lengths)
    values["completions/min_length"] = lengths.min()
    values["completions/max_length"] = lengths.max()
    let ended = rollouts.filter(\.completion.stopped).map { Double($0.completion.tokens.count) }
    values["completions/mean_terminated_length"] = mean(ended)
    values["completions/clipped_ratio"] = 1 - Double(ended.count) / Double(max(1, rollouts.count))
    values["num_tokens"] = rollouts.reduce(0) {
      $0 + Double($1.prompt.count + $1.completion.tokens.count)
    }

    var byVerifier: [String: [Double]] = [:]
    var byDomain: [String: [Double]] = [:]
    for rollout in rollouts {
      if let reward = rollout.reward.value {
        byDomain[rollout.problem.domain, default: []].append(reward)
      }
      for (name, outcome) in rollout.reward.outcomes {
        guard let verdict = outcome.verdict, verdict.status != .abstained else { continue }
        byVerifier[name, default: []].append(verdict.score)
      }
    }
    for (name, scores) in byVerifier {
      values["rewards/\(name)/mean"] = mean(scores)
      values["rewards/\(name)/std"] = standardDeviation(scores)
    }
    for (domain, rewards) in byDomain { values["domain/\(metricName(domain))/reward"] = mean(rewards) }
    return values
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
