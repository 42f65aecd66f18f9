import AssayNumerics
import Foundation
import Testing

private let (heads, keyHeads, dimension) = (4, 2, 6)

private func attention(
  _ kernels: Kernels = Kernels(.fp32), window: Int = 0, values: Int = dimension
) -> Attention {
  Attention(
    heads: heads, keyValueHeads: keyHeads, dimension: dimension, valueDimension: values, window: window,
    kernels: kernels)
}

/// Sliding window, and dimension of the values.
private let shapes = [(0, dimension), (5, dimension), (0, 4), (5, 11)]

/// By the equation, in fp64, of one sequence.
private func byTheEquation(_ x: FloatBuffer, rows: [Int], window: Int, values: Int) -> [Double] {
  let width = attention(values: values).width, share = heads / keyHeads
  func row(_ index: Int, _ head: Int) -> [Double] {
    (0..<dimension).map { Double(x.start[rows[index] * width + head * dimension + $0]) }
  }
  return rows.indices.flatMap { i in
    (0..<heads).flatMap { head in
      let group = head / share, first = window > 0 ? max(0, i + 1 - window) : 0
      let scores = (first...i).map { j in
        exp(
          zip(row(i, head), row(j, heads + group)).reduce(0) { $0 + $1.0 * $1.1 }
            / Double(dimension).squareRoot())
      }
      let sum = scores.reduce(0, +)
      return (0..<values).map { d in
        let place = (heads + keyHeads) * dimension + group * values + d
        return zip(scores, first...i).reduce(0) {
          $0 + $1.0 / sum * Double(x.start[rows[$1.1] * width + place])
        }
      }
    }
  }
}

/// Two sequences, one of them a single token, and a prompt of 7 with two completions.
private let spans = [
  AttentionSpan(rows: 0..<19), AttentionSpan(rows: 19..<20), AttentionSpan(rows: 20..<27),
  AttentionSpan(rows: 27..<90, prefix: 20..<27), AttentionSpan(rows: 90..<93, prefix: 20..<27),
]

@Suite("Attention")
struct AttentionTests {
  @Test("forward is the equation's", arguments: allKernels.indices, shapes)
  func equation(kernels index: Int, shape: (window: Int, values: Int)) {
    let attention = attention(allKernels[index], window: shape.window, values: shape.values), n = 93
    let size = attention.outputWidth
    let x = random(n * attention.width, 1), y = FloatBuffer(count: n * size), lse = FloatBuffer(count: n * 4)
    attention.round(x.start, rows: n, lane: lane)
    attention.forward(x.start, into: y.start, logSumExp: lse.start, spans: spans, lane: lane)
    let tolerance = allKernels[index].precision == .bf16 ? 2e-2 : 1e-5
    for span in spans {
      let expected = byTheEquation(
        x, rows: Array(span.prefix) + Array(span.rows), window: shape.window, values: shape.values)
      for (i, row) in span.rows.enumerated() {
        for j in 0..<size {
          let given = Double(y.start[row * size + j])
          #expect(abs(given - expected[(span.prefix.count + i) * size + j]) < tolerance)
        }
      }
    }
  }

  @Test("backward agrees with finite differences", arguments: shapes)
  func backward(window: Int, values: Int) {
    let attention = attention(window: window, values: values), size = attention.outputWidth
    let spans = [
      AttentionSpan(rows: 0..<5), AttentionSpan(rows: 5..<6), AttentionSpan(rows: 6..<13),
      AttentionSpan(rows: 13..<20, prefix: 6..<13), AttentionSpan(rows: 20..<23, prefix: 6..<13),
    ]
    let n = 23
    let x = random(n * attention.width, 1), dy = random(n * size, 2)
    let y = FloatBuffer(count: n * size), lse = FloatBuffer(count: n * 4)
    func loss() -> Double {
      attention.forward(x.start, into: y.start, logSumExp: lse.start, spans: spans, lane: lane)
      return dot(y, dy)
    }
    _ = loss()
    let dx = FloatBuffer(count: x.count)
    attention.backward(
      dy.start, out: y.start, logSumExp: lse.start, qkv: x.start, dQKV: dx.start, spans: spans,
      prefixes: Scratch(), lane: lane)
    #expect(gradientError(x, analytic: dx.start, loss: loss) < 5e-3)
  }

