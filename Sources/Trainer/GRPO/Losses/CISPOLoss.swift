/// The ratio is clipped and held constant, so that no token loses its gradient: −sg(min(ρ, 1 + ε_high))·Â·logp, over
/// the tokens of the rollout batch. MiniMax-M1, arXiv:2506.13585, eq. 4 and 5; `loss_type="cispo"` of TRL.
///
/// The paper sets no lower bound, and neither is there one here. TRL's `epsilon_high` is the bound itself, 1 + ε_high.
public struct CISPOLoss: LossVariant {
  public let options: LossOptions
  public init(_ options: LossOptions) { self.options = options }

  public func tokenWeight(length: Int, in batch: LossBatch) -> Double {
    Double(batch.minibatches) / Double(batch.rolloutTokens)
  }

  public func term(_ token: LossToken, _ sequence: SequenceScores?, in batch: LossBatch) -> LossTerm {
    let ratio = options.ratio(of: token, sequence)
    let bound = min(ratio, 1 + options.clipEpsilonHigh)
    var term = LossTerm(
      loss: -bound * token.advantage * token.logp, slope: -bound * token.advantage,
      weight: tokenWeight(length: token.length, in: batch), ratio: ratio)
    term.clippedHigh = bound < ratio && token.advantage > 0
    options.addKL(to: &term, token, sequence)
    return term
  }
}
