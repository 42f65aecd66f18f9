import CKernels

/// A new token of a sequence, and the sequence's own part of a cache.
public struct CachedRow: @unchecked Sendable {
  let qkv: ConstFloats
  let keys: ConstFloats
  let values: ConstFloats
  let length: Int
  let out: Floats

  /// - Parameters:
  ///   - qkv: `[width]`, rotated. - out: `[outputWidth]`.
  ///   - keys, values: As `KeyValueLayout` says; `length` tokens, the new one included.
  public init(_ qkv: ConstFloats, keys: ConstFloats, values: ConstFloats, length: Int, into out: Floats) {
    self.qkv = qkv
    self.keys = keys
    self.values = values
    self.length = length
    self.out = out
  }
}

/// The part of a cache that several sequences continue: their prompt's.
public struct CachedPrompt: @unchecked Sendable {
  let keys: ConstFloats
  let values: ConstFloats
  let layout: KeyValueLayout
  let length: Int

  /// - Parameter length: Tokens, an even number: bf16 multiplies values in pairs, and what stands behind begins a new one.
  public init(keys: ConstFloats, values: ConstFloats, layout: KeyValueLayout, length: Int) {
    precondition(length % 2 == 0, "a shared prompt ends with a pair")
    self.keys = keys
    self.values = values
    self.layout = layout
    self.length = length
  }
}

extension Attention {
  /// One new query for each of some sequences over their caches, and over the prompt that all of them continue: its keys
  /// and values are read once. Sums go on where the prompt's end, so that a row comes out as in `forward`, bit for bit.
  /// - Parameter scratch: `cachedScratch` floats for each of the rows.
  public func cached(
    _ rows: ArraySlice<CachedRow>, after prompt: CachedPrompt?, layout: KeyValueLayout, scratch: Floats
  ) {
    let (d, e, k) = (dimension, valueDimension, kernels)
    let keySteps = k.steps(d), count = rows.count * share, shared = prompt?.length ?? 0
    let padded = layout.capacity + (prompt?.layout.capacity ?? 0)
    let queries = scratch, sums = queries + count * d, scores = sums + count * e
    let pairs = scores + count * padded
    for group in 0..<keyValueHeads {
      for (i, row) in rows.enumerated() {
        (queries + i * share * d).update(from: row.qkv + group * share * d, count: share * d)
      }
      let query = k.left(queries, row: d, rows: count, k: d, scratch: pairs)
      if let prompt {
        k.block(
          m: count, n: shared, steps: keySteps, query.start, row: query.row,
          prompt.keys + group * prompt.layout.keySize, isHalf: hasHalves, panelSteps: keySteps, into: scores,
          cRow: padded)
      }
      for (i, row) in rows.enumerated() {
        k.block(
          m: share, n: row.length, steps: keySteps, query.start + i * share * query.row * Self.element,
          row: query.row, row.keys + group * layout.keySize, isHalf: hasHalves, panelSteps: keySteps,
          into: scores + i * share * padded + shared, cRow: padded)
        let length = shared + row.length
        for head in i * share..<(i + 1) * share {
          _ = ak_attention_softmax(scores + head * padded, first(length - 1), length, length, scale)
        }
      }
      if let prompt {
        let weights = k.left(scores, row: padded, rows: count, k: shared, scratch: pairs)
        k.block(
          m: count, n: e, steps: k.steps(shared), weights.start, row: weights.row,
          prompt.values + group * prompt.layout.valueSize, isHalf: hasHalves,
          panelSteps: prompt.layout.valueSteps, into: sums, cRow: e)
      }
      for (i, row) in rows.enumerated() {
        let weights = k.left(
          scores + i * share * padded + shared, row: padded, rows: share, k: row.length, scratch: pairs)
        let sum = sums + i * share * e
        k.block(
          m: share, n: e, steps: k.steps(row.length), weights.start, row: weights.row,
          row.values + group * layout.valueSize, isHalf: hasHalves, panelSteps: layout.valueSteps, into: sum,
          cRow: e, adding: prompt != nil)
        (row.out + group * share * e).update(from: sum, count: share * e)
      }
    }
  }

  /// Floats that `cached` needs for each of its rows.
  /// - Parameter prompt: The layout of prompts, where there are any.
  public func cachedScratch(_ layout: KeyValueLayout, prompt: KeyValueLayout?) -> Int {
    let padded = layout.capacity + (prompt?.capacity ?? 0)
    return share * (dimension + valueDimension + padded + max(padded, kernels.steps(dimension)))
  }

  /// Bytes of what products read of a left factor: a float, or a pair.
  private static var element: Int { MemoryLayout<Float>.size }
}

/// How one sequence's keys and values of one layer lie in a cache: a block a key head, each the right factor of a
/// product (keys: panels over positions; values: panels over the dimension).
public struct KeyValueLayout: Sendable {
  public let capacity: Int
  public let keySize: Int
  public let valueSize: Int
  let valueSteps: Int
  private let attention: Attention

  /// - Parameter capacity: Tokens; rounded up to whole panels.
  public init(_ attention: Attention, capacity: Int) {
    let k = attention.kernels
    self.attention = attention
    self.capacity = k.panels(capacity) * k.panel
    let part = attention.hasHalves ? 2 : 1
    keySize = self.capacity * k.steps(attention.dimension) / part
    valueSteps = k.steps(self.capacity)
    valueSize = k.panels(attention.valueDimension) * k.panel * valueSteps / part
  }

  /// Floats of one sequence's keys, and of its values.
  public var keys: Int { keySize * attention.keyValueHeads }
  public var values: Int { valueSize * attention.keyValueHeads }

  /// Stores one token's rotated key and value.
  /// - Parameter row: Keys then values of one row of qkv.
  @inline(__always)
  public func store(_ row: ConstFloats, keys: Floats, values: Floats, position: Int) {
    let (d, e, k) = (attention.dimension, attention.valueDimension, attention.kernels)
    let valueRow = row + attention.keyValueHeads * d
    for group in 0..<attention.keyValueHeads {
      ak_cache_store(
        keys + group * keySize, values + group * valueSize, row + group * d, valueRow + group * e, position,
        valueSteps, d, e, k.panel, attention.hasHalves ? AK_FP16 : k.precision.element)
    }
  }
}
