import AssayNumerics
import Foundation
import Testing

private let (heads, keyHeads, dimension) = (4, 2, 6)

private func attention(_ kernels: Kernels = Kernels(.fp32), window: Int = 0) -> Attention {
  Attention(heads: heads, keyValueHeads: keyHeads, dimension: dimension, window: window, kernels: kernels)
}

/// By the equation, in fp64, of one sequence.
private func byTheEquation(_ x: FloatBuffer, rows: [Int], window: Int) -> [Double] {
  let width = attention().width, share = heads / keyHeads
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
      return (0..<dimension).map { d in
        zip(scores, first...i).reduce(0) { $0 + $1.0 / sum * row($1.1, heads + keyHeads + group)[d] }
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
  @Test("forward is the equation's", arguments: allKernels.indices, [0, 5])
  func equation(kernels index: Int, window: Int) {
    let attention = attention(allKernels[index], window: window), n = 93
    let x = random(n * attention.width, 1), y = FloatBuffer(count: n * 24), lse = FloatBuffer(count: n * 4)
    attention.forward(x.start, into: y.start, logSumExp: lse.start, spans: spans, lane: lane)
    let tolerance = allKernels[index].precision == .bf16 ? 2e-2 : 1e-5
    for span in spans {
      let expected = byTheEquation(x, rows: Array(span.prefix) + Array(span.rows), window: window)
      for (i, row) in span.rows.enumerated() {
        for j in 0..<24 {
          let given = Double(y.start[row * 24 + j])
          #expect(abs(given - expected[(span.prefix.count + i) * 24 + j]) < tolerance)
        }
      }
    }
  }

  @Test("backward agrees with finite differences", arguments: [0, 5])
  func backward(window: Int) {
    let attention = attention(window: window)
    let spans = [
      AttentionSpan(rows: 0..<5), AttentionSpan(rows: 5..<6), AttentionSpan(rows: 6..<13),
      AttentionSpan(rows: 13..<20, prefix: 6..<13), AttentionSpan(rows: 20..<23, prefix: 6..<13),
    ]
    let n = 23
    let x = random(n * attention.width, 1), dy = random(n * 24, 2)
    let y = FloatBuffer(count: n * 24), lse = FloatBuffer(count: n * 4)
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

  @Test("over a cache: the bits that packed attention gives", arguments: allKernels.indices, [0, 5])
  func cached(kernels index: Int, window: Int) {
    let attention = attention(allKernels[index], window: window), n = 61
    let x = random(n * attention.width, 4)
    let y = FloatBuffer(count: n * 24), lse = FloatBuffer(count: n * 4)
    attention.forward(
      x.start, into: y.start, logSumExp: lse.start, spans: [AttentionSpan(rows: 0..<n)], lane: lane)
    let layout = KeyValueLayout(attention, capacity: 64)
    let keys = FloatBuffer(count: layout.keys), values = FloatBuffer(count: layout.values)
    let out = FloatBuffer(count: 24), scratch = FloatBuffer(count: attention.cachedScratch(layout))
    for t in 0..<n {
      let row = x.start + t * attention.width
      layout.store(row + 24, keys: keys.start, values: values.start, position: t)
      attention.cached(
        row, keys: keys.start, values: values.start, layout: layout, length: t + 1, into: out.start,
        scratch: scratch.start)
      #expect((0..<24).allSatisfy { out.start[$0].bitPattern == y.start[t * 24 + $0].bitPattern })
    }
  }
}
