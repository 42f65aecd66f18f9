/// The mean over the tokens of the optimiser step: `loss_type="bnpo"` of TRL, `token-mean` of verl.
public struct BNPOLoss: LossVariant {
  public let options: LossOptions
  public init(_ options: LossOptions) { self.options = options }

  public func tokenWeight(length: Int, in batch: LossBatch) -> Double { 1 / Double(batch.tokens) }
}
