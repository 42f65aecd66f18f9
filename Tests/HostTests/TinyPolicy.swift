import AssayNumerics
import Foundation
import Policy

/// A model of random weights that fits a test: bytes, a chat template, 96 positions.
enum TinyPolicy {
  static func checkpoint() -> Checkpoint {
    let tokenizer = Tokenizer.byteLevel(
      specialTokens: ["<|end|>", "<|user|>", "<|assistant|>"], words: ["the", " the"],
      chatTemplate: "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}<|assistant|>",
      eos: "<|end|>")
    let config = ModelConfig(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 64, layers: 2, heads: 4,
      keyValueHeads: 2, maxPositions: 96, eosTokens: tokenizer.eosTokens.map(Int.init))
    let parameters = Parameters(initialising: config, seed: 5)
    return parameters.checkpoint(tokenizer: tokenizer)
  }

  /// - Returns: the path of its Hugging Face folder.
  static func write(in folder: URL) throws -> String {
    let place = folder.appending(path: "model").path
    try checkpoint().write(to: place)
    return place
  }

  /// An adapter of rank 2 for the query of the first layer.
  static func adapter() -> LowRankAdapter {
    func factor(_ rows: Int, _ columns: Int) -> HostTensor {
      HostTensor(shape: [rows, columns], values: (0..<rows * columns).map { Float($0 % 7) / 8 - 0.5 })
    }
    return LowRankAdapter(
      rank: 2, alpha: 4, targetModules: ["q_proj"],
      pairs: ["model.layers.0.self_attn.q_proj": .init(down: factor(2, 32), up: factor(32, 2))])
  }
}
