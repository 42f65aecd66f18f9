/// The mean over the tokens of the whole rollout batch: Yu et al. 2025 (DAPO), arXiv:2503.14476, eq. 12;
/// `loss_type="dapo"` of TRL. An optimiser step of m makes a share of that mean, so it is scaled by m.
public struct DAPOLoss: LossVariant {
  public func tokenWeight(length: Int, in batch: LossBatch) -> Double {
    Double(batch.minibatches) / Double(batch.rolloutTokens)
  }
}
