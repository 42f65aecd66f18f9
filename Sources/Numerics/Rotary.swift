import CKernels
import Foundation

/// Rotary position embedding. Su et al. 2021, arXiv:2104.09864, eq. 34.
///
/// Its tables grow with the positions that are asked for: a model may name millions that nobody uses. One lane's.
public final class Rotary {
  /// Which two dimensions of a head are rotated against each other.
  public enum Pairs: Sendable {
    /// i and i + d/2, as in Hugging Face's Llama (`rotate_half`).
    case halves
    /// 2i and 2i + 1, as in the paper.
    case neighbours
  }

  /// `[reached, dimension / 2]`.
  private var cosine: FloatBuffer
  private var sine: FloatBuffer
  private var reached = 0
  private let frequencies: [Double]
  private let pairs: Pairs
  public let positions: Int

  /// - Parameters:
  ///   - positions: The most there may be.
  ///   - frequencies: Radians a position, of each pair of a head's dimensions.
  public init(positions: Int, frequencies: [Double], pairs: Pairs = .halves) {
    (self.positions, self.frequencies, self.pairs) = (positions, frequencies, pairs)
    (cosine, sine) = (FloatBuffer(count: 0), FloatBuffer(count: 0))
  }

  /// Rows for positions below `count`.
  private func reserve(_ count: Int) {
    precondition(count <= positions, "position \(count - 1) of \(positions)")
    guard count > reached else { return }
    let rows = min(positions, max(count, 2 * reached, 256)), half = frequencies.count
    let (newCosine, newSine) = (FloatBuffer(count: rows * half), FloatBuffer(count: rows * half))
    newCosine.start.update(from: cosine.start, count: reached * half)
    newSine.start.update(from: sine.start, count: reached * half)
    for (i, frequency) in frequencies.enumerated() {
      // The angle is taken in fp64: at position 2,000 fp32 would lose four digits of it.
      for position in reached..<rows {
        newCosine.start[position * half + i] = Float(cos(Double(position) * frequency))
        newSine.start[position * half + i] = Float(sin(Double(position) * frequency))
      }
    }
    (cosine, sine, reached) = (newCosine, newSine, rows)
  }

  /// In place on `heads` heads at the start of each row.
  /// - Parameters:
  ///   - headStride: Floats from one head to the next; nil: heads have no more dimensions than those rotated.
  ///   - direction: 1 forward, -1 backward: the transpose of a rotation is its inverse.
  public func rotate(
    _ x: Floats, stride: Int, positions position: UnsafePointer<Int32>, rows: Int, heads: Int,
    headStride: Int? = nil, direction: Float = 1, lane: Lane
  ) {
    let last = UnsafeBufferPointer(start: position, count: rows).max() ?? -1
    reserve(Int(last) + 1)
    let dimension = 2 * frequencies.count, pairs = pairs
    let p = Unchecked((x, position, cosine, sine))
    lane.split(rows, atLeast: 32) { r in
      let (x, position, cosine, sine) = p.value
      ak_rope(
        x + r.lowerBound * stride, stride, position + r.lowerBound, r.count, heads,
        headStride ?? dimension, dimension, cosine.start, sine.start, direction, pairs == .neighbours)
    }
  }
}
