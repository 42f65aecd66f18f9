import Foundation

/// `tokenizer.json` and what stands beside it in a Hugging Face folder.
extension Tokenizer {
  /// Files that are written again as they were read.
  private static let carried = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    "generation_config.json",
  ]

  public init(folder: String) throws(CheckpointError) {
    let path = folder + "/tokenizer.json"
    var sources: [String: [UInt8]] = [:]
    for name in Self.carried where FileManager.default.fileExists(atPath: folder + "/" + name) {
      let file = try MappedFile(folder + "/" + name)
      sources[name] = withExtendedLifetime(file) { Array(file.bytes) }
    }
    func json(_ name: String) throws(CheckpointError) -> JSON {
      try sources[name].map { bytes throws(CheckpointError) in
        try JSONParser.parse(bytes, file: folder + "/" + name)
      } ?? .null
    }
    guard sources["tokenizer.json"] != nil else {
      throw CheckpointError(file: path, message: "There is no such file. Fetch or export it.")
    }
    let file = TokenizerFile(json: try json("tokenizer.json"), path: path)
    let settings = try json("tokenizer_config.json")
    let generation = try json("generation_config.json")
    let encoding = try file.encoding()
    let added = try file.addedTokens()
    func token(_ key: String) -> Int32? {
      guard let text = settings[key]?.string ?? settings[key]?["content"]?.string else { return nil }
      return added.last { $0.content == text }?.id ?? encoding.ids[Array(text.utf8)]
    }
    var ends: [Int32] = token("eos_token").map { [$0] } ?? []
    let eos = generation["eos_token_id"]
    for id in eos?.array?.compactMap(\.int) ?? eos?.int.map({ [$0] }) ?? [] {
      if let id = Int32(exactly: id), !ends.contains(id) { ends.append(id) }
    }
    let template =
      sources["chat_template.jinja"].map { String(decoding: $0, as: UTF8.self) }
      ?? Self.template(settings["chat_template"])
    self.init(
      encoding: encoding, added: added, splitting: try file.splitting(), composes: try file.composes(),
      chatTemplate: template, eosTokens: ends, bosToken: token("bos_token"), padToken: token("pad_token"))
    self.sources = sources
  }

  /// One template, or a list of named ones of which `default` is meant.
  private static func template(_ json: JSON?) -> String? {
    json?.string ?? json?.array?.first { $0["name"]?.string == "default" }?["template"]?.string
  }
}

/// The parts of a `tokenizer.json`.
private struct TokenizerFile {
  let json: JSON
  let path: String

  private func error(_ what: String) -> CheckpointError { CheckpointError(file: path, message: what) }

