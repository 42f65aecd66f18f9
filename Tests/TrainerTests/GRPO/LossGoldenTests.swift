import Foundation
import Testing

@testable import Trainer

/// What TRL says of the same numbers: tools/golden_losses.py.
private struct Golden: Decodable {
  let trl: String
  let limit: Int
  let lengths: [Int]
  let advantages: [Float]
  let logp, old, reference, entropy: [[Float]]
  let cases: [Case]

  struct Case: Decodable {
    let options: Options
    let policy_loss: Double
    let gradient: [[Double]]
    let entropy_gradient: [[Double]]?
    let metrics: [String: Double]
  }

  struct Options: Decodable {
    let loss_type, importance_sampling_level: String
    let epsilon, epsilon_high, beta, entropy_coef: Double
    let delta: Double?
    let use_bias_correction_kl, on_policy: Bool
    let masked: [Int]
    let num_items_in_batch: Int?
    let steps_per_generation: Int
  }

  static let shared: Golden = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/losses.json")
    guard let data = try? Data(contentsOf: file),
      let golden = try? JSONDecoder().decode(Golden.self, from: data)
    else { fatalError("Golden/losses.json can't be read: run tools/golden_losses.py") }
    return golden
  }()
}

@Suite("Losses, against TRL's") struct LossGoldenTests {
  @Test("every case has TRL's loss, gradient and metrics", arguments: Golden.shared.cases.indices)
  func agreement(_ index: Int) throws {
    let golden = Golden.shared
    let one = golden.cases[index], given = one.options
    let name = try #require(GRPOLossName(rawValue: given.loss_type))
    let level = try #require(ImportanceSamplingLevel(rawValue: given.importance_sampling_level))
    // TRL's epsilon_high of CISPO is the bound itself.
    let high = name == .cispo ? given.epsilon_high - 1 : given.epsilon_high
    let options = LossOptions(
      clipEpsilonLow: Float(given.epsilon), clipEpsilonHigh: Float(high),
      clipRatioC: given.delta.map { Float($0) },
      klCoefficient: Float(given.beta), biasCorrectedKL: given.use_bias_correction_kl, level: level)
    let variants =
      name == .grpo && level == .sequence ? [name.make(options), GSPOLoss(options)] : [name.make(options)]
    let kept = golden.lengths.indices.filter { !given.masked.contains($0) }
    let tokens = kept.reduce(0) { $0 + golden.lengths[$1] }
    let batch = LossBatch(
      completions: golden.lengths.count, tokens: tokens, rolloutTokens: given.num_items_in_batch ?? tokens,
      minibatches: given.steps_per_generation, maxCompletionTokens: golden.limit)
    for variant in variants {
      var loss = 0.0
      var metrics = GRPOStepMetrics()
      for row in kept {
        let tokens = golden.lengths[row]
        let members = (0..<tokens).map { place in
          LossToken(
            logp: golden.logp[row][place], old: given.on_policy ? nil : golden.old[row][place],
            reference: given.beta > 0 ? golden.reference[row][place] : nil,
            advantage: golden.advantages[row], length: tokens)
        }
        let sequence =
          variant.needsSequence(onPolicy: given.on_policy) ? SequenceScores(members, estimator: .k3) : nil
        let terms = members.map { variant.term($0, sequence, in: batch) }
        for (place, term) in terms.enumerated() {
          loss += Double(term.loss) * term.weight
          let slope = Double(term.slope) * term.weight
          #expect(
            abs(slope - one.gradient[row][place]) < 2e-6, "row \(row), token \(place): \(slope), \(given)")
          if let gradient = one.entropy_gradient {
            #expect(abs(-given.entropy_coef / Double(batch.tokens) - gradient[row][place]) < 1e-9)
          }
        }
        metrics.add(
          terms, logp: golden.logp[row], entropy: golden.entropy[row], old: golden.old[row], level: level)
      }
      #expect(
        abs(loss - one.policy_loss) < 2e-6 * max(1, abs(loss)), "\(loss), not \(one.policy_loss): \(given)")
      #expect(abs(metrics.policyLoss - loss) < 1e-12)
      for (name, value) in metrics.values(norm: 0, loss: name) {
        guard let expected = one.metrics[name], name != "policy_loss" else { continue }
        // TRL counts masked completions where the ratio is that of a completion, and logs the corrected KL.
        if level == .sequence && !given.masked.isEmpty || name == "kl" && given.use_bias_correction_kl {
          continue
        }
        if (name.hasSuffix("_min") || name.hasSuffix("_max")) && !given.masked.isEmpty { continue }
        #expect(abs(value - expected) < 1e-6, "\(name) \(value), not \(expected): \(given)")
      }
    }
  }

  @Test("the file holds all variants that TRL has, and clips at both ends")
  func coverage() {
    let cases = Golden.shared.cases
    #expect(Set(cases.map(\.options.loss_type)) == ["grpo", "dr_grpo", "bnpo", "dapo", "cispo"])
    for name in ["clip_ratio/low_mean", "clip_ratio/high_mean", "cispo_clip_ratio"] {
      #expect(cases.contains { ($0.metrics[name] ?? 0) > 0 }, "\(name)")
    }
  }
}
