import CKernels
import Foundation

/// Adam with decoupled weight decay. Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2; as
/// `torch.optim.AdamW` computes it.
public struct AdamW: Sendable {
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float

  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// One step on `range` of all four buffers.
  /// - Parameters:
  ///   - step: From 1: the bias corrections are 1 − βᵗ.
  ///   - gradientScale: Multiplies the gradient first (clipping by norm).
  public func update(
    _ weights: FloatBuffer, gradient: FloatBuffer, mean: FloatBuffer, variance: FloatBuffer,
    range: Range<Int>, step: Int, learningRate: Float, weightDecay: Float, gradientScale: Float,
    lane: Lane
  ) {
    let correction1 = Float(1 - pow(Double(beta1), Double(step)))
    let correction2 = Float(1 - pow(Double(beta2), Double(step)))
    lane.split(range.count, atLeast: 65_536) { part in
      let at = range.lowerBound + part.lowerBound
      ak_adamw(
        weights.start + at, gradient.start + at, mean.start + at, variance.start + at, part.count,
        learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2, gradientScale)
    }
  }
}
