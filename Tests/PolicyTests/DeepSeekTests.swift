import AssayNumerics
import Foundation
import Testing

@testable import Policy

@Suite("DeepSeek-V3")
struct DeepSeekTests {
  private static let path = Golden.path("architectures/deepseek-v3")

  private static func parameters() throws -> Parameters {
    try Parameters(try CheckpointTests.tiny("architectures/deepseek-v3"))
  }

  @Test("config.json of transformers")
  func config() throws {
    let latent = LatentSizes(queryRank: 12, keyValueRank: 10, nope: 6, rope: 4, value: 8)
    #expect(
      try ModelConfig(jsonFile: Self.path + "/config.json")
        == ModelConfig(
          family: .deepseekV3, vocabularySize: 64, hiddenSize: 24, intermediateSize: 40, layers: 3, heads: 4,
          keyValueHeads: 4, headDimension: 10, ropeTheta: 10_000, rmsNormEpsilon: 1e-6,
          tieWordEmbeddings: false, maxPositions: 64, bosToken: 1, eosTokens: [2], latent: latent,
          mixture: MixtureSizes(
            denseLayers: 1, experts: 8, chosen: 3, groups: 4, groupsChosen: 2, width: 8, shared: 1,
            isNormalised: true, scale: 2.5)))
    let direct = try ModelConfig(jsonFile: Self.path + "-direct/config.json")
    #expect(direct.latent?.queryRank == nil && direct.latent?.rotatesNeighbours == false)
    #expect(direct.mixture?.sharedWidth == 12 && direct.mixture?.isNormalised == false)
  }

  @Test(
    "a config.json that isn't supported",
    arguments: [
      (#""rope_type": "default""#, #""rope_type": "yarn""#, "scaled by “yarn”, which is not supported"),
      (#""n_group": 4"#, #""n_group": 4, "scoring_func": "softmax""#, "scoring_func “softmax”"),
      (#""n_group": 4"#, #""n_group": 4, "topk_method": "greedy""#, "topk_method “greedy”"),
      (#""n_group": 4"#, #""n_group": 4, "moe_layer_freq": 2"#, "moe_layer_freq 2"),
      (#""n_group": 4"#, #""n_group": 3"#, "in n_group 3 groups"),
      (#""n_group": 4"#, #""n_group": 8"#, "in n_group 8 groups"),
      (#""topk_group": 2"#, #""topk_group": 5"#, "topk_group is 5, not within 1...4"),
      (#""topk_group": 2"#, #""topk_group": 1"#, "num_experts_per_tok 3 is more"),
      (#""n_routed_experts": 8"#, #""n_routed_experts": 99999"#, "n_routed_experts is 99999"),
      (#""first_k_dense_replace": 1"#, #""first_k_dense_replace": 4"#, "first_k_dense_replace is 4"),
      (#""n_shared_experts": 1"#, #""n_shared_experts": 0"#, "n_shared_experts is 0"),
      (#""qk_rope_head_dim": 4"#, #""qk_rope_head_dim": 3"#, "odd"),
      (#""qk_nope_head_dim": 6"#, #""qk_nope_head_dim": 9e18"#, "qk_nope_head_dim is"),
      (#""kv_lora_rank": 10"#, #""kv_lora_rank": null"#, "kv_lora_rank"),
      (#""num_key_value_heads": 4"#, #""num_key_value_heads": 2"#, "num_key_value_heads 2"),
      (#""attention_bias": false"#, #""attention_bias": true"#, "attention_bias"),
    ])
  func unsupported(original: String, changed: String, message: String) throws {
    let text = try String(contentsOfFile: Self.path + "/config.json", encoding: .utf8)
    #expect(text.contains(original))
    try Golden.withFolder { folder in
      let path = folder + "/config.json"
      try text.replacing(original, with: changed).write(toFile: path, atomically: true, encoding: .utf8)
      let error = #expect(throws: CheckpointError.self) { try ModelConfig(jsonFile: path) }
      #expect(error?.file == path)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test("GGUF has no place for it", arguments: ["", "-direct"])
  func gguf(variant: String) throws {
    let checkpoint = try CheckpointTests.whole("architectures/deepseek-v3" + variant)
    try Golden.withFolder { folder in
      let path = folder + "/model.gguf"
      let error = #expect(throws: CheckpointError.self) { try checkpoint.writeGGUF(to: path) }
      #expect(error?.message.hasSuffix("has no name in GGUF. Write a Hugging Face folder instead.") == true)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("the bias of the choice is stored, and is no parameter that is trained")
  func bias() throws {
    let parameters = try Self.parameters()
    let untrained = parameters.layout.entries.filter { !$0.isTrained }
    #expect(untrained.map(\.name) == [1, 2].map { "model.layers.\($0).mlp.gate.e_score_correction_bias" })
    for entry in untrained {
      #expect((0..<entry.count).contains { parameters.buffer.start[entry.offset + $0] != 0 })
    }
  }

  @Test("each token goes to as many experts as it may, in layers that have some, and is counted once")
  func loads() throws {
    let parameters = try Self.parameters()
    let decoder = Decoder(parameters.config, lane: Lane(threads: 2))
    var batch = PackedBatch()
    batch.append((0..<20).map { Int32($0) }, scoring: 1..<20)
    #expect(decoder.takeExpertLoads() == [[], [], []])
    _ = decoder.scores(batch, parameters)
    #expect(decoder.takeExpertLoads() == [[], [], []])
    let gradient = FloatBuffer(count: parameters.layout.count)
    for _ in 0..<2 { _ = decoder.accumulateGradient(batch, parameters, into: gradient) { _, _ in 1 } }
    let loads = decoder.takeExpertLoads()
    #expect(loads.map { $0.reduce(0, +) } == [0, 2 * 20 * 3, 2 * 20 * 3])
    #expect(loads.map(\.count) == [0, 8, 8])
    let pool = DecoderPool(parameters.config, threads: 2, slots: 2)
    _ = pool.gradient([batch, batch], parameters) { _, _, _ in 1 }
    #expect(pool.takeExpertLoads() == loads)
    #expect(pool.takeExpertLoads() == [[], [], []])
  }

  @Test("the bias moves by the rate, away from experts with more than their share")
  func balance() throws {
    let parameters = try Self.parameters()
    let before = parameters.buffer.values
    parameters.balanceExperts(loads: [[], [9, 3, 5, 5, 5, 6, 7, 0], []], rate: 0.125)
    let entry = try #require(parameters.layout.entries.first { !$0.isTrained })
    let after = parameters.buffer.values
    let moved = entry.range.map { after[$0] - before[$0] }
    #expect(zip(moved, [-1, 1, 0, 0, 0, -1, -1, 1]).allSatisfy { abs($0 - 0.125 * $1) < 1e-6 })
    #expect(before.indices.allSatisfy { entry.range.contains($0) || before[$0] == after[$0] })
  }

  @Test("balancing evens the loads of a model that it is given")
  func balancing() throws {
    let parameters = try Self.parameters()
    let decoder = Decoder(parameters.config, lane: Lane(threads: 2))
    var batch = PackedBatch()
    for start in 0..<6 { batch.append((0..<60).map { Int32((start + $0 * 7) % 64) }, scoring: 1..<60) }
    let gradient = FloatBuffer(count: parameters.layout.count)
    func spread() -> [Double] {
      _ = decoder.accumulateGradient(batch, parameters, into: gradient) { _, _ in 0 }
      let loads = decoder.takeExpertLoads()
      parameters.balanceExperts(loads: loads, rate: 0.01)
      return loads.dropFirst().map { loads in
        Double(loads.max() ?? 0) * Double(loads.count) / Double(loads.reduce(0, +))
      }
    }
    let first = spread()
    for _ in 0..<60 { _ = spread() }
    let last = spread()
    for (first, last) in zip(first, last) { #expect(last < 1.2 && first > 1.4, "\(first) → \(last)") }
  }
}
