import Foundation

/// The clipped objective of a token, and the KL term beside it.
///
///     −min(ρ·Â, clip(ρ, 1 − ε_low, 1 + ε_high)·Â) + β·KL
///
/// Schulman et al. 2017, arXiv:1707.06347, eq. 7; one Â a completion: DeepSeekMath, arXiv:2402.03300, eq. 3. ρ is that
/// of the token, or of its completion.
extension LossOptions {
  func clippedTerm(_ token: LossToken, _ sequence: SequenceScores?, weight: Double) -> LossTerm {
    let ratio = ratio(of: token, sequence)
    var term = clipped(ratio: ratio, advantage: token.advantage)
    term.weight = weight
    addKL(to: &term, token, sequence)
    return term
  }

  /// exp(logp − old), or the geometric mean of that over the completion; 1 on policy.
  func ratio(of token: LossToken, _ sequence: SequenceScores?) -> Float {
    guard let old = token.old else { return 1 }
    switch level {
    case .token: return exp(token.logp - old)
    case .sequence:
      precondition(sequence != nil, "the ratio of a completion needs all its tokens")
      return exp((sequence?.logRatio ?? 0) / Float(max(1, sequence?.length ?? 1)))
    }
  }

  /// The objective of one ratio. `slope` is the derivative by log ρ: −ρ·Â where nothing is clipped. Where ρ is the
  /// geometric mean over n tokens, each has 1/n of that n times, once for each token that the loss is counted for.
  ///
  /// Dual clip: for Â < 0 the loss is at most −c·Â, Ye et al. 2019, arXiv:1912.09729, eq. 5.
  func clipped(ratio: Float, advantage: Float) -> LossTerm {
    let bound = min(max(ratio, 1 - clipEpsilonLow), 1 + clipEpsilonHigh)
    let isClipped = bound * advantage < ratio * advantage
    var term = LossTerm(
      loss: -min(ratio * advantage, bound * advantage), slope: isClipped ? 0 : -ratio * advantage, weight: 1,
      ratio: ratio, clippedLow: isClipped && advantage < 0, clippedHigh: isClipped && advantage > 0)
    if let clipRatioC, advantage < 0, ratio > clipRatioC {
      term.loss = -clipRatioC * advantage
      term.slope = 0
      term.clippedDual = true
    }
    return term
  }

  /// β times the estimate for this token, with the derivative of the ratio where it is corrected by it.
  func addKL(to term: inout LossTerm, _ token: LossToken, _ sequence: SequenceScores?) {
    guard klCoefficient > 0, let reference = token.reference else { return }
    let kl = klEstimator.estimate(reference - token.logp)
    term.kl = kl.value
    guard biasCorrectedKL else {
      term.loss += klCoefficient * kl.value
      term.slope += klCoefficient * kl.slope
      return
    }
    let ratio = term.ratio
    // The ratio of a completion weighs all its tokens' estimates: each log-probability moves their mean.
    let weighed = level == .sequence ? sequence?.meanKL ?? kl.value : kl.value
    term.loss += klCoefficient * kl.value * ratio
    term.slope += klCoefficient * ratio * (kl.slope + weighed)
  }
}
