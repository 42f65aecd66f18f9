import Foundation
import Testing

@testable import Policy

@Suite("Checkpoints: GGUF")
struct CheckpointGGUFTests {
  static let file = Golden.path("quantised/model.gguf")

  @Test("weights of each type, against the gguf package")
  func weights() throws {
    let checkpoint = try Checkpoint.load(Self.file)
    let expected = try SafetensorsFile(Golden.path("quantised/expected.safetensors"))
    #expect(checkpoint.tensors.keys.sorted() == expected.names)
    for (name, tensor) in checkpoint.tensors {
      var values = tensor.values
      // Of the two matrices of the vocabulary the first and last four rows are kept.
      if tensor.shape == [262, 256] { values = Array(values.prefix(1024) + values.suffix(1024)) }
      let wanted = try expected.tensor(name).values
      #expect(values.count == wanted.count)
      let scale = wanted.reduce(0) { max($0, abs($1)) }
      // Two or three roundings of fp32 apart: the package may multiply in another order.
      let worst = zip(values, wanted).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(worst <= scale * 3e-7, "\(name): \(worst)")
    }
  }

  @Test("shape and tokenizer from the metadata")
  func metadata() throws {
    let checkpoint = try Checkpoint.load(Self.file)
    #expect(
      checkpoint.config
        == ModelConfig(
          vocabularySize: 262, hiddenSize: 256, intermediateSize: 32, layers: 1, heads: 4, keyValueHeads: 2,
          headDimension: 8, ropeTheta: 50_000, rmsNormEpsilon: 1e-6, tieWordEmbeddings: false,
          maxPositions: 64, bosToken: 1, eosTokens: [2]))
    let tokenizer = checkpoint.tokenizer
    #expect(tokenizer.encode(" the", allowSpecial: true) == [261])
    #expect(tokenizer.encode("<|im_start|>", allowSpecial: true) == [1])
    #expect(tokenizer.padToken == 0)
    let text = try tokenizer.render([ChatMessage(role: "user", content: "hi")], addGenerationPrompt: true)
    #expect(text == "user: hi<|im_end|>")
  }

  @Test("written as a Hugging Face folder and read again")
  func writing() throws {
    let checkpoint = try Checkpoint.load(Self.file)
    try Golden.withFolder { folder in
      try checkpoint.write(to: folder + "/model")
      let again = try Checkpoint.load(folder + "/model")
      #expect(again.config == checkpoint.config)
      #expect(again.tensors == checkpoint.tensors)
      #expect(again.tokenizer.chatTemplate == checkpoint.tokenizer.chatTemplate)
      #expect(
        again.tokenizer.encode(" the hé<|im_end|>", allowSpecial: true)
          == checkpoint.tokenizer.encode(" the hé<|im_end|>", allowSpecial: true))
    }
  }

  @Test(
    "SmolLM2: shape and weights (its GGUF file comes from tools/smollm2.sh)",
    .enabled(if: Golden.smollm2 != nil))
  func smollm2() throws {
    let checkpoint = try Checkpoint.load(try #require(Golden.smollm2))
    #expect(
      checkpoint.config
        == ModelConfig(
          vocabularySize: 49152, hiddenSize: 576, intermediateSize: 1536, layers: 30, heads: 9,
          keyValueHeads: 3, headDimension: 64, ropeTheta: 100_000, rmsNormEpsilon: 1e-5,
          tieWordEmbeddings: true, maxPositions: 8192, bosToken: 1, eosTokens: [2]))
    #expect(checkpoint.tensors.count == 272)
    let text = try checkpoint.tokenizer.render(
      [ChatMessage(role: "user", content: "Hi")], addGenerationPrompt: true)
    #expect(text.hasSuffix("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"))
  }

  @Test(
    "what isn't supported is said",
    arguments: [
      ("GGUF", "GGUX", "doesn't begin"), ("\u{5}\0\0\0\0\0\0\0llama", "\u{5}\0\0\0\0\0\0\0gemma", "gemma"),
      ("smollm", "smolln", "smolln"), ("gpt2", "bert", "bert"), ("Ġt he", "Ġt hq", "Merge 2"),
      ("llama.block_count", "llama.black_count", "block_count"), ("blk.0.attn_k", "blk.0.attn_x", "attn_k"),
    ])
  func unsupported(original: String, changed: String, message: String) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.file)))
    let place = try #require(bytes.firstRange(of: Array(original.utf8)))
    bytes.replaceSubrange(place, with: Array(changed.utf8))
    try Golden.withFolder { folder in
      let path = folder + "/model.gguf"
      try Data(bytes).write(to: URL(filePath: path))
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.load(path) }
      #expect(error?.file == path)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }
}
