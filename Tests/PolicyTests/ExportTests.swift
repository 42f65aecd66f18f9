import AssayNumerics
import Foundation
import Testing

@testable import Policy

/// Writes what tools/check_exports.py reads with `transformers`, `gguf` and `peft`: a folder for each model, with a
/// Hugging Face folder, GGUF files of each type, an adapter, and the logits of the decoder here.
@Suite("Exports for tools/check_exports.py", .enabled(if: Exports.folder != nil))
struct ExportTests {
  @Test("the tiny model of the GGUF tests, and SmolLM2 where it is")
  func write() throws {
    let folder = try #require(Exports.folder)
    try export(CheckpointGGUFTests.file, to: folder + "/tiny")
    if let smollm2 = Golden.smollm2 { try export(smollm2, to: folder + "/smollm2") }
  }

  private func export(_ source: String, to folder: String) throws {
    let checkpoint = try Checkpoint.load(source)
    try checkpoint.write(to: folder + "/model")
    for type in Checkpoint.GGUFType.allCases {
      try checkpoint.writeGGUF(to: folder + "/\(type.rawValue).gguf", type: type)
    }
    let adapter = adapter(for: checkpoint.config)
    try adapter.write(to: folder + "/adapter")
    let text = " the hé the<|im_end|> 12\n"
    let ids = checkpoint.tokenizer.encode(text, allowSpecial: true)
    let expected = [
      "ids": HostTensor(shape: [ids.count], values: ids.map { Float($0) }),
      "logits": try logits(checkpoint, ids), "adapted": try logits(try adapter.merged(into: checkpoint), ids),
    ]
    let file = try WrittenFile(folder + "/expected.safetensors")
    let shapes = expected.map { (name: $0.key, shape: $0.value.shape) }.sorted { $0.name < $1.name }
    try SafetensorsFile.write(shapes, .float32, to: file) { expected[$0]?.values ?? [] }
    try text.write(toFile: folder + "/text.txt", atomically: true, encoding: .utf8)
  }

  private func logits(_ checkpoint: Checkpoint, _ ids: [Int32]) throws -> HostTensor {
    let decoder = Decoder(checkpoint.config, lane: Lane(threads: 2))
    let values = decoder.logits(ids, try Parameters(checkpoint))
    return HostTensor(shape: [ids.count, checkpoint.config.vocabularySize], values: Array(values))
  }

  private func adapter(for config: ModelConfig) -> LowRankAdapter {
    let rank = 3
    var random = CounterRandom(seed: 11)
    func factor(_ shape: Int...) -> HostTensor {
      let values = (0..<shape[0] * shape[1]).map { _ in Float(random.uniform() - 0.5) / 8 }
      return HostTensor(shape: shape, values: values)
    }
    var pairs: [String: LowRankAdapter.Pair] = [:]
    for layer in 0..<config.layers {
      let name = "model.layers.\(layer)."
      pairs[name + "self_attn.q_proj"] = .init(
        down: factor(rank, config.hiddenSize), up: factor(config.heads * config.headDimension, rank))
      pairs[name + "mlp.down_proj"] = .init(
        down: factor(rank, config.intermediateSize), up: factor(config.hiddenSize, rank))
    }
    return LowRankAdapter(rank: rank, alpha: 6, targetModules: ["q_proj", "down_proj"], pairs: pairs)
  }
}

private enum Exports {
  static let folder = ProcessInfo.processInfo.environment["ASSAY_EXPORTS"]
}
