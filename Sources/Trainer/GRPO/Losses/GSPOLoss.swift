/// One ratio a completion, the geometric mean of its tokens', clipped as a whole: Zheng et al. 2025,
/// arXiv:2507.18071, eq. 5 to 7; `importance_sampling_level="sequence"` of TRL, `loss_mode=gspo` of verl.
///
/// The loss of a completion counts once: each of its n tokens carries 1/n of it.
public struct GSPOLoss: LossVariant {
  public let options: LossOptions

  public init(_ options: LossOptions) {
    var options = options
    options.level = .sequence
    self.options = options
  }

  public func tokenWeight(length: Int, in batch: LossBatch) -> Double {
    1 / (Double(batch.completions) * Double(length))
  }
}
