import CKernels

/// One run of rows that attend to each other, and what comes before them.
public struct AttentionSpan: Sendable, Hashable {
  /// Rows of the batch.
  public var rows: Range<Int>
  /// Rows that stand before all of `rows`: a prompt that several completions share. Empty: none.
  public var prefix: Range<Int>

  public init(rows: Range<Int>, prefix: Range<Int> = 0..<0) {
    self.rows = rows
    self.prefix = prefix
  }

  var length: Int { prefix.count + rows.count }
}

/// Causal grouped-query attention over packed sequences: softmax(q·kᵀ / √d)·v within each sequence.
/// Vaswani et al. 2017, arXiv:1706.03762, eq. 1; groups: Ainslie et al. 2023, arXiv:2305.13245.
///
/// Scores are made for some dozens of queries at a time, which stay in the cache until they are weights and have been
/// summed over the values; both products are those of `Kernels`. A row's result depends on its own keys alone.
public struct Attention: Sendable {
  public let heads: Int
  public let keyValueHeads: Int
  /// Of queries and keys.
  public let dimension: Int
  public let valueDimension: Int
  /// Sliding window: a query sees so many keys, itself the last; 0: all.
  public let window: Int
  /// Whether keys and values are fp16 in a cache, and rounded to it everywhere: half of the memory to read for a token.
  public let hasHalves: Bool
  let kernels: Kernels

  /// - Parameter valueDimension: nil: that of queries and keys.
  public init(
    heads: Int, keyValueHeads: Int, dimension: Int, valueDimension: Int? = nil, window: Int = 0,
    kernels: Kernels
  ) {
    precondition(heads % keyValueHeads == 0, "\(heads) heads do not share \(keyValueHeads) key heads")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.dimension = dimension
    self.valueDimension = valueDimension ?? dimension
    self.window = window
    hasHalves = kernels.precision == .fp16
    self.kernels = kernels.forAttention
  }

  /// Width of a row of `qkv`: queries, keys, values.
  public var width: Int { (heads + keyValueHeads) * dimension + keyValueHeads * valueDimension }
  /// Where a row's keys begin.
  public var queryWidth: Int { heads * dimension }
  /// Width of a row of the result.
  public var outputWidth: Int { heads * valueDimension }
  var scale: Float { 1 / Float(dimension).squareRoot() }
  /// Queries at a time.
  static let block = 48

  var share: Int { heads / keyValueHeads }
  func keyOffset(_ group: Int) -> Int { (heads + group) * dimension }
  func valueOffset(_ group: Int) -> Int { (heads + keyValueHeads) * dimension + group * valueDimension }

  /// First key that query `position` of a sequence sees.
  @inline(__always)
  func first(_ position: Int) -> Int { window > 0 ? max(0, position + 1 - window) : 0 }

  /// Keys and values as a cache holds them, before anything reads them: training sees what sampling sees. Their
  /// gradients pass as they are.
  /// - Parameter qkv: `[rows, width]`, rotated.
  public func round(_ qkv: Floats, rows: Int, lane: Lane) {
    guard hasHalves else { return }
    let p = Unchecked(qkv)
    lane.split(rows, atLeast: 64) { rows in
      ak_round_fp16(
        p.value + rows.lowerBound * width + queryWidth, width, rows.count, width - queryWidth)
    }
  }

  /// - Parameters:
  ///   - qkv: `[N, width]`, rotated and rounded. - out: `[N, outputWidth]`.
  ///   - logSumExp: `[N, heads]`, kept for the backward.
  public func forward(
    _ qkv: ConstFloats, into out: Floats, logSumExp: Floats, spans: [AttentionSpan], lane: Lane
  ) {
    let p = Unchecked((qkv, out, logSumExp))
    lane.each(spans.count * keyValueHeads) { item in
      let (qkv, out, logSumExp) = p.value
      let (span, group) = (spans[item / keyValueHeads], item % keyValueHeads)
      let (length, d, e, k) = (span.length, dimension, valueDimension, kernels)
      let (keySteps, valueSteps) = (k.steps(d), k.steps(length))
      let padded = k.panels(length) * k.panel, rows = min(Self.block, span.rows.count)
      var memory = Arena(
        length * (d + e), padded * keySteps, k.panels(e) * k.panel * valueSteps, rows * padded, rows * padded,
        rows * keySteps)
      let gathered = memory.next(length * (d + e))
      let keys = memory.next(padded * keySteps), values = memory.next(k.panels(e) * k.panel * valueSteps)
      let scores = memory.next(rows * padded), pairs = memory.next(rows * padded)
      let queryPairs = memory.next(rows * keySteps)
      let (keyRows, valueRows) = rowsOf(qkv, span, group, gathered)
      k.packAll(keys, keyRows.start, row: keyRows.row, k: d, columns: length, isTransposed: true)
      k.packAll(values, valueRows.start, row: valueRows.row, k: length, columns: e, isTransposed: false)
      for head in group * share..<(group + 1) * share {
        for first in stride(from: 0, to: span.rows.count, by: Self.block) {
          let count = min(Self.block, span.rows.count - first), at = span.rows.lowerBound + first
          let seen = span.prefix.count + first + count
          let query = k.left(
            qkv + at * width + head * d, row: width, rows: count, k: d, scratch: queryPairs)
          k.block(
            m: count, n: seen, steps: keySteps, query.start, row: query.row, keys, panelSteps: keySteps,
            into: scores, cRow: padded)
          for i in 0..<count {
            let position = span.prefix.count + first + i
            logSumExp[(at + i) * heads + head] = ak_attention_softmax(
              scores + i * padded, self.first(position), position + 1, seen, scale)
          }
          let weights = k.left(scores, row: padded, rows: count, k: seen, scratch: pairs)
          k.block(
            m: count, n: e, steps: k.steps(seen), weights.start, row: weights.row, values,
            panelSteps: valueSteps, into: out + (at * heads + head) * e, cRow: heads * e)
        }
      }
    }
  }

