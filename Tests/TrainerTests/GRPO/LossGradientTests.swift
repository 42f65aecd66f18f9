import AssayNumerics
import Foundation
import Policy
import Testing

@testable import Trainer

/// One variant with its options, and whether the rollouts are those of the policy itself.
struct GradientCase: CustomTestStringConvertible {
  var name: GRPOLossName
  var options: LossOptions
  var onPolicy: Bool
  var entropy: Float = 0
  var testDescription: String {
    "\(name) \(options.level) onPolicy=\(onPolicy) β=\(options.klCoefficient) H=\(entropy)"
  }

  static let all: [GradientCase] =
    GRPOLossName.allCases.flatMap { name in
      let level = name.level ?? .token
      let wide = LossOptions(clipEpsilonLow: 0.3, clipEpsilonHigh: 0.5, klCoefficient: 0.05, level: level)
      var corrected = wide
      corrected.biasCorrectedKL = true
      return [
        GradientCase(name: name, options: wide, onPolicy: false),
        GradientCase(name: name, options: wide, onPolicy: true),
        GradientCase(name: name, options: corrected, onPolicy: false),
        GradientCase(name: name, options: wide, onPolicy: false, entropy: 0.3),
      ]
    }
    + [.k1, .k2].map {
      GradientCase(
        name: .grpo, options: LossOptions(klCoefficient: 0.2, klEstimator: $0, level: .sequence),
        onPolicy: false)
    }
}

@Suite("Gradients of the losses") struct LossGradientTests {
  @Test("agree with finite differences through a tiny policy", arguments: GradientCase.all)
  func differences(_ one: GradientCase) throws {
    let parameters = TinyPolicy.parameters(), reference = TinyPolicy.parameters(seed: 6)
    let pool = TinyPolicy.pool()
    var rollouts = TinyPolicy.rollouts([[1, 0, 0.5], [0, 1, 1]])
    let packed = PackedRollouts(rollouts, tokensPerBatch: 24)
    let start = pool.scores(packed.batches, parameters, temperature: 0.8)
    for (owners, scores) in zip(packed.owners, start) {
      for (owner, logp) in zip(owners, scores.logp) {
        // Off policy: some ratios within the clip, some far beyond it, none at its edge.
        let shift: [Float] = [0.05, -0.1, 1.2, -1.3, 0.15]
        rollouts[owner.rollout].completion.logp[owner.token] =
          logp - (one.onPolicy ? 0 : shift[(owner.rollout + 2 * owner.token) % 5])
      }
    }
    let step = GRPOStep(
      variant: one.name.make(one.options), entropyCoefficient: one.entropy, temperature: 0.8,
      tokensPerBatch: 24)
    let batch = TinyPolicy.batch(rollouts)
    let found = try #require(
      step.gradient(
        rollouts, batch: batch, pool: pool, parameters: parameters, reference: reference,
        onPolicy: one.onPolicy))
    let gradient = found.gradient.values
    let frozen = start
    let references = pool.scores(packed.batches, reference, temperature: 0.8)

    /// The loss at other parameters. On policy the ratio is that to the policy at `start`; what CISPO holds constant
    /// is taken from there too.
    func loss(_ parameters: Parameters) -> Double {
      let scores = pool.scores(packed.batches, parameters, temperature: 0.8)
      var sum = 0.0
      for (batchIndex, owners) in packed.owners.enumerated() {
        var index = 0
        while index < owners.count {
          let member = owners[index].rollout
          let count = rollouts[member].completion.tokens.count
          func tokens(_ from: TokenScores) -> [LossToken] {
            (0..<count).map { place in
              LossToken(
                logp: from.logp[index + place], old: rollouts[member].completion.logp[place],
                reference: references[batchIndex].logp[index + place],
                advantage: Float(rollouts[member].advantage ?? 0), length: count)
            }
          }
          let now = tokens(scores[batchIndex]), then = tokens(frozen[batchIndex])
          let sequence = SequenceScores(now, estimator: one.options.klEstimator)
          let before = SequenceScores(then, estimator: one.options.klEstimator)
          for place in 0..<count {
            let term = step.variant.term(now[place], sequence, in: batch)
            var value = Double(term.loss)
            if one.name == .cispo {
              let held = min(
                step.variant.options.ratio(of: then[place], before), 1 + one.options.clipEpsilonHigh)
              let moving = min(term.ratio, 1 + one.options.clipEpsilonHigh)
              value -= Double((held - moving) * now[place].advantage * now[place].logp)
            }
            sum += value * term.weight
            sum -= Double(one.entropy * scores[batchIndex].entropy[index + place]) / Double(batch.tokens)
          }
          index += count
        }
      }
      return sum
    }

