import Foundation

/// The objective as DeepSeek-R1's paper writes it: the ratio of whole completions, ρ = π(o|q) / π_old(o|q), and one
/// KL term of whole completions. DeepSeek-R1, arXiv:2501.12948, eq. 1 to 3.
///
///     1/G Σ_i ( −min(ρ_i·Â_i, clip(ρ_i, 1 − ε_low, 1 + ε_high)·Â_i) + β·KL_i )
///
/// Without the length's root that GSPO takes, ρ leaves any clip range within few updates of long completions, and the
/// KL term grows with exp of the completion's whole distance: for short completions, or one update a rollout.
public struct R1Loss: LossVariant {
  public let options: LossOptions

  public init(_ options: LossOptions) {
    var options = options
    options.level = .sequence
    self.options = options
  }

  /// Of a completion's loss, which its tokens share.
  public func tokenWeight(length: Int, in batch: LossBatch) -> Double { 1 / Double(batch.completions) }

  public func needsSequence(onPolicy: Bool) -> Bool { !onPolicy || options.klCoefficient > 0 }

  public func term(_ token: LossToken, _ sequence: SequenceScores?, in batch: LossBatch) -> LossTerm {
    precondition(sequence != nil || token.old == nil, "the ratio of a completion needs all its tokens")
    let ratio = token.old == nil ? 1 : exp(sequence?.logRatio ?? 0)
    // Each token's slope is that of the completion; its loss is one share of it.
    var term = options.clipped(ratio: ratio, advantage: token.advantage)
    term.weight = tokenWeight(length: token.length, in: batch)
    if options.klCoefficient > 0, token.reference != nil, let sequence {
      let kl = options.klEstimator.estimate(sequence.toReference)
      term.kl = kl.value / Float(token.length)
      term.loss += options.klCoefficient * kl.value * (options.biasCorrectedKL ? ratio : 1)
      term.slope +=
        options.klCoefficient * (options.biasCorrectedKL ? ratio * (kl.slope + kl.value) : kl.slope)
    }
    term.loss /= Float(token.length)
    return term
  }
}
