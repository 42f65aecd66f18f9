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

  /// The two moments of every weight.
  public final class Moments: Sendable {
    public enum Format: String, Sendable, CaseIterable {
      case fp32
      /// Half the memory, rounded by chance: right on average (Gupta et al. 2015, arXiv:1502.02551).
      case bf16
    }
    public let format: Format
    /// Of fp32 a value a weight; of bf16 two lie in the place of one.
    public let mean: FloatBuffer
    public let variance: FloatBuffer

    public init(count: Int, format: Format = .fp32) {
      self.format = format
      let size = format == .fp32 ? count : (count + 1) / 2
      mean = FloatBuffer(count: size)
      variance = FloatBuffer(count: size)
    }
  }

  /// One step on `range` of all buffers.
  /// - Parameters:
  ///   - step: From 1: the bias corrections are 1 − βᵗ.
  ///   - gradientScale: Multiplies the gradient first (clipping by norm).
  public func update(
    _ weights: FloatBuffer, gradient: FloatBuffer, moments: Moments, range: Range<Int>, step: Int,
    learningRate: Float, weightDecay: Float, gradientScale: Float, lane: Lane
  ) {
    let correction1 = Float(1 - pow(Double(beta1), Double(step)))
    let correction2 = Float(1 - pow(Double(beta2), Double(step)))
    lane.split(range.count, atLeast: 65_536) { part in
      let at = range.lowerBound + part.lowerBound
      let (w, g) = (weights.start + at, gradient.start + at)
      switch moments.format {
      case .fp32:
        ak_adamw(
          w, g, moments.mean.start + at, moments.variance.start + at, part.count, learningRate, beta1, beta2,
          epsilon,
          weightDecay, correction1, correction2, gradientScale)
      case .bf16:
        let mean = UnsafeMutableRawPointer(moments.mean.start).assumingMemoryBound(to: UInt16.self)
        let variance = UnsafeMutableRawPointer(moments.variance.start).assumingMemoryBound(to: UInt16.self)
        ak_adamw_bf16(
          w, g, mean + at, variance + at, part.count, learningRate, beta1, beta2, epsilon, weightDecay,
          correction1,
          correction2, gradientScale, UInt32(truncatingIfNeeded: CounterRandom(seed: 0, step).bits(at: 0)), at
        )
      }
    }
  }
}
