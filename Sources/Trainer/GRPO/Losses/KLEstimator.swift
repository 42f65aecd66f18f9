import Foundation

/// Estimates of KL(policy ‖ reference) from one sampled token: Schulman 2020, "Approximating KL divergence".
public enum KLEstimator: String, Sendable, CaseIterable {
  /// logp − ref: unbiased; as a term of the loss its expected gradient is 0, so it belongs into the reward.
  case k1
  /// ½(logp − ref)²: biased, never negative; its expected gradient is the divergence's.
  case k2
  /// exp(ref − logp) − (ref − logp) − 1: unbiased, never negative; DeepSeekMath, arXiv:2402.03300, eq. 4.
  case k3

  /// - Parameter difference: ref − logp, nats.
  /// - Returns: The estimate, nats, and its derivative by logp.
  public func estimate(_ difference: Float) -> (value: Float, slope: Float) {
    switch self {
    case .k1: return (-difference, 1)
    case .k2: return (difference * difference / 2, -difference)
    case .k3:
      let ratio = exp(difference)
      return (ratio - difference - 1, 1 - ratio)
    }
  }
}