  func encoding() throws(CheckpointError) -> BytePairEncoding {
    guard let model = json["model"], let vocabulary = model["vocab"]?.object,
      let merges = model["merges"]?.array
    else { throw error("The vocabulary or the merges are missing. Only byte-level BPE is supported.") }
    let type = model["type"]?.string ?? "BPE"
    guard type == "BPE" else { throw error("The model “\(type)” is not supported, only byte-level BPE.") }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model[key]?.string, !text.isEmpty { throw error("\(key) “\(text)” is not supported.") }
    }
    if model["byte_fallback"]?.bool == true { throw error("byte_fallback is not supported.") }
    let limit = 1 << 24
    var symbols: [String?] = []
    for (symbol, value) in vocabulary {
      guard let id = value.int, id >= 0, id < limit else {
        throw error("The id of the token “\(symbol)” is not within 0..<\(limit).")
      }
      while symbols.count <= id { symbols.append(nil) }
      symbols[id] = symbol
    }
    let unknown = model["unk_token"]?.string.flatMap { text in vocabulary.first { $0.key == text }?.value.int
    }
    var encoding = BytePairEncoding(
      symbols: symbols, merges: merges.count, unknown: unknown.map { Int32($0) })
    encoding.takesWholePieces = model["ignore_merges"]?.bool ?? false
    for (index, merge) in merges.enumerated() {
      let parts =
        merge.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        ?? merge.array?.compactMap(\.string) ?? []
      guard parts.count == 2, encoding.addMerge(parts[0], parts[1]) else {
        throw error("Merge \(index), “\(parts.joined(separator: " "))”, makes no token. Export it again.")
      }
    }
    return encoding
  }

  func addedTokens() throws(CheckpointError) -> [AddedToken] {
    var result: [AddedToken] = []
    for token in json["added_tokens"]?.array ?? [] {
      guard let id = token["id"]?.int, id >= 0, id < 1 << 24, let content = token["content"]?.string else {
        throw error("An entry of “added_tokens” lacks its id or content.")
      }
      result.append(
        AddedToken(
          id: Int32(id), content: content, isSpecial: token["special"]?.bool ?? false,
          isNormalized: token["normalized"]?.bool ?? false, singleWord: token["single_word"]?.bool ?? false,
          stripsLeft: token["lstrip"]?.bool ?? false, stripsRight: token["rstrip"]?.bool ?? false))
    }
    return result
  }

  func composes() throws(CheckpointError) -> Bool {
    guard let normalizer = json["normalizer"], !normalizer.isNull else { return false }
    let steps = normalizer["normalizers"]?.array ?? [normalizer]
    for step in steps where step["type"]?.string != "NFC" {
      throw error("The normalizer “\(step["type"]?.string ?? "?")” is not supported, only NFC.")
    }
    return !steps.isEmpty
  }

  func splitting() throws(CheckpointError) -> [TextSplitting] {
    let pre = json["pre_tokenizer"] ?? .null
    var steps: [TextSplitting] = []
    var isByteLevel = false
    for step in pre["pretokenizers"]?.array ?? [pre] {
      let type = step["type"]?.string ?? "none"
      guard !isByteLevel else { throw error("“\(type)” behind “ByteLevel” is not supported.") }
      switch type {
      case "ByteLevel":
        guard step["add_prefix_space"]?.bool != true else {
          throw error("add_prefix_space is not supported.")
        }
        if step["use_regex"]?.bool ?? true { steps.append(.gpt2) }
        isByteLevel = true
      case "Digits": steps.append(.digits(individual: step["individual_digits"]?.bool ?? false))
      case "Split": steps.append(try split(step))
      default: throw error("The pre-tokenizer “\(type)” is not supported.")
      }
    }
    guard isByteLevel else { throw error("The tokenizer is not byte-level, which alone is supported.") }
    return steps
  }

  private func split(_ step: JSON) throws(CheckpointError) -> TextSplitting {
    let pattern = step["pattern"]?["Regex"]?.string ?? step["pattern"]?["String"]?.string ?? ""
    guard let splitting = TextSplitting(pattern: pattern) else {
      throw error("Splitting by the pattern “\(pattern)” is not supported.")
    }
    // The patterns match all of a text, so that isolating the matches and removing all else are the same.
    let behaviour = step["behavior"]?.string ?? ""
    let isInverted = step["invert"]?.bool ?? false
    guard behaviour == "Isolated" || (behaviour == "Removed" && isInverted) else {
      throw error("Splitting with behavior “\(behaviour)” is not supported.")
    }
    return splitting
  }
}

extension TextSplitting {
  /// The pattern as `tokenizer.json` writes it; nil for those that no regular expression stands for.
  var pattern: String? {
    switch self {
    case .digits: return nil
    case .gpt2: return #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .llama3(let digits):
      let number = digits == 1 ? #"\p{N}"# : #"\p{N}{1,\#(digits)}"#
      return #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + number
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
  }

  init?(pattern: String) {
    let known: [TextSplitting] = [.gpt2, .llama3(digits: 3), .llama3(digits: 1)]
    guard let match = known.first(where: { $0.pattern == pattern }) else { return nil }
    self = match
  }
}
