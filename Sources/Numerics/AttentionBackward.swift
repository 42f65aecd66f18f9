import CKernels

extension Attention {
  /// Gradients of one layer's queries, keys and values.
  /// - Parameters:
  ///   - dOut: `[N, outputWidth]`. - dQKV: `[N, width]`, added to (at rotated queries and keys).
  ///   - prefixes: Memory for the gradients that shared rows get from each of their spans.
  public func backward(
    _ dOut: ConstFloats, out: ConstFloats, logSumExp: ConstFloats, qkv: ConstFloats, dQKV: Floats,
    spans: [AttentionSpan], prefixes: Scratch, lane: Lane
  ) {
    let starts = spans.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.prefix.count) }
    let shared = prefixes.floats((starts.last ?? 0) * keyValueHeads * (dimension + valueDimension))
    let p = Unchecked((dOut, out, logSumExp, qkv, dQKV, shared))
    lane.each(spans.count * keyValueHeads) { item in
      let (dOut, out, logSumExp, qkv, dQKV, shared) = p.value
      let (index, group) = (item / keyValueHeads, item % keyValueHeads)
      backward(
        spans[index], group, dOut, out: out, logSumExp: logSumExp, qkv: qkv, dQKV: dQKV,
        dPrefix: shared + prefixOffset(starts[index], spans[index], group))
    }
    // Rows that several spans share get their gradients one span after the other: the sum is the same each time.
    guard starts.last != 0 else { return }
    lane.each(keyValueHeads) { group in
      let (_, _, _, _, dQKV, shared) = p.value
      for (index, span) in spans.enumerated() {
        var from = shared + prefixOffset(starts[index], span, group)
        for row in span.prefix {
          ak_add(dQKV + row * width + keyOffset(group), from, dimension)
          ak_add(dQKV + row * width + valueOffset(group), from + dimension, valueDimension)
          from += dimension + valueDimension
        }
      }
    }
  }

  /// Where a span's gradients of its prefix lie, `[prefix.count, d + e]` a group.
  /// - Parameter start: Rows of the prefixes before it.
  private func prefixOffset(_ start: Int, _ span: AttentionSpan, _ group: Int) -> Int {
    (start * keyValueHeads + group * span.prefix.count) * (dimension + valueDimension)
  }

  /// One span and one key head with all its queries, which add to the same keys' gradient.
  private func backward(
    _ span: AttentionSpan, _ group: Int, _ dOut: ConstFloats, out: ConstFloats, logSumExp: ConstFloats,
    qkv: ConstFloats, dQKV: Floats, dPrefix: Floats
  ) {
    let (length, d, e, k) = (span.length, dimension, valueDimension, kernels)
    let (steps, valueSteps, lengthSteps) = (k.steps(d), k.steps(e), k.steps(length))
    let padded = k.panels(length) * k.panel, wide = k.panels(d) * k.panel
    let rows = min(Self.block, span.rows.count)
    let sizes = [
      length * (d + e), padded * steps, wide * lengthSteps, padded * valueSteps, rows * padded, rows * padded,
      rows * padded, rows * max(d, e), padded * k.steps(rows),
      max(wide, k.panels(e) * k.panel) * k.steps(rows), length * d, length * e,
    ]
    let memory = FloatBuffer(uninitialised: sizes.reduce(0) { $0 + ($1 + 15) / 16 * 16 })
    defer { withExtendedLifetime(memory) {} }
    var used = memory.start
    let places = sizes.map { size in
      defer { used += (size + 15) / 16 * 16 }
      return used
    }
    let (gathered, keys, keysByRow, values) = (places[0], places[1], places[2], places[3])
    let (scores, slopes, pairs, narrow) = (places[4], places[5], places[6], places[7])
    let (strips, right, dKeys, dValues) = (places[8], places[9], places[10], places[11])
    let (keyRows, valueRows) = rowsOf(qkv, span, group, gathered)
    k.packAll(keys, keyRows.start, row: keyRows.row, k: d, columns: length, isTransposed: true)
    k.packAll(keysByRow, keyRows.start, row: keyRows.row, k: length, columns: d, isTransposed: false)
    k.packAll(values, valueRows.start, row: valueRows.row, k: e, columns: length, isTransposed: true)
    dKeys.update(repeating: 0, count: length * d)
    dValues.update(repeating: 0, count: length * e)
    for head in group * share..<(group + 1) * share {
      for first in stride(from: 0, to: span.rows.count, by: Self.block) {
        let count = min(Self.block, span.rows.count - first), at = span.rows.lowerBound + first
        let seen = span.prefix.count + first + count
        let query = qkv + at * width + head * d
        let dy = dOut + (at * heads + head) * e, y = out + (at * heads + head) * e
        let left = k.left(query, row: width, rows: count, k: d, scratch: narrow)
        k.block(
          m: count, n: seen, steps: steps, left.start, row: left.row, keys, panelSteps: steps, into: scores,
          cRow: padded)
        let slope = k.left(dy, row: heads * e, rows: count, k: e, scratch: narrow)
        k.block(
          m: count, n: seen, steps: valueSteps, slope.start, row: slope.row, values, panelSteps: valueSteps,
          into: slopes, cRow: padded)
        for i in 0..<count {
          let position = span.prefix.count + first + i
          ak_attention_softmax_backward(
            scores + i * padded, slopes + i * padded, self.first(position), position + 1, seen, scale,
            logSumExp[(at + i) * heads + head], ak_dot(dy + i * heads * e, y + i * heads * e, e))
        }
        // dq = ds·k, dv += pᵀ·dy, dk += dsᵀ·q.
        let ds = k.left(slopes, row: padded, rows: count, k: seen, scratch: pairs)
        k.block(
          m: count, n: d, steps: k.steps(seen), ds.start, row: ds.row, keysByRow, panelSteps: lengthSteps,
          into: dQKV + at * width + head * d, cRow: width, adding: true)
        for (weights, factor, factorRow, columns, sum) in [
          (scores, dy, heads * e, e, dValues), (slopes, query, width, d, dKeys),
        ] {
          k.packStrips(strips, weights, row: padded, k: count, rows: 0..<seen)
          k.packAll(right, factor, row: factorRow, k: count, columns: columns, isTransposed: false)
          k.block(
            m: seen, n: columns, steps: k.steps(count), strips, row: 0, isStrips: true, right,
            panelSteps: k.steps(count), into: sum, cRow: columns, adding: true)
        }
      }
    }
    let prefix = span.prefix.count
    for i in 0..<prefix {
      let to = dPrefix + i * (d + e)
      to.update(from: dKeys + i * d, count: d)
      (to + d).update(from: dValues + i * e, count: e)
    }
    for i in prefix..<length {
      let to = dQKV + (span.rows.lowerBound + i - prefix) * width
      ak_add(to + keyOffset(group), dKeys + i * d, d)
      ak_add(to + valueOffset(group), dValues + i * e, e)
    }
  }
}
