import Foundation
import Testing

@testable import Policy

@Suite("Checkpoints: writing GGUF")
struct GGUFWritingTests {
  private static let original = Result { try Checkpoint.load(CheckpointGGUFTests.file) }

  @Test("written and read again, in each type", arguments: Checkpoint.GGUFType.allCases)
  func roundTrip(type: Checkpoint.GGUFType) throws {
    let checkpoint = try Self.original.get()
    try Golden.withFolder { folder in
      let path = folder + "/deep/model.gguf"
      try checkpoint.writeGGUF(to: path, type: type)
      let again = try Checkpoint.load(path)
      #expect(again.config == checkpoint.config)
      #expect(again.tensors.keys == checkpoint.tensors.keys)
      for (name, tensor) in checkpoint.tensors {
        let read = try #require(again.tensors[name])
        #expect(read.shape == tensor.shape)
        switch type.type(of: tensor.shape) {
        case .f32: #expect(read == tensor, "\(name)")
        case .bf16:
          #expect(read.values == tensor.values.map { Float(SafetensorsFile.bfloat16($0), .bf16) }, "\(name)")
        default: #expect(steps(read.values, tensor.values) <= 0.57, "\(name)")
        }
      }
      let (one, other) = (again.tokenizer, checkpoint.tokenizer)
      #expect(one.chatTemplate == other.chatTemplate)
      #expect([one.bosToken, one.padToken] == [other.bosToken, other.padToken])
      let text = " the hé<|im_end|> 12"
      #expect(one.encode(text, allowSpecial: true) == other.encode(text, allowSpecial: true))
      #expect(one.encode(text, allowSpecial: false) == other.encode(text, allowSpecial: false))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/deep") == ["model.gguf"])
    }
  }

  /// Largest difference, in scales of a block of 32.
  private func steps(_ read: [Float], _ written: [Float]) -> Float {
    var worst: Float = 0
    for start in stride(from: 0, to: written.count, by: 32) {
      let block = start..<start + 32
      let scale = written[block].reduce(0) { max($0, abs($1)) } / 127
      let difference = zip(read[block], written[block]).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if difference > 0 { worst = max(worst, difference / scale) }
    }
    return worst
  }

  @Test("Q8_0 that the gguf package made is made again, byte for byte")
  func bytes() throws {
    let path = CheckpointGGUFTests.file
    let theirs = try GGUFFile(path)
    let embedding = try #require(theirs.tensors["token_embd.weight"])
    #expect(embedding.type == .q8_0)
    let values = try theirs.tensor("token_embd.weight").values
    #expect(WeightType.q8_0.stored(values) == Array(theirs.file.bytes[embedding.bytes]))
  }

  @Test("what Q8_0 can't hold is said, and no file is left")
  func unwritable() throws {
    let edges: [Float] = [.nan, .infinity, -.infinity, 1e38]
    for edge in edges { #expect(WeightType.q8_0.stored([edge] + Array(repeating: 1, count: 31)) == nil) }
    let small: [Float] = [.leastNormalMagnitude, -1e-9, 0, .leastNonzeroMagnitude]
    for edge in small {
      #expect(WeightType.q8_0.stored(Array(repeating: edge, count: 32)) == Array(repeating: 0, count: 34))
    }
    var checkpoint = try Self.original.get()
    checkpoint.tensors["model.layers.0.self_attn.o_proj.weight"]?.values[7] = .nan
    try Golden.withFolder { folder in
      let path = folder + "/model.gguf"
      let error = #expect(throws: CheckpointError.self) { try checkpoint.writeGGUF(to: path, type: .q8_0) }
      #expect(error?.message.contains("o_proj.weight holds numbers") == true)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
      checkpoint.tensors["model.norm.weight"] = nil
      let missing = #expect(throws: CheckpointError.self) { try checkpoint.writeGGUF(to: path) }
      #expect(missing?.message.contains("model.norm.weight is missing") == true)
      checkpoint = try Self.original.get()
      checkpoint.config.maxPositions = 1 << 33
      let shape = #expect(throws: CheckpointError.self) { try checkpoint.writeGGUF(to: path) }
      #expect(shape?.message.contains("all of the model's shape") == true)
      checkpoint.config.eosTokens = [0, 1, 2, 3]
      checkpoint.tokenizer.eosTokens = [0, 1, 2, 3]
      let ends = #expect(throws: CheckpointError.self) { try checkpoint.writeGGUF(to: path) }
      #expect(ends?.message.contains("3 tokens that end") == true)
    }
  }

  @Test(
    "a tokenizer of SentencePiece's kind has no name in GGUF that is written",
    arguments: ["llama-2", "gemma"])
  func sentencePiece(name: String) throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/" + name))
    let error = #expect(throws: CheckpointError.self) { try tokenizer.ggufMetadata(rows: 1, file: "x") }
    #expect(error?.message.contains("no name in GGUF") == true)
  }

  @Test("rows of the embedding without a token stay without one")
  func unusedRows() throws {
    var checkpoint = try Self.original.get()
    let width = checkpoint.config.hiddenSize
    checkpoint.config.vocabularySize += 5
    for name in ["model.embed_tokens.weight", "lm_head.weight"] {
      let values = try #require(checkpoint.tensors[name]).values + Array(repeating: 0.5, count: 5 * width)
      checkpoint.tensors[name] = HostTensor(shape: [values.count / width, width], values: values)
    }
    checkpoint.config.eosTokens = [2, 0]
    checkpoint.tokenizer.eosTokens = [2, 0]
    try Golden.withFolder { folder in
      try checkpoint.writeGGUF(to: folder + "/model.gguf", type: .float32)
      let again = try Checkpoint.load(folder + "/model.gguf")
      #expect(again.config == checkpoint.config)
      #expect(again.tensors == checkpoint.tensors)
      #expect(again.tokenizer.vocabularySize == checkpoint.tokenizer.vocabularySize)
      #expect(again.tokenizer.id(of: "[PAD262]") == nil)
    }
  }

  @Test("rows of heads: the two orders undo each other, and differ")
  func interleaving() {
    let rows = HostTensor(shape: [12, 2], values: (0..<24).map(Float.init))
    var moved = rows
    moved.interleave(heads: 2)
    #expect(moved.values.prefix(6) == [0, 1, 6, 7, 2, 3])
    moved.uninterleave(heads: 2)
    #expect(moved == rows)
  }
}

extension Float {
  /// What a file's 16 bits stand for.
  fileprivate init(_ bits: UInt16, _ type: WeightType) {
    self = withUnsafeBytes(of: bits.littleEndian) { type.floats($0, count: 1)[0] }
  }
}
