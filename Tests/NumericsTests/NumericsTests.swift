import Foundation
import AssayNumerics
import Testing

/// Largest |analytic − numeric| over central differences of `loss`, relative to the gradient's size.
private func gradientError(
  _ x: FloatBuffer, analytic: ConstFloats, step: Float = 1e-2, loss: () -> Double
) -> Double {
  var worst = 0.0, size = 1e-6
  for i in 0..<x.count {
    let kept = x.start[i]
    x.start[i] = kept + step
    let above = loss()
    x.start[i] = kept - step
    let below = loss()
    x.start[i] = kept
    worst = max(worst, abs((above - below) / Double(2 * step) - Double(analytic[i])))
    size = max(size, abs(Double(analytic[i])))
  }
  return worst / size
}

private func random(_ count: Int, _ seed: UInt64) -> FloatBuffer {
  var stream = CounterRandom(seed: seed)
  return FloatBuffer(copying: (0..<count).map { _ in Float(stream.uniform() * 2 - 1) })
}

private func dot(_ a: FloatBuffer, _ b: FloatBuffer) -> Double {
  (0..<a.count).reduce(0) { $0 + Double(a.start[$1]) * Double(b.start[$1]) }
}

private let lane = Lane(threads: 2)

@Test("RMSNorm: backward agrees with finite differences")
func rmsNorm() {
  let (rows, width) = (3, 7)
  let x = random(rows * width, 1), w = random(width, 2), dy = random(rows * width, 3)
  let y = FloatBuffer(count: rows * width), inverse = FloatBuffer(count: rows)
  func loss() -> Double {
    RMSNorm.forward(
      x.start, w.start, into: y.start, inverse: inverse.start, rows: rows, width: width,
      epsilon: 1e-5, lane: lane)
    return dot(y, dy)
  }
  _ = loss()
  let dx = FloatBuffer(count: x.count), dw = FloatBuffer(count: width)
  RMSNorm.backward(
    dy.start, x: x.start, weight: w.start, inverse: inverse.start, dx: dx.start, dWeight: dw.start,
    rows: rows, width: width)
  #expect(gradientError(x, analytic: dx.start, loss: loss) < 2e-3)
  #expect(gradientError(w, analytic: dw.start, loss: loss) < 2e-3)
}

@Test("SwiGLU: backward agrees with finite differences")
func swiGLU() {
  let (rows, width) = (3, 19)
  let x = random(rows * 2 * width, 1), dy = random(rows * width, 2)
  let y = FloatBuffer(count: rows * width), dx = FloatBuffer(count: x.count)
  func loss() -> Double {
    SwiGLU.forward(x.start, into: y.start, rows: rows, width: width, lane: lane)
    return dot(y, dy)
  }
  SwiGLU.backward(dy.start, gateUp: x.start, dGateUp: dx.start, rows: rows, width: width, lane: lane)
  #expect(gradientError(x, analytic: dx.start, loss: loss) < 2e-3)
}

@Test("attention: backward agrees with finite differences, over sequences and shared key heads")
func attention() {
  let attention = Attention(heads: 4, keyValueHeads: 2, dimension: 6)
  let starts = [0, 5, 6, 25]  // 19 tokens cross a block of 16; one sequence is a single token
  let n = 25
  let x = random(n * attention.width, 1), dy = random(n * 24, 2)
  let y = FloatBuffer(count: n * 24), lse = FloatBuffer(count: n * 4)
  func loss() -> Double {
    attention.forward(x.start, into: y.start, logSumExp: lse.start, starts: starts, lane: lane)
    return dot(y, dy)
  }
  _ = loss()
  let dx = FloatBuffer(count: x.count)
  attention.backward(
    dy.start, out: y.start, logSumExp: lse.start, qkv: x.start, dQKV: dx.start, starts: starts,
    lane: lane)
  #expect(gradientError(x, analytic: dx.start, loss: loss) < 5e-3)
}

