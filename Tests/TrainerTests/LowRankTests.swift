import AssayNumerics
import Policy
import Testing

@testable import Trainer

private let config = ModelConfig(
  vocabularySize: 40, hiddenSize: 24, intermediateSize: 40, layers: 2, heads: 4, keyValueHeads: 2,
  maxPositions: 64)
private let lane = Lane(threads: 2)

private func recipe(rank: Int, targets: [String] = ["q_proj", "down_proj"]) -> LowRankRecipe {
  var recipe = LowRankRecipe()
  (recipe.rank, recipe.alpha, recipe.targetModules) = (rank, 6, targets)
  return recipe
}

private let batch = {
  var batch = PackedBatch()
  batch.append((0..<20).map { Int32(($0 * 7 + 3) % 40) }, scoring: 1..<20)
  return batch
}()

private func loss(_ parameters: Parameters, _ decoder: Decoder) -> Double {
  -decoder.scores(batch, parameters).logp.reduce(0.0) { $0 + Double($1) } / 19
}

private func gradient(_ parameters: Parameters, _ decoder: Decoder) -> FloatBuffer {
  let gradient = FloatBuffer(count: parameters.layout.count)
  _ = decoder.accumulateGradient(batch, parameters, into: gradient) { _, _ in -1 / 19 }
  return gradient
}

@Suite("Low-rank adapters in training")
struct LowRankTests {
  @Test("at the start the policy is what it was")
  func start() throws {
    let parameters = Parameters(initialising: config, seed: 1), before = parameters.buffer.values
    let factors = try LowRankFactors(parameters, recipe(rank: 3), seed: 2, lane: lane)
    factors.merge(into: parameters)
    #expect(parameters.buffer.values == before)
    #expect(factors.values.values.contains { $0 != 0 })
  }

  @Test("the factors' gradients agree with finite differences")
  func gradients() throws {
    let parameters = Parameters(initialising: config, seed: 1)
    let decoder = Decoder(config, lane: lane)
    let factors = try LowRankFactors(parameters, recipe(rank: 3), seed: 2, lane: lane)
    // B away from zero, or A would have no gradient.
    for i in 0..<factors.values.count where factors.values.start[i] == 0 {
      factors.values.start[i] = Float(i % 7 - 3) * 0.02
    }
    factors.merge(into: parameters)
    factors.project(gradient(parameters, decoder))
    let size = factors.gradient.values.map { abs($0) }.max() ?? 0
    for i in stride(from: 0, to: factors.values.count, by: 97) {
      let kept = factors.values.start[i], step: Float = 1e-2
      let sides = [kept + step, kept - step].map { value in
        factors.values.start[i] = value
        factors.merge(into: parameters)
        return loss(parameters, decoder)
      }
      factors.values.start[i] = kept
      let numeric = (sides[0] - sides[1]) / Double(2 * step)
      #expect(abs(numeric - Double(factors.gradient.start[i])) < 0.02 * Double(size))
    }
  }

  @Test("training moves the adapted matrices only, by a matrix of that rank, and lowers the loss")
  func training() throws {
    let parameters = Parameters(initialising: config, seed: 1), before = parameters.buffer.values
    let decoder = Decoder(config, lane: lane)
    let factors = try LowRankFactors(parameters, recipe(rank: 2), seed: 2, lane: lane)
    let optimizer = PolicyOptimizer(
      parameters.layout, OptimizerRecipe(learningRate: 1e-2, schedule: .constant, finalLearningRateRatio: 1),
      factors: factors)
    let first = loss(parameters, decoder)
    for _ in 0..<60 {
      _ = optimizer.step(
        parameters, gradient: gradient(parameters, decoder), learningRate: 1e-2, weightDecay: 0,
        maxGradNorm: 1,
        lane: lane)
    }
    #expect(loss(parameters, decoder) < first - 0.5)
    for entry in parameters.layout.entries {
      let moved = entry.range.contains { parameters.buffer.start[$0] != before[$0] }
      let adapted = entry.name.hasSuffix("q_proj.weight") || entry.name.hasSuffix("down_proj.weight")
      #expect(moved == adapted, "\(entry.name)")
    }
    // Merged by the reader of peft's files, the adapter gives the same weights.
    let adapter = factors.adapter(baseModel: "tiny")
    let pair = try #require(adapter.pairs["model.layers.1.self_attn.q_proj"])
    let entry = try #require(
      parameters.layout.entries.first { $0.name == "model.layers.1.self_attn.q_proj.weight" })
    for row in [0, 5, 23] {
      for column in [0, 11, 23] {
        let sum = (0..<2).reduce(0.0) {
          $0 + Double(pair.up.values[row * 2 + $1]) * Double(pair.down.values[$1 * 24 + column])
        }
        let at = entry.offset + row * 24 + column
        let expected = Double(before[at]) + adapter.scale * sum
        #expect(abs(Double(parameters.buffer.start[at]) - expected) < 1e-5)
      }
    }
  }

  @Test("no layer of those names is an error that says which there are")
  func nothing() {
    let parameters = Parameters(initialising: config, seed: 1)
    let error = #expect(throws: TrainingError.self) {
      try LowRankFactors(parameters, recipe(rank: 2, targets: ["query"]), seed: 2, lane: lane)
    }
    #expect(error?.message.contains("q_proj") == true)
  }
}
