import Foundation
import Testing

@testable import Trainer

private let options = LossOptions(clipEpsilonLow: 0.2, clipEpsilonHigh: 0.3, clipRatioC: 3)
private let batch = LossBatch(
  completions: 8, tokens: 60, rolloutTokens: 100, minibatches: 2, maxCompletionTokens: 100)

private func token(_ p: Double, _ old: Double?, _ advantage: Double, length: Int = 1) -> LossToken {
  LossToken(
    logp: Float(log(p)), old: old.map { Float(log($0)) }, reference: nil, advantage: Float(advantage),
    length: length)
}

private func isNear(_ a: Float, _ b: Double) -> Bool { abs(Double(a) - b) < 1e-5 * max(1, abs(b)) }

@Suite("Losses, by hand") struct LossTableTests {
  @Test(
    "the clipped objective",
    arguments: [
      // p, old p, advantage: loss, slope
      (1.0, 1.0, 2.0, -2.0, -2.0),
      (1.1, 1.0, 1.0, -1.1, -1.1),
      (1.5, 1.0, 1.0, -1.3, 0.0),  // clipped above
      (1.5, 1.0, -1.0, 1.5, 1.5),  // no clip: the minimum is the worse one
      (0.5, 1.0, -1.0, 0.8, 0.0),  // clipped below
      (0.5, 1.0, 1.0, -0.5, -0.5),
      (4.0, 1.0, -1.0, 3.0, 0.0),  // dual clip
      (4.0, 1.0, 1.0, -1.3, 0.0),
    ] as [(Double, Double, Double, Double, Double)])
  func clipped(p: Double, old: Double, advantage: Double, loss: Double, slope: Double) {
    let term = GRPOLoss(options).term(token(p, old, advantage), nil, in: batch)
    #expect(isNear(term.loss, loss) && isNear(term.slope, slope), "\(term)")
    #expect(term.clippedDual == (p == 4 && advantage < 0))
  }

  @Test(
    "the weight of a token of ten in each variant",
    arguments: [
      (.grpo, 1.0 / 80), (.drGRPO, 1.0 / 800), (.bnpo, 1.0 / 60), (.dapo, 2.0 / 100), (.gspo, 1.0 / 80),
      (.cispo, 2.0 / 100), (.r1, 1.0 / 8),
    ] as [(GRPOLossName, Double)])
  func weights(name: GRPOLossName, weight: Double) {
    #expect(abs(name.make(options).tokenWeight(length: 10, in: batch) - weight) < 1e-12)
  }

  @Test(
    "KL estimates and their slopes",
    arguments: [
      // reference − logp of ln 2: k1 −ln 2, k2 ½ ln² 2, k3 2 − ln 2 − 1
      (.k1, -0.693147, 1.0), (.k2, 0.240227, -0.693147), (.k3, 0.306853, -1.0),
    ] as [(KLEstimator, Double, Double)])
  func estimates(estimator: KLEstimator, value: Double, slope: Double) {
    let found = estimator.estimate(Float(log(2.0)))
    #expect(isNear(found.value, value) && isNear(found.slope, slope), "\(found)")
    #expect(estimator.estimate(0).value == 0)
  }

  @Test(
    "GSPO: the ratio of a completion is the geometric mean of its tokens', and each token has the same slope")
  func gspo() {
    // Ratios 4 and ¼·1.21: their geometric mean is 1.1, though both tokens alone would be clipped.
    let tokens = [token(0.8, 0.2, 1, length: 2), token(0.1 * 1.21, 0.4, 1, length: 2)]
    let sequence = SequenceScores(tokens, estimator: .k3)
    for one in tokens {
      let term = GSPOLoss(options).term(one, sequence, in: batch)
      #expect(isNear(term.ratio, 1.1) && isNear(term.loss, -1.1) && isNear(term.slope, -1.1))
    }
    let clipped = [token(0.8, 0.2, 1, length: 2), token(0.4, 0.4, 1, length: 2)]
    let far = SequenceScores(clipped, estimator: .k3)
    for one in clipped {
      let term = GSPOLoss(options).term(one, far, in: batch)
      #expect(isNear(term.ratio, 2) && isNear(term.loss, -1.3) && term.slope == 0 && term.clippedHigh)
    }
  }

  @Test("CISPO: what is clipped keeps its gradient, and there is no lower bound")
  func cispo() {
    let high = CISPOLoss(options).term(token(0.9, 0.3, 2), nil, in: batch)
    #expect(isNear(high.slope, -1.3 * 2) && isNear(high.loss, -1.3 * 2 * log(0.9)) && high.clippedHigh)
    let low = CISPOLoss(options).term(token(0.1, 0.4, -2), nil, in: batch)
    #expect(isNear(low.slope, 0.25 * 2) && !low.clippedLow)
  }

  @Test("R1: the ratio is the product, and the KL term that of the whole completion")
  func r1() {
    var options = LossOptions(clipEpsilonLow: 10, clipEpsilonHigh: 10, klCoefficient: 0.5)
    options.level = .sequence
    var tokens = [token(0.6, 0.3, 1, length: 2), token(0.3, 0.1, 1, length: 2)]
    // The reference gives the tokens half and a third of it: e^d is 1/6.
    for (index, factor) in [2.0, 3.0].enumerated() {
      tokens[index].reference = tokens[index].logp - Float(log(factor))
    }
    let sequence = SequenceScores(tokens, estimator: .k3)
    let kl = 1.0 / 6 + log(6.0) - 1
    for one in tokens {
      let term = R1Loss(options).term(one, sequence, in: batch)
      #expect(isNear(term.ratio, 6))
      #expect(isNear(term.loss, (-6 + 0.5 * kl) / 2))
      #expect(isNear(term.slope, -6 + 0.5 * (1 - 1.0 / 6)))
    }
  }

  @Test("which variants must see the whole completion before a slope is known")
  func needs() {
    let kl = LossOptions(klCoefficient: 0.1, level: .sequence)
    #expect(!GRPOLoss(options).needsSequence(onPolicy: false))
    #expect(GSPOLoss(options).needsSequence(onPolicy: false) && !GSPOLoss(kl).needsSequence(onPolicy: true))
    #expect(R1Loss(kl).needsSequence(onPolicy: true) && !R1Loss(options).needsSequence(onPolicy: true))
    var corrected = kl
    corrected.biasCorrectedKL = true
    #expect(GSPOLoss(corrected).needsSequence(onPolicy: true))
  }

  @Test(
    "the soft overlong penalty",
    arguments: [(80, 0.0), (81, 0.05), (90, 0.5), (100, 1.0)] as [(Int, Double)])
  func overlong(tokens: Int, expected: Double) {
    #expect(abs(overlongPenalty(tokens: tokens, limit: 100, buffer: 20, factor: 1) - expected) < 1e-12)
    #expect(overlongPenalty(tokens: tokens, limit: 100, buffer: 0, factor: 1) == 0)
    #expect(abs(overlongPenalty(tokens: tokens, limit: 100, buffer: 20, factor: 2) - 2 * expected) < 1e-12)
  }

  @Test("leave-one-out: each reward less the mean of the others; nil takes no part")
  func leaveOneOut() {
    let found = GroupAdvantages([[3, 1, nil, 2]], scale: .none, estimator: .rloo).advantages[0]
    #expect(found == [1.5, -1.5, nil, 0])
  }
}
