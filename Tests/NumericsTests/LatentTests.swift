import AssayNumerics
import Foundation
import Testing

@Test("latent heads: each value goes to its place, and backward agrees with finite differences")
func latentHeads() {
  let heads = LatentHeads(heads: 2, nope: 3, rope: 2, value: 4), n = 3
  let query = random(n * 10, 1), expanded = random(n * 14, 2), ropeKey = random(n * 2, 3)
  let rows = FloatBuffer(count: n * heads.width), dRows = random(n * heads.width, 4)
  func loss() -> Double {
    heads.forward(
      query: query.start, expanded: expanded.start, ropeKey: ropeKey.start, into: rows.start, count: n,
      lane: lane)
    return dot(rows, dRows)
  }
  _ = loss()
  let (q, e, r) = (query.values, expanded.values, ropeKey.values)
  let parts = [q[20..<30], e[28..<31], r[4..<6], e[35..<38], r[4..<6], e[31..<35], e[38..<42]]
  #expect(Array(rows.values.suffix(heads.width)) == parts.flatMap { $0 })
  let dQuery = FloatBuffer(count: query.count), dExpanded = FloatBuffer(count: expanded.count)
  let dRopeKey = FloatBuffer(count: ropeKey.count)
  heads.backward(
    dRows.start, dQuery: dQuery.start, dExpanded: dExpanded.start, dRopeKey: dRopeKey.start, count: n,
    lane: lane)
  #expect(gradientError(query, analytic: dQuery.start, loss: loss) < 2e-3)
  #expect(gradientError(expanded, analytic: dExpanded.start, loss: loss) < 2e-3)
  #expect(gradientError(ropeKey, analytic: dRopeKey.start, loss: loss) < 2e-3)
}

@Test("neighbours are rotated as halves are, in another order, inside of wider heads")
func neighbours() {
  let frequencies = [1, 0.1, 0.01], positions: [Int32] = [0, 5, 63]
  let x = random(3 * 20, 1), y = FloatBuffer(copying: x.values)
  // Two heads of ten, of which six from the third on are rotated.
  let order = [0, 2, 4, 1, 3, 5]
  for start in stride(from: 2, to: 60, by: 10) {
    for (to, from) in order.enumerated() { y.start[start + to] = x.start[start + from] }
  }
  for (buffer, pairs) in [(x, Rotary.Pairs.neighbours), (y, .halves)] {
    Rotary(positions: 64, frequencies: frequencies, pairs: pairs).rotate(
      buffer.start + 2, stride: 20, positions: positions, rows: 3, heads: 2, headStride: 10, lane: lane)
  }
  for start in stride(from: 0, to: 60, by: 10) {
    for i in [0, 1, 8, 9] { #expect(x.start[start + i] == y.start[start + i]) }
    for (to, from) in order.enumerated() {
      #expect(abs(y.start[start + 2 + to] - x.start[start + 2 + from]) < 1e-6)
    }
  }
}

@Suite("Router")
struct RouterTests {
  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Choice and weights of one row.
  private func route(
    _ router: Router, _ logits: [Float], bias: [Float]? = nil
  ) -> (choice: [Int32], weights: [Float]) {
    let scores = FloatBuffer(copying: logits)
    let bias = FloatBuffer(copying: bias ?? Array(repeating: 0, count: logits.count))
    let weights = FloatBuffer(count: router.chosen)
    var choice = [Int32](repeating: -1, count: router.chosen)
    router.forward(
      scores.start, bias: bias.start, choice: &choice, weights: weights.start, rows: 1, lane: lane)
    return (choice, weights.values)
  }

  @Test("the choice: the largest, by groups, and with a bias that the weights don't have")
  func choice() {
    func router(_ groups: Int, _ groupsChosen: Int, _ chosen: Int) -> Router {
      Router(
        experts: 6, groups: groups, groupsChosen: groupsChosen, chosen: chosen, isNormalised: true, scale: 2)
    }
    let logits: [Float] = [3, -3, 1, 1.5, -1, 2]
    #expect(route(router(1, 1, 3), logits).choice == [0, 5, 3])
    // The best expert is in the group of the smallest sum of two: σ(1) + σ(1.5) > σ(3) + σ(-3) > … of -1 and 2.
    #expect(route(router(3, 1, 2), logits).choice == [3, 2])
    #expect(route(router(3, 2, 3), logits).choice == [5, 3, 2])
    #expect(route(router(3, 3, 3), logits).choice == [0, 5, 3])
    let biased = route(router(1, 1, 2), logits, bias: [-1, 0.9, 0, 0, 0, 0])
    #expect(biased.choice == [1, 5])
    let (one, other) = (Self.sigmoid(-3), Self.sigmoid(2))
    #expect(abs(Double(biased.weights[0]) - 2 * one / (one + other)) < 1e-6)
    #expect(route(router(1, 1, 2), [0, 0, 0, 0, 0, 0]).choice == [0, 1])
    // A model that has diverged still gets experts.
    #expect(
      route(router(3, 2, 3), Array(repeating: .nan, count: 6)).choice.allSatisfy { (0..<6).contains($0) })
    let half = route(router(1, 1, 2), [.nan, 1, .nan, 2, .nan, .nan])
    #expect(half.choice == [3, 1])
  }

  @Test("backward agrees with finite differences", arguments: [true, false])
  func backward(isNormalised: Bool) {
    let router = Router(
      experts: 8, groups: 4, groupsChosen: 2, chosen: 3, isNormalised: isNormalised, scale: 2.5)
    let n = 20
    let logits = random(n * 8, 1), bias = random(8, 2), dWeights = random(n * 3, 3)
    // The logits of a row lie apart, so that small steps change no choice.
    for i in 0..<n * 8 { logits.start[i] = Float((i * 5 + i / 8) % 8) / 2 - 2 + logits.start[i] / 20 }
    let scores = FloatBuffer(count: n * 8), weights = FloatBuffer(count: n * 3)
    var choice = [Int32](repeating: -1, count: n * 3)
    func loss() -> Double {
      scores.copy(from: logits)
      router.forward(
        scores.start, bias: bias.start, choice: &choice, weights: weights.start, rows: n, lane: lane)
      return dot(weights, dWeights)
    }
    _ = loss()
    let dLogits = FloatBuffer(count: n * 8)
    router.backward(
      dWeights.start, scores: scores.start, choice: choice, dLogits: dLogits.start, rows: n, lane: lane)
    #expect(gradientError(logits, analytic: dLogits.start, step: 1e-3, loss: loss) < 5e-3)
  }
}
