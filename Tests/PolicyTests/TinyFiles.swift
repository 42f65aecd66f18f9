import Foundation

@testable import Policy

/// The smallest model that has everything a file can get wrong: thousands of them are read in seconds.
enum TinyFiles {
  static let config = ModelConfig(
    vocabularySize: 12, hiddenSize: 32, intermediateSize: 4, layers: 1, heads: 2, keyValueHeads: 1,
    headDimension: 4, tieWordEmbeddings: false, maxPositions: 16, bosToken: nil, eosTokens: [9])

  /// A Hugging Face folder with its weights in two parts.
  static func write(to folder: String) throws {
    let texts = [
      "config.json": config.json(padToken: nil, type: .float32).text, "tokenizer.json": tokenizer,
      "tokenizer_config.json": tokenizerConfig, "generation_config.json": #"{"eos_token_id":[9,8]}"#,
      "special_tokens_map.json": #"{"eos_token":{"content":"<end>"},"pad_token":"abc"}"#,
      "chat_template.jinja": "{% for m in messages %}{{ m['content'] + eos_token }}{% endfor %}",
    ]
    for (name, text) in texts {
      try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }
    let tensors = ParameterLayout(config).entries.map { (name: $0.name, shape: $0.shape) }
    var places: [(key: String, value: JSON)] = []
    for (name, part) in [("part-1", tensors[..<4]), ("part-2", tensors[4...])] {
      try SafetensorsFile.write(Array(part), .float32, to: try WrittenFile(folder + "/" + name)) { name in
        let count = part.first { $0.name == name }?.shape.reduce(1, *) ?? 0
        return (0..<count).map { Float($0 % 17) / 8 - 1 }
      }
      places += part.map { ($0.name, .string(name)) }
    }
    try JSON.object([("metadata", .object([("total_size", .int(9))])), ("weight_map", .object(places))]).text
      .write(toFile: folder + "/model.safetensors.index.json", atomically: false, encoding: .utf8)
  }

  private static let tokenizer = #"""
    {"version": "1.0", "truncation": null, "added_tokens": [
      {"id": 9, "content": "<end>", "single_word": false, "lstrip": true, "rstrip": true, "normalized": false,
        "special": true},
      {"id": 10, "content": "\u00e9", "single_word": true, "lstrip": false, "rstrip": false, "normalized": true,
        "special": false}],
      "normalizer": null,
      "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Digits", "individual_digits": true},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
      "post_processor": null, "decoder": {"type": "ByteLevel"},
      "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": {"a": 0, "b": 1, "c": 2, "Ġ": 3, "1": 4, "ab": 5, "abc": 6, "Ġa": 7, "2": 8},
        "merges": ["a b", ["ab", "c"], "Ġ a"]}}
    """#

  private static let tokenizerConfig = #"""
    {"add_prefix_space": false, "eos_token": "<end>", "pad_token": {"content": "abc", "lstrip": false},
      "bos_token": null, "model_max_length": 1000000000000000019884624838656,
      "chat_template": [{"name": "default", "template": "{{ messages[0].content }}"}]}
    """#

  /// Tensors of every type that safetensors has here, an empty one and a scalar among them.
  static func writeTensors(to path: String) throws {
    let tensors: [(name: String, type: String, shape: [Int], bytes: Int)] = [
      ("a", "F32", [2, 3], 24), ("b", "F16", [4], 8), ("empty", "BF16", [0, 5], 0), ("scalar", "F64", [], 8),
      ("ids", "I64", [2], 16), ("small", "U8", [3], 3), ("c", "BF16", [1, 1, 2], 4), ("d", "I16", [2], 4),
    ]
    var header: [(key: String, value: JSON)] = [("__metadata__", .object([("format", .string("pt"))]))]
    var end = 0
    for tensor in tensors {
      let entry: [(key: String, value: JSON)] = [
        ("dtype", .string(tensor.type)), ("shape", .array(tensor.shape.map(JSON.int))),
        ("data_offsets", .array([.int(end), .int(end + tensor.bytes)])),
      ]
      header.append((tensor.name, .object(entry)))
      end += tensor.bytes
    }
    let text = Array(JSON.object(header).compactText.utf8)
    var bytes = [UInt8](repeating: 0, count: 8) + text + (0..<end).map { UInt8($0) }
    setHeaderLength(&bytes, text.count)
    try Data(bytes).write(to: URL(filePath: path))
  }

  static func headerLength(_ bytes: [UInt8]) -> Int {
    Int(clamping: bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  static func setHeaderLength(_ bytes: inout [UInt8], _ length: Int) {
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
  }

  /// Where the numbers of a GGUF file's head lie (sizes, types, counts, places), and where it ends.
  static func fields(ofGGUF path: String) throws -> (fields: [Range<Int>], head: Int) {
    let file = try MappedFile(path)
    var reader = GGUFReader(file)
    var fields: [Range<Int>] = []
    func number<T: FixedWidthInteger>(_ type: T.Type) throws -> Int {
      fields.append(reader.position..<reader.position + MemoryLayout<T>.size)
      return Int(try reader.integer(type, "a field"))
    }
    func string() throws {
      fields.append(reader.position..<reader.position + 8)
      _ = try reader.string("a string")
    }
    _ = try number(UInt32.self)
    _ = try number(UInt32.self)
    let (tensors, entries) = (try number(UInt64.self), try number(UInt64.self))
    for _ in 0..<entries {
      try string()
      let start = reader.position
      var ahead = reader
      let type = try ahead.integer(UInt32.self, "a type")
      fields += [start..<start + 4, start + 4..<start + 8]
      if type == 8 { fields.append(start + 4..<start + 12) }
      if type == 9 { fields += [start + 8..<start + 16, start + 16..<start + 24] }
      _ = try reader.value(of: "a key")
    }
    for _ in 0..<tensors {
      try string()
      for _ in 0..<(try number(UInt32.self)) { _ = try number(UInt64.self) }
      _ = try number(UInt32.self)
      _ = try number(UInt64.self)
    }
    return (fields, reader.position)
  }
}