@Test("attention over a cache gives the row that packed attention gives")
func cachedAttention() {
  let attention = Attention(heads: 4, keyValueHeads: 2, dimension: 6)
  let n = 21, capacity = 32
  let x = random(n * attention.width, 4)
  let y = FloatBuffer(count: n * 24), lse = FloatBuffer(count: n * 4)
  attention.forward(x.start, into: y.start, logSumExp: lse.start, starts: [0, n], lane: lane)
  let keys = FloatBuffer(count: 2 * 6 * capacity), values = FloatBuffer(count: 2 * 6 * capacity)
  for t in 0..<n {
    for head in 0..<2 {
      for d in 0..<6 {
        keys.start[(head * 6 + d) * capacity + t] = x.start[t * attention.width + 24 + head * 6 + d]
        values.start[(head * capacity + t) * 6 + d] = x.start[t * attention.width + 36 + head * 6 + d]
      }
    }
  }
  let out = FloatBuffer(count: 24), scratch = FloatBuffer(count: capacity)
  attention.cached(
    x.start + (n - 1) * attention.width, keys: keys.start, values: values.start, capacity: capacity,
    length: n, into: out.start, scratch: scratch.start)
  for i in 0..<24 { #expect(abs(out.start[i] - y.start[(n - 1) * 24 + i]) < 1e-5) }
}

@Test("rotation: backward undoes forward, and position 0 is the identity")
func rotary() {
  let rotary = Rotary(positions: 64, dimension: 8, theta: 10_000)
  let x = random(3 * 16, 1), kept = x.values
  let positions: [Int32] = [0, 5, 63]
  for direction: Float in [1, -1] {
    rotary.rotate(
      x.start, stride: 16, positions: positions, rows: 3, heads: 2, direction: direction, lane: lane)
    if direction == 1 {
      #expect(Array(x.values[..<16]) == Array(kept[..<16]))
      #expect(x.values != kept)
    }
  }
  for i in 0..<x.count { #expect(abs(x.start[i] - kept[i]) < 1e-5) }
}

@Test("log-softmax: gradient of a log-probability, at two temperatures", arguments: [Float(1), 0.6])
func logSoftmax(temperature: Float) {
  let x = random(50, 7), target = 11
  func logp() -> Double {
    let row = LogSoftmax.row(x.start, count: 50, inverseTemperature: 1 / temperature)
    return Double(x.start[target] / temperature - row.logSumExp)
  }
  let d = FloatBuffer(copying: x.values)
  let row = LogSoftmax.row(x.start, count: 50, inverseTemperature: 1 / temperature)
  LogSoftmax.backward(
    d.start, count: 50, target: target, coefficient: 1, inverseTemperature: 1 / temperature,
    logSumExp: row.logSumExp)
  #expect(gradientError(x, analytic: d.start, loss: logp) < 2e-3)
  let p = x.values.map { exp(Double($0 / temperature - row.logSumExp)) }
  #expect(abs(p.reduce(0, +) - 1) < 1e-5)
  #expect(abs(Double(row.entropy) + p.reduce(0) { $0 + $1 * log($1) }) < 1e-4)
}

@Test("products: all transpositions against three nested loops")
func products() {
  let (m, n, k) = (5, 9, 7)
  let a = random(m * k, 1), b = random(k * n, 2)
  for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
    let c = FloatBuffer(count: m * n)
    BLAS.product(
      m: m, n: n, k: k, a.start, lda: transposeA ? m : k, transposeA: transposeA, b.start,
      ldb: transposeB ? k : n, transposeB: transposeB, into: c.start, ldc: n)
    for i in 0..<m {
      for j in 0..<n {
        let sum = (0..<k).reduce(Float(0)) {
          $0 + a.start[transposeA ? $1 * m + i : i * k + $1] * b.start[transposeB ? j * k + $1 : $1 * n + j]
        }
        #expect(abs(sum - c.start[i * n + j]) < 1e-4)
      }
    }
  }
}

@Test("AdamW: two steps by hand")
func adamW() {
  let w = FloatBuffer(copying: [1]), g = FloatBuffer(copying: [0.5])
  let m = FloatBuffer(count: 1), v = FloatBuffer(count: 1)
  let adam = AdamW()
  for step in 1...2 {
    adam.update(
      w, gradient: g, mean: m, variance: v, range: 0..<1, step: step, learningRate: 0.1,
      weightDecay: 0.01, gradientScale: 1, lane: lane)
  }
  // A constant gradient makes the corrected m/√v one, so each step is w·(1 − 0.001) − 0.1.
  #expect(abs(w.start[0] - ((1 * 0.999 - 0.1) * 0.999 - 0.1)) < 1e-5)
}

@Test("OpenBLAS runs its AVX-512 kernels on a CPU that has them")
func kernels() throws {
  let info = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
  let asked = ProcessInfo.processInfo.environment["ASSAY_OPENBLAS_CORETYPE"]
  if info.contains("avx512vl"), asked == nil { #expect(BLAS.description.kernels == "SkylakeX") }
  #expect(!BLAS.description.configuration.isEmpty)
}
