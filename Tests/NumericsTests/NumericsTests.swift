import Foundation
import AssayNumerics
import Testing

/// Largest |analytic − numeric| over central differences of `loss`, relative to the gradient's size.
func gradientError(
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

func random(_ count: Int, _ seed: UInt64) -> FloatBuffer {
  var stream = CounterRandom(seed: seed)
  return FloatBuffer(copying: (0..<count).map { _ in Float(stream.uniform() * 2 - 1) })
}

func dot(_ a: FloatBuffer, _ b: FloatBuffer) -> Double {
  (0..<a.count).reduce(0) { $0 + Double(a.start[$1]) * Double(b.start[$1]) }
}

let lane = Lane(threads: 2)

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
    rows: rows, width: width, scratch: Scratch(), lane: lane)
  #expect(gradientError(x, analytic: dx.start, loss: loss) < 2e-3)
  #expect(gradientError(w, analytic: dw.start, loss: loss) < 2e-3)
}

@Test("gated units: backward agrees with finite differences", arguments: [GatedUnit.Activation.silu, .gelu])
func gatedUnit(activation: GatedUnit.Activation) {
  let (rows, width) = (3, 19), unit = GatedUnit(activation)
  let x = random(rows * 2 * width, 1), dy = random(rows * width, 2)
  let y = FloatBuffer(count: rows * width), dx = FloatBuffer(count: x.count)
  func loss() -> Double {
    unit.forward(x.start, into: y.start, rows: rows, width: width, lane: lane)
    return dot(y, dy)
  }
  unit.backward(dy.start, gateUp: x.start, dGateUp: dx.start, rows: rows, width: width, lane: lane)
  #expect(gradientError(x, analytic: dx.start, loss: loss) < 2e-3)
}

@Test("norms of heads: backward agrees with finite differences")
func headNorm() {
  let norm = HeadNorm(heads: 3, keyValueHeads: 2, dimension: 4, epsilon: 1e-5), rows = 140, stride = 7 * 4
  let x = random(rows * stride, 1), dy = random(rows * stride, 2)
  let query = random(4, 3), key = random(4, 4)
  let y = FloatBuffer(count: x.count), raw = FloatBuffer(count: rows * 20),
    inverse = FloatBuffer(count: rows * 5)
  func loss() -> Double {
    y.copy(from: x)
    norm.forward(
      y.start, stride: stride, raw: raw.start, inverse: inverse.start,
      weights: (ConstFloats(query.start), ConstFloats(key.start)),
      rows: rows, lane: lane)
    return dot(y, dy)
  }
  _ = loss()
  let dx = FloatBuffer(copying: dy.values), dQuery = FloatBuffer(count: 4), dKey = FloatBuffer(count: 4)
  norm.backward(
    dx.start, stride: stride, raw: raw.start, inverse: inverse.start,
    weights: (ConstFloats(query.start), ConstFloats(key.start)), dWeights: (dQuery.start, dKey.start),
    rows: rows,
    scratch: Scratch(), lane: lane)
  #expect(gradientError(x, analytic: dx.start, loss: loss) < 5e-3)
  #expect(gradientError(query, analytic: dQuery.start, loss: loss) < 5e-3)
  #expect(gradientError(key, analytic: dKey.start, loss: loss) < 5e-3)
}

@Test("rotation: backward undoes forward, and position 0 is the identity")
func rotary() {
  let rotary = Rotary(positions: 64, frequencies: [1, 0.1, 0.01, 0.001])
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

@Test("the sum of squares is the same for any number of threads, over parts and their rest")
func sumOfSquares() {
  let x = random(2 << 20 | 5, 9)
  let sums = (1...3).map { Elementwise.sumOfSquares(x, lane: Lane(threads: $0)) }
  let expected = x.values.reduce(0) { $0 + Double($1) * Double($1) }
  #expect(Set(sums).count == 1 && abs(sums[0] - expected) < 1e-6 * expected, "\(sums)")
  x.start[x.count - 1] = .nan
  #expect(Elementwise.sumOfSquares(x, lane: Lane(threads: 2)).isNaN)
  #expect(Elementwise.sumOfSquares(FloatBuffer(count: 0), lane: Lane(threads: 2)) == 0)
}

@Test("AdamW: two steps by hand")
func adamW() {
  let w = FloatBuffer(copying: [1]), g = FloatBuffer(copying: [0.5])
  let moments = AdamW.Moments(count: 1)
  for step in 1...2 {
    AdamW().update(
      w, gradient: g, moments: moments, range: 0..<1, step: step, learningRate: 0.1, weightDecay: 0.01,
      gradientScale: 1, lane: lane)
  }
  // A constant gradient makes the corrected m/√v one, so each step is w·(1 − 0.001) − 0.1.
  #expect(abs(w.start[0] - ((1 * 0.999 - 0.1) * 0.999 - 0.1)) < 1e-5)
}

@Test("AdamW with moments in bf16 goes where fp32 goes, on average")
func adamWInHalves() {
  // The gradient falls from 1 to 0.1, so that the averages move by far less than a bf16's last place a step.
  let count = 4001, steps = 2500
  func weights(_ format: AdamW.Moments.Format) -> [Float] {
    let w = FloatBuffer(count: count), g = FloatBuffer(count: count)
    let moments = AdamW.Moments(count: count, format: format)
    for step in 1...steps {
      for i in 0..<count { g.start[i] = step < 500 ? 1 : 0.1 }
      AdamW().update(
        w, gradient: g, moments: moments, range: 0..<count, step: step, learningRate: 1e-3, weightDecay: 0,
        gradientScale: 1, lane: lane)
    }
    return w.values
  }
  let exact = weights(.fp32)[0], halves = weights(.bf16)
  let mean = halves.reduce(0, +) / Float(count)
  #expect(abs(mean - exact) < 0.01 * abs(exact), "\(mean) instead of \(exact)")
  #expect(Set(halves).count > 100)
}
