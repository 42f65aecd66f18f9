/// The mean over completions of the mean over their tokens: DeepSeekMath, arXiv:2402.03300, eq. 3;
/// `loss_type="grpo"` of TRL, `seq-mean-token-mean` of verl.
public struct GRPOLoss: LossVariant {
  public let options: LossOptions
  public init(_ options: LossOptions) { self.options = options }

  public func tokenWeight(length: Int, in batch: LossBatch) -> Double {
    1 / (Double(batch.completions) * Double(length))
  }
}