  @Test(
    "a shared prompt has the gradient that it has when each completion brings its own", arguments: [0, 5])
  func shared(window: Int) {
    let attention = attention(window: window), width = attention.width
    let apart = [AttentionSpan(rows: 0..<70), AttentionSpan(rows: 70..<80)]
    let together = [
      AttentionSpan(rows: 0..<7), AttentionSpan(rows: 7..<70, prefix: 0..<7),
      AttentionSpan(rows: 70..<73, prefix: 0..<7),
    ]
    let x = random(73 * width, 1), dy = random(73 * 24, 2)
    // The prompt's own rows get no gradient from outside.
    for i in 0..<7 * 24 { dy.start[i] = 0 }
    let copied = FloatBuffer(count: 80 * width), dyCopied = FloatBuffer(count: 80 * 24)
    for (row, from) in (Array(0..<70) + Array(0..<7) + Array(70..<73)).enumerated() {
      (copied.start + row * width).update(from: x.start + from * width, count: width)
      (dyCopied.start + row * 24).update(from: dy.start + from * 24, count: 24)
    }
    func gradient(_ x: FloatBuffer, _ dy: FloatBuffer, _ spans: [AttentionSpan]) -> (FloatBuffer, FloatBuffer)
    {
      let n = x.count / width
      let y = FloatBuffer(count: n * 24), lse = FloatBuffer(count: n * 4), dx = FloatBuffer(count: x.count)
      attention.forward(x.start, into: y.start, logSumExp: lse.start, spans: spans, lane: lane)
      attention.backward(
        dy.start, out: y.start, logSumExp: lse.start, qkv: x.start, dQKV: dx.start, spans: spans,
        prefixes: Scratch(), lane: lane)
      return (y, dx)
    }
    let (y, dx) = gradient(x, dy, together), (yApart, dxApart) = gradient(copied, dyCopied, apart)
    for i in 0..<70 * 24 { #expect(y.start[i].bitPattern == yApart.start[i].bitPattern) }
    for i in 0..<3 * 24 { #expect(y.start[70 * 24 + i].bitPattern == yApart.start[77 * 24 + i].bitPattern) }
    for row in 0..<73 {
      for i in 0..<width {
        var expected = dxApart.start[(row < 70 ? row : row + 7) * width + i]
        if row < 7 { expected += dxApart.start[(70 + row) * width + i] }
        #expect(abs(dx.start[row * width + i] - expected) < 1e-4)
      }
    }
  }

  @Test("over a cache: the bits that packed attention gives", arguments: allKernels.indices, shapes)
  func cached(kernels index: Int, shape: (window: Int, values: Int)) {
    let attention = attention(allKernels[index], window: shape.window, values: shape.values), n = 61
    let size = attention.outputWidth
    // Each by itself, and both from what they have in common on: within a panel of keys, at its end, and behind it.
    for shared in [0, 2, 20, 32, 34] {
      let xs = (0..<2).map { i in
        let x = random(n * attention.width, 4 + UInt64(i))
        if i == 1 {
          x.start.update(from: random(shared * attention.width, 4).start, count: shared * attention.width)
        }
        attention.round(x.start, rows: n, lane: lane)
        return x
      }
      let ys = xs.map { x in
        let y = FloatBuffer(count: n * size), lse = FloatBuffer(count: n * 4)
        attention.forward(
          x.start, into: y.start, logSumExp: lse.start, spans: [AttentionSpan(rows: 0..<n)], lane: lane)
        return y
      }
      let layout = KeyValueLayout(attention, capacity: 64)
      let promptLayout = KeyValueLayout(attention, capacity: shared)
      // A cache begins with whatever its memory held.
      let caches = (0..<2).map { _ in (nans(layout.keys), nans(layout.values)) }
      let (keys, values) = (nans(promptLayout.keys), nans(promptLayout.values))
      for t in 0..<shared {
        promptLayout.store(
          xs[1].start + t * attention.width + attention.queryWidth, keys: keys.start, values: values.start,
          position: t)
      }
      let prompt = CachedPrompt(keys: keys.start, values: values.start, layout: promptLayout, length: shared)
      let room = attention.cachedScratch(layout, prompt: shared > 0 ? promptLayout : nil)
      let scratch = nans(2 * room + 1), outs = (0..<2).map { _ in nans(size) }
      for t in shared..<n {
        let rows = (0..<2).map { i in
          let row = xs[i].start + t * attention.width
          layout.store(
            row + attention.queryWidth, keys: caches[i].0.start, values: caches[i].1.start,
            position: t - shared)
          return CachedRow(
            row, keys: caches[i].0.start, values: caches[i].1.start, length: t - shared + 1,
            into: outs[i].start)
        }
        attention.cached(
          rows[...], after: shared > 0 ? prompt : nil, layout: layout, scratch: scratch.start)
        for (out, y) in zip(outs, ys) {
          #expect((0..<size).allSatisfy { out.start[$0].bitPattern == y.start[t * size + $0].bitPattern })
        }
      }
      #expect(scratch.start[2 * room].isNaN, "written behind the scratch")
    }
  }

  private func nans(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    buffer.start.update(repeating: .nan, count: count)
    return buffer
  }

  @Test("fp16: keys and values are rounded to the nearest, too large ones to the largest, queries not at all")
  func rounding() {
    let attention = Attention(heads: 1, keyValueHeads: 1, dimension: 64, kernels: Kernels(.fp16))
    let halves = (UInt16(0)..<0x7c00).map { Float(Float16(bitPattern: $0)) }
    var inputs = halves
    for (low, high) in zip(halves, halves.dropFirst()) {
      let step = high - low
      inputs += [low + step / 2, low + step * 0.4999, low + step * 0.5001]
    }
    inputs += inputs.map { -$0 }
    inputs += [1e-9, -1e-9, .infinity, -.infinity, .nan, 65519, 65520, 1e9, -1e38] as [Float]
    while inputs.count % 128 > 0 { inputs.append(0) }
    let rows = inputs.count / 128
    let x = FloatBuffer(count: rows * attention.width)
    for row in 0..<rows {
      x.start[row * attention.width] = 1.0001
      for i in 0..<128 { x.start[row * attention.width + 64 + i] = inputs[row * 128 + i] }
    }
    attention.round(x.start, rows: rows, lane: lane)
    for (index, input) in inputs.enumerated() {
      let given = x.start[index / 128 * attention.width + 64 + index % 128]
      let largest = Float(Float16.greatestFiniteMagnitude)
      let expected = input.isFinite ? Float(Float16(max(-largest, min(largest, input)))) : input
      #expect(given == expected || given.isNaN && expected.isNaN, "\(input)")
      if x.start[index / 128 * attention.width] != 1.0001 { Issue.record("a query was rounded") }
    }
  }
}