    // Along the gradient itself, and along halves of it that chance chooses: an error anywhere is seen by one of them.
    let values = parameters.buffer.values
    let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    try #require(norm > 1e-4)
    for seed in 0..<3 {
      var random = CounterRandom(seed: 4, seed)
      var direction = seed == 0 ? gradient : gradient.map { random.uniform() < 0.5 ? $0 : 0 }
      let length = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      direction = direction.map { $0 / Float(length) }
      let h = 3e-3
      let sides = [h, -h].map { step in
        for i in values.indices { parameters.buffer.start[i] = values[i] + Float(step) * direction[i] }
        parameters.changed()
        return loss(parameters)
      }
      let numeric = (sides[0] - sides[1]) / (2 * h)
      let analytic = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(numeric - analytic) < 0.02 * norm, "direction \(seed): \(numeric), not \(analytic)")
    }
    for i in values.indices { parameters.buffer.start[i] = values[i] }
    parameters.changed()
  }

  @Test("on policy the fast path and that of whole completions give the same gradient")
  func paths() throws {
    let parameters = TinyPolicy.parameters()
    let rollouts = TinyPolicy.rollouts([[1, 0, 0.5], [0, 1, 1]])
    let packed = PackedRollouts(rollouts, tokensPerBatch: 1000)
    let pool = TinyPolicy.pool()
    let each = pool.gradient(packed.batches, parameters) { _, index, logp in logp * Float(index) }
    let first = each.gradient.values
    let together = pool.gradient(packed.batches, parameters) { _, logp in
      logp.enumerated().map { $1 * Float($0) }
    }
    #expect(first == together.gradient.values && each.scores[0].logp == together.scores[0].logp)
  }

  @Test("gradients of the domains add up to that of all")
  func parts() throws {
    let parameters = TinyPolicy.parameters()
    let rollouts = TinyPolicy.rollouts([[1, 0, 0.5], [0, 1, 1]])
    let batch = TinyPolicy.batch(rollouts)
    let step = GRPOStep(variant: DAPOLoss(LossOptions()), temperature: 1, tokensPerBatch: 64)
    let pool = TinyPolicy.pool()
    func gradient(_ part: [Rollout]) throws -> [Float] {
      try #require(
        step.gradient(
          part, batch: batch, pool: pool, parameters: parameters, reference: nil, onPolicy: true)
      ).gradient.values
    }
    let all = try gradient(rollouts)
    let parts = try ["math", "logic"].map { domain in
      try gradient(rollouts.filter { $0.problem.domain == domain })
    }
    let size = all.map { abs($0) }.max() ?? 0
    for i in all.indices { #expect(abs(parts[0][i] + parts[1][i] - all[i]) < 1e-4 * size) }
  }
}

@Test("the entropy's gradient of a row of logits agrees with finite differences", arguments: [Float(1), 0.7])
func entropyGradient(temperature: Float) {
  let logits: [Float] = [0.3, -1.2, 2.1, 0.4, -0.6]
  func row(_ values: [Float]) -> LogSoftmax.Row {
    values.withUnsafeBufferPointer {
      LogSoftmax.row($0.baseAddress!, count: 5, inverseTemperature: 1 / temperature)
    }
  }
  var gradient = logits
  gradient.withUnsafeMutableBufferPointer {
    LogSoftmax.backward(
      $0.baseAddress!, count: 5, target: 1, coefficient: 0.4, entropyCoefficient: -0.7,
      inverseTemperature: 1 / temperature, row: row(logits))
  }
  for i in 0..<5 {
    func value(_ step: Float) -> Float {
      var moved = logits
      moved[i] += step
      let at = row(moved)
      return 0.4 * (moved[1] / temperature - at.logSumExp) - 0.7 * at.entropy
    }
    #expect(abs((value(1e-2) - value(-1e-2)) / 2e-2 - gradient[i]) < 1e-3)
  }
}
