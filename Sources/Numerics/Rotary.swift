import CKernels
import Foundation

/// Rotary position embedding. Su et al. 2021, arXiv:2104.09864, eq. 34.
public struct Rotary: Sendable {
  /// Which two dimensions of a head are rotated against each other.
  public enum Pairs: Sendable {
    /// i and i + d/2, as in Hugging Face's Llama (`rotate_half`).
    case halves
    /// 2i and 2i + 1, as in the paper.
    case neighbours
  }

  private let cosine: FloatBuffer
  private let sine: FloatBuffer
  private let dimension: Int
  private let pairs: Pairs
  public let positions: Int

  /// - Parameter frequencies: Radians a position, of each pair of a head's dimensions.
  public init(positions: Int, frequencies: [Double], pairs: Pairs = .halves) {
    self.positions = positions
    self.pairs = pairs
    let half = frequencies.count
    dimension = 2 * half
    cosine = FloatBuffer(count: positions * half)
    sine = FloatBuffer(count: positions * half)
    for (i, frequency) in frequencies.enumerated() {
      // The angle is taken in fp64: at position 2,000 fp32 would lose four digits of it.
      for position in 0..<positions {
        cosine.start[position * half + i] = Float(cos(Double(position) * frequency))
        sine.start[position * half + i] = Float(sin(Double(position) * frequency))
      }
    }
  }

  /// In place on `heads` heads at the start of each row.
  /// - Parameters:
  ///   - headStride: Floats from one head to the next; nil: heads have no more dimensions than those rotated.
  ///   - direction: 1 forward, -1 backward: the transpose of a rotation is its inverse.
  public func rotate(
    _ x: Floats, stride: Int, positions position: UnsafePointer<Int32>, rows: Int, heads: Int,
    headStride: Int? = nil, direction: Float = 1, lane: Lane
  ) {
    let p = Unchecked((x, position))
    lane.split(rows, atLeast: 32) { r in
      let (x, position) = p.value
      ak_rope(
        x + r.lowerBound * stride, stride, position + r.lowerBound, r.count, heads,
        headStride ?? dimension, dimension, cosine.start, sine.start, direction, pairs == .neighbours)
    }
  }
}
