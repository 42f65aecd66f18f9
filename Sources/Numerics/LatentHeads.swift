/// Queries, keys and values of multi-head latent attention, laid out as the rows that `Attention` reads. DeepSeek-V3,
/// arXiv:2412.19437, eq. 1–9.
///
/// A head's query is `[nope | rope]`; its key is its own `[nope]`, made from the latent, and one `[rope]` that all heads
/// share. Not rotated here.
public struct LatentHeads: Sendable {
  public let heads: Int
  /// Dimensions of a head's queries and keys that are not rotated, that are, and of its values.
  public let nope: Int
  public let rope: Int
  public let value: Int

  public init(heads: Int, nope: Int, rope: Int, value: Int) {
    (self.heads, self.nope, self.rope, self.value) = (heads, nope, rope, value)
  }

  /// Of a head's queries and keys.
  public var dimension: Int { nope + rope }
  /// Of a row of `expanded`, and of a row of the result.
  public var expandedWidth: Int { heads * (nope + value) }
  public var width: Int { heads * (2 * dimension + value) }

  /// - Parameters:
  ///   - query: `[N, heads·(nope + rope)]`.
  ///   - expanded: `[N, heads·(nope + value)]`: a head's key, then its value.
  ///   - ropeKey: `[N, rope]`.
  ///   - rows: `[N, width]`: `[queries | keys | values]`.
  public func forward(
    query: ConstFloats, expanded: ConstFloats, ropeKey: ConstFloats, into rows: Floats, count: Int, lane: Lane
  ) {
    let p = Unchecked((query, expanded, ropeKey, rows))
    lane.split(count, atLeast: 32) { part in
      let (query, expanded, ropeKey, rows) = p.value
      for row in part {
        let from = expanded + row * expandedWidth, to = rows + row * width
        to.update(from: query + row * heads * dimension, count: heads * dimension)
        for head in 0..<heads {
          let own = from + head * (nope + value), key = to + (heads + head) * dimension
          key.update(from: own, count: nope)
          (key + nope).update(from: ropeKey + row * rope, count: rope)
          (to + 2 * heads * dimension + head * value).update(from: own + nope, count: value)
        }
      }
    }
  }

  /// The gradients of the three from that of the rows; all are overwritten.
  public func backward(
    _ dRows: ConstFloats, dQuery: Floats, dExpanded: Floats, dRopeKey: Floats, count: Int, lane: Lane
  ) {
    let p = Unchecked((dRows, dQuery, dExpanded, dRopeKey))
    lane.split(count, atLeast: 32) { part in
      let (dRows, dQuery, dExpanded, dRopeKey) = p.value
      for row in part {
        let from = dRows + row * width, to = dExpanded + row * expandedWidth, shared = dRopeKey + row * rope
        (dQuery + row * heads * dimension).update(from: from, count: heads * dimension)
        shared.update(repeating: 0, count: rope)
        for head in 0..<heads {
          let own = to + head * (nope + value), key = from + (heads + head) * dimension
          own.update(from: key, count: nope)
          (own + nope).update(from: from + 2 * heads * dimension + head * value, count: value)
          for i in 0..<rope { shared[i] += key[nope + i] }
        }
      }
    }
  }
}
