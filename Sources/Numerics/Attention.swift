import CKernels

/// Causal grouped-query attention over packed sequences: softmax(q·kᵀ / √d)·v within each sequence.
/// Vaswani et al. 2017, arXiv:1706.03762, eq. 1; groups: Ainslie et al. 2023, arXiv:2305.13245.
public struct Attention: Sendable {
  public let heads: Int
  public let keyValueHeads: Int
  public let dimension: Int

  public init(heads: Int, keyValueHeads: Int, dimension: Int) {
    precondition(heads % keyValueHeads == 0, "\(heads) heads do not share \(keyValueHeads) key heads")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.dimension = dimension
  }

  /// Width of a row of `qkv`: queries, keys, values.
  public var width: Int { (heads + 2 * keyValueHeads) * dimension }
  private var scale: Float { 1 / Float(dimension).squareRoot() }

  /// - Parameters:
  ///   - qkv: `[N, width]`, rotated. - out: `[N, heads·d]`.
  ///   - logSumExp: `[N, heads]`, kept for the backward.
  ///   - starts: `[S + 1]`, where each sequence begins; the last is N.
  public func forward(
    _ qkv: ConstFloats, into out: Floats, logSumExp: Floats, starts: [Int], lane: Lane
  ) {
    let p = Unchecked((qkv, out, logSumExp))
    lane.each((starts.count - 1) * heads) { item in
      let (qkv, out, logSumExp) = p.value
      let (sequence, head) = (item / heads, item % heads)
      let start = starts[sequence], length = starts[sequence + 1] - start
      let (q, k, v) = offsets(head)
      let row = qkv + start * width
      withUnsafeTemporaryAllocation(
        of: Float.self, capacity: ak_attention_scratch(length, dimension)
      ) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        ak_attention(
          out + (start * heads + head) * dimension, heads * dimension,
          logSumExp + start * heads + head, heads, row + q, row + k, row + v, width, length,
          dimension, scale, scratch)
      }
    }
  }

  /// - Parameters:
  ///   - dQKV: `[N, width]`, added to (gradients at rotated queries and keys).
  public func backward(
    _ dOut: ConstFloats, out: ConstFloats, logSumExp: ConstFloats, qkv: ConstFloats, dQKV: Floats,
    starts: [Int], lane: Lane
  ) {
    let p = Unchecked((dOut, out, logSumExp, qkv, dQKV))
    // An item is a key head with all its queries: they add to the same keys' gradient.
    lane.each((starts.count - 1) * keyValueHeads) { item in
      let (dOut, out, logSumExp, qkv, dQKV) = p.value
      let (sequence, group) = (item / keyValueHeads, item % keyValueHeads)
      let start = starts[sequence], length = starts[sequence + 1] - start
      let row = qkv + start * width, dRow = dQKV + start * width
      withUnsafeTemporaryAllocation(
        of: Float.self, capacity: ak_attention_scratch(length, dimension)
      ) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        let share = heads / keyValueHeads
        for head in group * share..<(group + 1) * share {
          let (q, k, v) = offsets(head)
          let at = (start * heads + head) * dimension
          ak_attention_backward_acc(
            dRow + q, dRow + k, dRow + v, width, dOut + at, out + at, heads * dimension,
            logSumExp + start * heads + head, heads, row + q, row + k, row + v, width, length,
            dimension, scale, scratch)
        }
      }
    }
  }

  /// One new query a sequence over its cache.
  /// - Parameters:
  ///   - qkv: `[d…]` row of the new token, rotated. - keys: `[keyValueHeads, d, capacity]`.
  ///   - values: `[keyValueHeads, capacity, d]`. - length: Tokens in the cache, the new one included.
  ///   - scratch: `capacity` floats; capacity is a multiple of 16.
  @inline(__always)
  public func cached(
    _ qkv: ConstFloats, keys: ConstFloats, values: ConstFloats, capacity: Int, length: Int,
    into out: Floats, scratch: Floats
  ) {
    let share = heads / keyValueHeads
    for head in 0..<heads {
      let at = head / share * dimension * capacity
      ak_attention_cached(
        out + head * dimension, qkv + head * dimension, keys + at, values + at, capacity, length,
        dimension, scale, scratch)
    }
  }

  private func offsets(_ head: Int) -> (q: Int, k: Int, v: Int) {
    let group = head / (heads / keyValueHeads)
    return (
      head * dimension, (heads + group) * dimension, (heads + keyValueHeads + group) * dimension
    )
  }
}
