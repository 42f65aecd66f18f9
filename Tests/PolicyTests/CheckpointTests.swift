import Foundation
import Testing

@testable import Policy

@Suite("Checkpoints: reading and writing")
struct CheckpointTests {
  /// A folder with a tokenizer beside the tiny model of PyTorch.
  static func tiny(_ name: String, tokens: Int? = nil) throws -> Checkpoint {
    let config = try ModelConfig(jsonFile: Golden.path(name + "/config.json"))
    return Checkpoint(
      config: config, tensors: try Checkpoint.weights(folder: Golden.path(name), config),
      tokenizer: Tokenizer.byteLevel(specialTokens: ["<|end|>"], words: [], chatTemplate: "", eos: "<|end|>"))
  }

  /// The same weights, with rows for all tokens of the tokenizer.
  static func whole(_ name: String) throws -> Checkpoint {
    var checkpoint = try tiny(name)
    let rows = checkpoint.tokenizer.vocabularySize
    for tensor in ["model.embed_tokens.weight", "lm_head.weight"] {
      guard let narrow = checkpoint.tensors[tensor] else { continue }
      let width = narrow.shape[1]
      let more = (narrow.values.count..<rows * width).map { Float($0 % 13) / 7 }
      checkpoint.tensors[tensor] = HostTensor(shape: [rows, width], values: narrow.values + more)
    }
    checkpoint.config.vocabularySize = rows
    checkpoint.config.bosToken = nil
    checkpoint.config.eosTokens = checkpoint.tokenizer.eosTokens.map(Int.init)
    return checkpoint
  }

