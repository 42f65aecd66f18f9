import CKernels

/// RMSNorm of each head of the queries and keys. Dehghani et al. 2023, arXiv:2302.05442, §2; RMSNorm in its place:
/// Qwen 3, arXiv:2505.09388.
public struct HeadNorm: Sendable {
  public let heads: Int
  public let keyValueHeads: Int
  public let dimension: Int
  public let epsilon: Float

  public init(heads: Int, keyValueHeads: Int, dimension: Int, epsilon: Float) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.dimension = dimension
    self.epsilon = epsilon
  }

  /// Heads that are normed, a token.
  public var count: Int { heads + keyValueHeads }

  /// In place on queries and keys at the start of each row of `qkv`.
  /// - Parameters:
  ///   - raw: `[N, count·d]`, what they were. - inverse: `[N, count]`. The backward needs both.
  ///   - weights: `[d]` of the queries, and of the keys.
  public func forward(
    _ qkv: Floats, stride: Int, raw: Floats, inverse: Floats, weights: (query: ConstFloats, key: ConstFloats),
    rows: Int, lane: Lane
  ) {
    let p = Unchecked((qkv, raw, inverse, weights))
    lane.split(rows, atLeast: 16) { r in
      let (qkv, raw, inverse, weights) = p.value
      for row in r {
        let x = raw + row * count * dimension, y = qkv + row * stride, inverse = inverse + row * count
        x.update(from: y, count: count * dimension)
        ak_rmsnorm(y, inverse, x, weights.query, heads, dimension, epsilon)
        let keys = heads * dimension
        ak_rmsnorm(y + keys, inverse + heads, x + keys, weights.key, keyValueHeads, dimension, epsilon)
      }
    }
  }

  /// In place: gradients of the normed heads in `dQKV` become those of the raw ones.
  /// - Parameters:
  ///   - dWeights: `[d]` each, added to. - scratch: Sums over 128 tokens.
  public func backward(
    _ dQKV: Floats, stride: Int, raw: ConstFloats, inverse: ConstFloats,
    weights: (query: ConstFloats, key: ConstFloats), dWeights: (query: Floats, key: Floats), rows: Int,
    scratch: Scratch, lane: Lane
  ) {
    let parts = (rows + 127) / 128, d = dimension
    // Of each part: the two sums, and one token's gradient.
    let size = 2 * d + count * d
    let p = Unchecked((dQKV, raw, inverse, weights, scratch.floats(parts * size)))
    lane.each(parts) { part in
      let (dQKV, raw, inverse, weights, memory) = p.value
      let sums = memory + part * size, dx = sums + 2 * d
      sums.update(repeating: 0, count: 2 * d)
      for row in part * 128..<min(rows, part * 128 + 128) {
        let dy = dQKV + row * stride, x = raw + row * count * d, inverse = inverse + row * count
        dx.update(repeating: 0, count: count * d)
        ak_rmsnorm_backward_acc(dx, sums, dy, x, weights.query, inverse, heads, d)
        let keys = heads * d
        ak_rmsnorm_backward_acc(
          dx + keys, sums + d, dy + keys, x + keys, weights.key, inverse + heads, keyValueHeads, d)
        dy.update(from: dx, count: count * d)
      }
    }
    for part in 0..<parts {
      let sums = p.value.4 + part * size
      ak_add(dWeights.query, sums, d)
      ak_add(dWeights.key, sums + d, d)
    }
  }
}
