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
