import CKernels

/// Log-probabilities of one row of logits at a temperature, and their gradient.
public enum LogSoftmax {
  /// Nats. `logSumExp` is that of logits / temperature.
  public struct Row: Sendable {
    public var logSumExp: Float
    public var entropy: Float

    public init(logSumExp: Float = 0, entropy: Float = 0) {
      self.logSumExp = logSumExp
      self.entropy = entropy
    }
  }

  @inline(__always)
  public static func row(_ logits: ConstFloats, count: Int, inverseTemperature: Float) -> Row {
    let stats = ak_softmax_stats(logits, count, inverseTemperature)
    return Row(logSumExp: stats.log_sum_exp, entropy: stats.entropy)
  }

  /// In place: logits become coefficient · ∂ log p(target) / ∂ logits = coefficient / T · (1[target] − p).
  @inline(__always)
  public static func backward(
    _ logits: Floats, count: Int, target: Int, coefficient: Float, inverseTemperature: Float,
    logSumExp: Float
  ) {
    ak_logp_backward(logits, count, target, coefficient, inverseTemperature, logSumExp)
  }

  /// In place, with the entropy's gradient beside it:
  /// logits become coefficient · ∂ log p(target) / ∂ logits + entropyCoefficient · ∂H / ∂ logits, where
  /// ∂H / ∂ logit i = −1/T · pᵢ · (log pᵢ + H).
  /// - Parameter row: Of the same logits at the same temperature.
  @inline(__always)
  public static func backward(
    _ logits: Floats, count: Int, target: Int, coefficient: Float, entropyCoefficient: Float,
    inverseTemperature: Float, row: Row
  ) {
    ak_logp_entropy_backward(
      logits, count, target, coefficient, entropyCoefficient, inverseTemperature, row.logSumExp, row.entropy)
  }
}