  @Test("config.json of transformers")
  func config() throws {
    let tied = try ModelConfig(jsonFile: Golden.path("tiny-tied/config.json"))
    #expect(
      tied
        == ModelConfig(
          vocabularySize: 97, hiddenSize: 48, intermediateSize: 80, layers: 2, heads: 6, keyValueHeads: 2,
          headDimension: 8, ropeTheta: 100_000, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true,
          maxPositions: 64, bosToken: 1, eosTokens: [2]))
    #expect(try ModelConfig(jsonFile: Golden.path("tiny-untied/config.json")).tieWordEmbeddings == false)
  }

  @Test(
    "a config.json that isn't supported",
    arguments: [
      (#""model_type": "llama""#, #""model_type": "gemma3""#, "gemma3"),
      (#""hidden_act": "silu""#, #""hidden_act": "gelu""#, "gelu"),
      (#""attention_bias": false"#, #""attention_bias": true"#, "attention_bias"),
      (#""rope_type": "default""#, #""rope_type": "llama3""#, "llama3"),
      (#""hidden_size": 48"#, #""hidden_size": "wide""#, "hidden_size"),
      (#""hidden_size": 48"#, #""hidden_size": 0"#, "hidden_size is 0"),
      (#""num_key_value_heads": 2"#, #""num_key_value_heads": 4"#, "no multiple"),
      (#""head_dim": 8"#, #""head_dim": 7"#, "odd"),
      (#""vocab_size": 97"#, #""vocab_size": 99999999999"#, "vocab_size"),
      (#""eos_token_id": 2"#, #""eos_token_id": 97"#, "97"),
      (#""eos_token_id": 2"#, #""eos_token_id": 2,,"#, "byte"),
    ])
  func unsupported(original: String, changed: String, message: String) throws {
    let text = try String(contentsOfFile: Golden.path("tiny-tied/config.json"), encoding: .utf8)
    #expect(text.contains(original))
    try Golden.withFolder { folder in
      let path = folder + "/config.json"
      try text.replacing(original, with: changed).write(toFile: path, atomically: true, encoding: .utf8)
      let error = #expect(throws: CheckpointError.self) { try ModelConfig(jsonFile: path) }
      #expect(error?.file == path)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test(
    "what was written is read again, bit for bit",
    arguments: ["tiny-tied", "tiny-untied"]
      + ["llama-3", "mistral", "qwen2", "qwen3", "gemma", "deepseek-v3", "deepseek-v3-direct"]
      .map { "architectures/" + $0 })
  func roundTrip(name: String) throws {
    let checkpoint = try Self.whole(name)
    try Golden.withFolder { folder in
      let place = folder + "/a/b/model/"
      try checkpoint.write(to: place)
      let again = try Checkpoint.load(place)
      #expect(again.config == checkpoint.config)
      #expect(again.tensors == checkpoint.tensors)
      #expect(again.tokenizer.eosTokens == checkpoint.tokenizer.eosTokens)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/b") == ["model"])
    }
  }

  @Test("BF16 rounds to nearest, ties to even")
  func bfloat16() throws {
    let rows: [(Float, UInt32)] = [
      (1, 0x3f80), (-0.0, 0x8000), (1 + 1 / 256, 0x3f80), (1 + 3 / 256, 0x3f82), (1 + 1.01 / 256, 0x3f81),
      (.infinity, 0x7f80), (.greatestFiniteMagnitude, 0x7f80), (.leastNonzeroMagnitude, 0), (0.1, 0x3dcd),
    ]
    for (value, bits) in rows { #expect(SafetensorsFile.bfloat16(value) == UInt16(bits), "\(value)") }
    #expect(SafetensorsFile.bfloat16(Float(bitPattern: 0x7f80_0001)) == 0x7fc0)
    let checkpoint = try Self.whole("tiny-tied")
    try Golden.withFolder { folder in
      try checkpoint.write(to: folder + "/model", type: .bfloat16)
      for (name, tensor) in try Checkpoint.load(folder + "/model").tensors {
        let expected = try #require(checkpoint.tensors[name]).values.map {
          Float(bitPattern: UInt32(SafetensorsFile.bfloat16($0)) << 16)
        }
        #expect(tensor.values == expected)
      }
    }
  }

  @Test("a folder that exists keeps its other files, and loses none of its own half-way")
  func replacing() throws {
    var checkpoint = try Self.whole("tiny-tied")
    try Golden.withFolder { folder in
      try checkpoint.write(to: folder + "/model")
      try "mine".write(toFile: folder + "/model/notes.txt", atomically: true, encoding: .utf8)
      checkpoint.tensors["model.norm.weight"]?.values[0] = 7
      try checkpoint.write(to: folder + "/model")
      #expect(try Checkpoint.load(folder + "/model").tensors == checkpoint.tensors)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/model").sorted() == [
          "config.json", "generation_config.json", "model.safetensors", "notes.txt",
          "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json",
        ])
      checkpoint.tensors["model.norm.weight"] = nil
      let error = #expect(throws: CheckpointError.self) { try checkpoint.write(to: folder + "/other") }
      #expect(error?.message.contains("model.norm.weight is missing") == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/other"))
    }
  }

  @Test("a folder that can't be written is named")
  func unwritable() throws {
    let checkpoint = try Self.whole("tiny-tied")
    try Golden.withFolder { folder in
      try "file".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
      for path in ["/file", "/file/model"] {
        let error = #expect(throws: CheckpointError.self) { try checkpoint.write(to: folder + path) }
        #expect(error?.file.hasPrefix(folder + "/file") == true)
      }
    }
  }

  @Test("weights in parts, with an index")
  func parts() throws {
    let checkpoint = try Self.whole("tiny-untied")
    try Golden.withFolder { folder in
      try checkpoint.write(to: folder)
      let names = ParameterLayout(checkpoint.config).entries.map { ($0.name, $0.shape) }
      let parts = [names[..<5], names[5...]]
      for (index, part) in parts.enumerated() {
        try SafetensorsFile.write(
          Array(part), .float32, to: try WrittenFile(folder + "/part\(index)")
        ) { checkpoint.tensors[$0]?.values ?? [] }
      }
      let places = parts.enumerated().flatMap { index, part in
        part.map { (key: $0.0, value: JSON.string("part\(index)")) }
      }
      let index = folder + "/model.safetensors.index.json"
      try JSON.object([("weight_map", .object(places))]).text
        .write(toFile: index, atomically: true, encoding: .utf8)
      try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
      #expect(try Checkpoint.load(folder).tensors == checkpoint.tensors)
      for (place, message) in [
        ("../part0", "no name of a file"), ("part1", "missing"), ("part9", "Can't open"),
      ] {
        let broken = places.map { ($0.key, $0.key == names[0].0 ? JSON.string(place) : $0.value) }
        try JSON.object([("weight_map", .object(broken))]).text
          .write(toFile: index, atomically: true, encoding: .utf8)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.load(folder) }
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
      }
    }
  }

  @Test("weights of another shape than config.json says")
  func shape() throws {
    var config = try ModelConfig(jsonFile: Golden.path("tiny-tied/config.json"))
    config.intermediateSize = 81
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint.weights(folder: Golden.path("tiny-tied"), config)
    }
    #expect(error?.message.contains("gate_proj.weight has shape [80, 48]") == true)
  }

  @Test("there is no such file")
  func missing() {
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.load("/nowhere/model.gguf") }
    #expect(error?.file == "/nowhere/model.gguf")
  }
}
