/// The sum over tokens by a constant, so that long wrong answers are not favoured: Liu et al. 2025,
/// arXiv:2503.20783, §3.2; `loss_type="dr_grpo"` of TRL: Σ / (B · max_completion_length).
public struct DrGRPOLoss: LossVariant {
  public let options: LossOptions
  public init(_ options: LossOptions) { self.options = options }

  public func tokenWeight(length: Int, in batch: LossBatch) -> Double {
    1 / (Double(batch.completions) * Double(batch.maxCompletionTokens))
  }
}
