import AssayNumerics
import Policy
import Testing
import Trainer

@Suite("Optimiser of the policy") struct PolicyOptimizerTests {
  @Test("every parameter moves but the bias of the experts' choice, which neither a gradient nor decay moves")
  func untrained() throws {
    let config = ModelConfig(
      family: .deepseekV3, vocabularySize: 8, hiddenSize: 8, intermediateSize: 8, layers: 2, heads: 2,
      keyValueHeads: 2, headDimension: 6,
      latent: LatentSizes(queryRank: 4, keyValueRank: 4, nope: 4, rope: 2, value: 4),
      mixture: MixtureSizes(denseLayers: 1, experts: 4, chosen: 2, width: 4))
    let parameters = Parameters(config)
    for i in 0..<parameters.buffer.count { parameters.buffer.start[i] = 1 }
    let gradient = FloatBuffer(copying: Array(repeating: 1, count: parameters.buffer.count))
    let recipe = OptimizerRecipe(learningRate: 0.1, schedule: .constant, finalLearningRateRatio: 1)
    _ = PolicyOptimizer(parameters.layout, recipe).step(
      parameters, gradient: gradient, learningRate: 0.1, weightDecay: 0.1, maxGradNorm: 0,
      lane: Lane(threads: 1))
    let values = parameters.buffer.values
    for entry in parameters.layout.entries {
      let isBias = entry.name == "model.layers.1.mlp.gate.e_score_correction_bias"
      #expect(entry.isTrained != isBias)
      #expect(values[entry.range].allSatisfy { ($0 == 1) == isBias }, "\(entry.name)")
    }
  }
}
