import AssayNumerics
import Policy

/// What the trainer takes from the verifiers' rewards before it compares them.
struct ShapedRewards: Sendable {
  /// The reward without what the last tokens before the limit cost; nil for a fault.
  var scores: [Double?]
  /// Σ over a completion's tokens of β · the KL estimate; zeros where the KL is in the loss.
  var penalties: [Double]
  /// Sum of the estimates over so many tokens, nats; 0 where the KL is in the loss.
  var klSum = 0.0
  var tokens = 0

  /// What advantages are made of.
  var rewards: [Double?] { zip(scores, penalties).map { score, penalty in score.map { $0 - penalty } } }

  static func + (first: ShapedRewards, second: ShapedRewards) -> ShapedRewards {
    var sum = first
    sum.scores += second.scores
    sum.penalties += second.penalties
    sum.klSum += second.klSum
    sum.tokens += second.tokens
    return sum
  }
}

/// What the length of a completion costs: nothing below `limit − buffer` tokens, then linearly up to `factor` at the
/// limit. Yu et al. 2025 (DAPO), arXiv:2503.14476, eq. 13; `overlong_buffer` of verl.
func overlongPenalty(tokens: Int, limit: Int, buffer: Int, factor: Double) -> Double {
  guard buffer > 0 else { return 0 }
  return factor * min(1, max(0, Double(tokens - (limit - buffer)) / Double(buffer)))
}

extension GRPOTrainer {
  func shaped(_ rollouts: [Rollout]) -> ShapedRewards {
    let scores = rollouts.map { rollout in
      rollout.reward.value.map {
        $0
          - overlongPenalty(
            tokens: rollout.completion.tokens.count, limit: sampling.maxCompletionTokens,
            buffer: recipe.overlongBufferLength, factor: recipe.overlongPenaltyFactor)
      }
    }
    var shaped = ShapedRewards(scores: scores, penalties: rollouts.map { _ in 0 })
    guard recipe.klInReward, recipe.klCoefficient > 0, let reference else { return shaped }
    let judged = rollouts.indices.filter {
      rollouts[$0].reward.value != nil && !rollouts[$0].completion.tokens.isEmpty
    }
    let packed = PackedRollouts(judged.map { rollouts[$0] }, tokensPerBatch: tokensPerBatch)
    sampler.pool.rest(parameters)
    let scored = sampler.pool.scores(
      packed.batches, reference, temperature: Float(sampling.temperature))
    sampler.pool.rest(reference)
    for (owners, scores) in zip(packed.owners, scored) {
      for (owner, logp) in zip(owners, scores.logp) {
        let rollout = judged[owner.rollout]
        let sampled = rollouts[rollout].completion.logp[owner.token]
        let estimate = Double(recipe.klEstimator.estimate(logp - sampled).value)
        shaped.penalties[rollout] += recipe.klCoefficient * estimate
        shaped.klSum += estimate
        shaped.tokens += 1
      }
    }
    return shaped
  }
}