  /// Keys and values of a span, one below the other: where they lie already, or gathered behind its prefix.
  func rowsOf(
    _ qkv: ConstFloats, _ span: AttentionSpan, _ group: Int, _ gathered: Floats
  ) -> (keys: (start: ConstFloats, row: Int), values: (start: ConstFloats, row: Int)) {
    let (k, v) = (keyOffset(group), valueOffset(group))
    if span.prefix.isEmpty {
      let start = qkv + span.rows.lowerBound * width
      return ((start + k, width), (start + v, width))
    }
    let values = gathered + span.length * dimension
    for (index, row) in [span.prefix, span.rows].joined().enumerated() {
      (gathered + index * dimension).update(from: qkv + row * width + k, count: dimension)
      (values + index * valueDimension).update(from: qkv + row * width + v, count: valueDimension)
    }
    return ((ConstFloats(gathered), dimension), (ConstFloats(values), valueDimension))
  }

  /// One new query a sequence over its cache.
  /// - Parameters:
  ///   - qkv: `[width]`, the new token's row, rotated.
  ///   - keys, values: As `KeyValueLayout` says, of one sequence; `length` tokens, the new one included.
  ///   - scratch: `heads · (2 · padded capacity)` floats and more: `cachedScratch`.
  @inline(__always)
  public func cached(
    _ qkv: ConstFloats, keys: ConstFloats, values: ConstFloats, layout: KeyValueLayout, length: Int,
    into out: Floats, scratch: Floats
  ) {
    let (d, e, k) = (dimension, valueDimension, kernels)
    let keySteps = k.steps(d), padded = layout.capacity
    let scores = scratch, pairs = scratch + share * padded
    for group in 0..<keyValueHeads {
      let query = k.left(qkv + group * share * d, row: d, rows: share, k: d, scratch: pairs)
      k.block(
        m: share, n: length, steps: keySteps, query.start, row: query.row, keys + group * layout.keySize,
        isHalf: hasHalves, panelSteps: keySteps, into: scores, cRow: padded)
      for i in 0..<share {
        _ = ak_attention_softmax(scores + i * padded, first(length - 1), length, length, scale)
      }
      let weights = k.left(scores, row: padded, rows: share, k: length, scratch: pairs)
      k.block(
        m: share, n: e, steps: k.steps(length), weights.start, row: weights.row,
        values + group * layout.valueSize, isHalf: hasHalves, panelSteps: layout.valueSteps,
        into: out + group * share * e, cRow: e)
    }
  }

  /// Floats that `cached` needs as scratch.
  public func cachedScratch(_ layout: KeyValueLayout) -> Int {
    2 * share * max(layout.capacity, kernels.steps(dimension))
  }
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

/// Memory for one item of work, cut into aligned pieces; free at its end.
struct Arena: ~Copyable {
  private let buffer: FloatBuffer
  private var used = 0

  init(_ sizes: Int...) {
    buffer = FloatBuffer(uninitialised: sizes.reduce(0) { $0 + ($1 + 15) / 16 * 16 })
  }

  mutating func next(_ count: Int) -> Floats {
    defer { used += (count + 15) / 16 * 16 }
    return buffer.start + used
  }

  /// Nothing more than a destructor's presence: the memory stays until the end of the scope.
  deinit { withExtendedLifetime(buffer) {} }
}
