/// The mean over the tokens of the rollout batch: Yu et al. 2025, arXiv:2503.14476, eq. 12;
/// `loss_type="dapo"` of TRL. An optimiser step of m makes a share of that mean, so it is scaled by m.
public struct DAPOLoss: LossVariant {
  public let options: LossOptions
  public init(_ options: LossOptions) { self.options = options }

  public func tokenWeight(length: Int, in batch: LossBatch) -> Double {
    Double(batch.minibatches) / Double(batch.rolloutTokens)
  }
}
