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

@Suite("Checkpoints: broken files")
struct CheckpointFuzzTests {
  /// SplitMix64 (Steele, Lea, Flood 2014).
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  /// Loads `file` in many broken forms: none may crash, and each error must name the file.
  /// - Parameters:
  ///   - header: bytes from the start that are changed; what follows is numbers.
  private func fuzz(
    _ file: String, header: Int, rounds: Int, seed: UInt64, load: (String) throws -> Void
  ) throws -> (errors: Int, loaded: Int) {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: file)))
    let header = min(header, whole.count)
    var random = Random(state: seed)
    var (errors, loaded) = (0, 0)
    try Golden.withFolder { folder in
      let path = folder + "/" + URL(filePath: file).lastPathComponent
      for round in 0..<rounds {
        var bytes = whole
        switch round % 4 {
        case 0:
          bytes.removeLast(Int.random(in: 1...(round % 8 == 0 ? whole.count : 64), using: &random))
        case 1:
          for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: 0..<header, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          }
        case 2:
          let place = Int.random(in: 0..<header - 8, using: &random)
          let edge: [UInt64] = [0, 1, .max, 1 << 63, 1 << 31, UInt64(whole.count), 0x7fff_ffff_ffff_fff8]
          withUnsafeBytes(of: edge.randomElement(using: &random) ?? 0) {
            bytes.replaceSubrange(place..<place + 8, with: $0)
          }
        default:
          let place = Int.random(in: 0..<header, using: &random)
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        try Data(bytes).write(to: URL(filePath: path))
        do {
          try load(path)
          loaded += 1
        } catch let error as CheckpointError {
          errors += 1
          #expect(error.file == path, "\(error)")
          #expect(error.message.count > 20, "\(error)")
        }
      }
    }
    return (errors, loaded)
  }

  @Test("GGUF")
  func gguf() throws {
    let (errors, loaded) = try fuzz(CheckpointGGUFTests.file, header: 10_500, rounds: 600, seed: 1) {
      _ = try Checkpoint.load($0)
    }
    // Flips in the text of a token are no errors; flips in lengths and types are.
    #expect(errors > 200, "\(errors) errors, \(loaded) loaded")
    #expect(loaded > 20, "\(errors) errors, \(loaded) loaded")
  }

  @Test("safetensors")
  func safetensors() throws {
    let file = Golden.path("tiny-tied/model.safetensors")
    let config = try ModelConfig(jsonFile: Golden.path("tiny-tied/config.json"))
    let (errors, loaded) = try fuzz(file, header: 2_000, rounds: 600, seed: 2) { path in
      let file = try SafetensorsFile(path)
      for name in file.names { _ = try file.tensor(name) }
      _ = try Checkpoint.weights(folder: URL(filePath: path).deletingLastPathComponent().path, config)
    }
    #expect(errors > 300, "\(errors) errors, \(loaded) loaded")
  }

  @Test("tokenizer.json", arguments: [("smollm", 80), ("llama-2", 40)])
  func tokenizer(name: String, least: Int) throws {
    let file = Golden.path("tokenizers/\(name)/tokenizer.json")
    let (errors, _) = try fuzz(file, header: 50_000, rounds: 200, seed: 3) { path in
      let folder = URL(filePath: path).deletingLastPathComponent().path
      _ = try Tokenizer(folder: folder).encode("the text", allowSpecial: true)
    }
    #expect(errors > least, "\(errors) errors")
  }

  @Test("the vocabulary of a GGUF file, with scores")
  func vocabulary() throws {
    let (errors, _) = try fuzz(
      Golden.path("tokenizers/llama-2/model.gguf"), header: 22_000, rounds: 400, seed: 4
    ) { path in
      let tokenizer = try GGUFFile(path).tokenizer()
      _ = tokenizer.decode(tokenizer.encode("the text, 東", allowSpecial: true), skipSpecialTokens: false)
    }
    #expect(errors > 100, "\(errors) errors")
  }
}
