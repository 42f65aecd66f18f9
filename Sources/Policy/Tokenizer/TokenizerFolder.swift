import Foundation

extension Tokenizer {
  /// Reads `tokenizer.json` of a Hugging Face folder, and what is there of `tokenizer_config.json`,
  /// `special_tokens_map.json`, `generation_config.json` and `chat_template.jinja`.
  /// - Throws: `CheckpointError` that names the file and what of it isn't supported.
  public init(folder: String) throws(CheckpointError) {
    var sources: [String: [UInt8]] = [:]
    for name in Self.sourceNames where FileManager.default.fileExists(atPath: folder + "/" + name) {
      let file = try MappedFile(folder + "/" + name)
      guard file.bytes.count <= JSONParser.longest else {
        throw CheckpointError(
          file: folder + "/" + name,
          message:
            "It has \(file.bytes.count) bytes, more than the \(JSONParser.longest) that are read. Fetch it again."
        )
      }
      sources[name] = withExtendedLifetime(file) { Array(file.bytes) }
    }
    func json(_ name: String) throws(CheckpointError) -> JSON? {
      guard let bytes = sources[name] else { return nil }
      return try JSONParser.parse(bytes, file: folder + "/" + name)
    }
    let file = folder + "/tokenizer.json"
    guard let tokenizer = try json("tokenizer.json") else {
      throw CheckpointError(
        file: file, message: "The file is missing. Export the model with its fast tokenizer.")
    }
    let parts = try TokenizerJSON(tokenizer, file: file)
    let map = try json("special_tokens_map.json")
    let config = try json("tokenizer_config.json")
    let generation = try json("generation_config.json")

    func token(_ key: String) throws(CheckpointError) -> Int32? {
      for (name, json) in [("tokenizer_config.json", config), ("special_tokens_map.json", map)] {
        guard let value = json?[key], let text = value.string ?? value["content"]?.string else { continue }
        guard let id = parts.id(of: text) else {
          throw CheckpointError(
            file: folder + "/" + name, message: "The \(key) “\(text)” is not in the vocabulary.")
        }
        return id
      }
      return nil
    }
    var ends = [try token("eos_token")].compactMap(\.self)
    for id in generation?["eos_token_id"]?.integers ?? [] {
      guard let id = Int32(exactly: id), id >= 0, Int(id) < parts.encoding.tokens.count || parts.hasAdded(id)
      else {
        throw CheckpointError(
          file: folder + "/generation_config.json",
          message: "The eos_token_id \(id) is not in the vocabulary.")
      }
      if !ends.contains(id) { ends.append(id) }
    }
    var template = config.flatMap(Self.chatTemplate)
    if let source = sources["chat_template.jinja"] { template = String(decoding: source, as: UTF8.self) }
    self.init(
      encoding: parts.encoding, added: parts.added, normalization: parts.normalization,
      splitting: parts.splitting, decoding: parts.decoding, chatTemplate: template, eosTokens: ends,
      bosToken: try token("bos_token"), padToken: try token("pad_token"))
    self.sources = sources
    prefixToken = parts.prefixToken
    if let adds = config?["add_bos_token"]?.bool { prefixToken = adds ? bosToken : nil }
  }

  static let sourceNames = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
    "chat_template.jinja",
  ]

  /// One template, or a list of named ones, of which “default” is that of plain conversations.
  private static func chatTemplate(_ config: JSON) -> String? {
    guard let entry = config["chat_template"] else { return nil }
    if let text = entry.string { return text }
    return entry.array?.first { $0["name"]?.string == "default" }?["template"]?.string
  }
}

extension JSON {
  /// An integer, or a list of them.
  var integers: [Int]? { int.map { [$0] } ?? array?.compactMap(\.int) }
}
