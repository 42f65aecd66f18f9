import Foundation
import Testing

@testable import Trainer

private let objective = ClippedObjective(epsilonLow: 0.2, epsilonHigh: 0.3, klCoefficient: 0.04)

@Test(
  "the clipped objective, by hand",
  arguments: [
    // p, old p, advantage: loss, slope
    (1.0, 1.0, 2.0, -2.0, -2.0),
    (1.1, 1.0, 1.0, -1.1, -1.1),
    (1.5, 1.0, 1.0, -1.3, 0.0),  // clipped above
    (1.5, 1.0, -1.0, 1.5, 1.5),  // no clip: the minimum is the worse one
    (0.5, 1.0, -1.0, 0.8, 0.0),  // clipped below
    (0.5, 1.0, 1.0, -0.5, -0.5),
  ] as [(Double, Double, Double, Double, Double)])
func clipped(p: Double, old: Double, advantage: Double, loss: Double, slope: Double) {
  let term = objective.term(
    logp: Float(log(p)), old: Float(log(old)), reference: nil, advantage: Float(advantage))
  #expect(abs(Double(term.loss) - loss) < 1e-5 && abs(Double(term.slope) - slope) < 1e-5, "\(term)")
}

@Test("slopes agree with finite differences, with the KL term")
func slopes() {
  for (logp, old, reference, advantage) in [
    (-1.0, -1.1, -1.4, 0.7), (-1.0, -1.05, -0.2, -1.3), (-3.0, -3.02, -3.0, 0.0), (-0.5, -1.5, -0.9, 1.0),
  ] as [(Float, Float, Float, Float)] {
    func loss(_ x: Float) -> Float {
      objective.term(logp: x, old: old, reference: reference, advantage: advantage).loss
    }
    let slope = objective.term(logp: logp, old: old, reference: reference, advantage: advantage).slope
    #expect(abs((loss(logp + 1e-2) - loss(logp - 1e-2)) / 2e-2 - slope) < 5e-3)
  }
}

@Test("k3 is 0 for equal policies and positive otherwise")
func k3() {
  #expect(objective.term(logp: -1, old: nil, reference: -1, advantage: 0).kl == 0)
  let kl = objective.term(logp: -1, old: nil, reference: -2, advantage: 0).kl
  #expect(abs(kl - (Foundation.exp(-1) + 1 - 1)) < 1e-6)
}

@Test(
  "the weight of a token of each variant",
  arguments: [(GRPOLossName.grpo, 1.0 / 80), (.drGRPO, 1.0 / 800), (.bnpo, 1.0 / 60), (.dapo, 2.0 / 100)]
    as [(GRPOLossName, Double)])
func weights(name: GRPOLossName, weight: Double) {
  let batch = LossBatch(
    completions: 8, tokens: 60, rolloutTokens: 100, minibatches: 2, maxCompletionTokens: 100)
  #expect(abs(name.variant.tokenWeight(length: 10, in: batch) - weight) < 1e-12)
}
