/// What `tokenizer.json` says, as far as it is BPE on bytes or SentencePiece's. Anything in it that would change
/// the ids and is not known here is an error. Of the post-processor, which only adds tokens around a text, the first of
/// them is kept.
struct TokenizerJSON {
  private(set) var encoding: BytePairEncoding
  private(set) var added: [AddedToken] = []
  let normalization: TextNormalization
  let splitting: [TextSplitting]
  let decoding: TokenDecoding
  private(set) var prefixToken: Int32?

  init(_ json: JSON, file: String) throws(CheckpointError) {
    encoding = try Self.encoding(json["model"] ?? .null, file: file)
    var steps = TokenizerJSONSteps(file: file)
    try steps.readNormalizer(json["normalizer"] ?? .null)
    try steps.readPreTokenizer(json["pre_tokenizer"] ?? .null)
    switch encoding.alphabet {
    case .bytes:
      guard steps.hasByteLevel, steps.normalization.spaces == nil else {
        throw Self.error(
          file, "The pre_tokenizer has no ByteLevel, and the model no byte_fallback; one of them is needed.")
      }
      decoding = .bytes
    case .characters:
      guard !steps.hasByteLevel, steps.normalization.spaces != nil else {
        throw Self.error(
          file,
          "With byte_fallback, the normalizer or a Metaspace has to write spaces as ▁, and no ByteLevel.")
      }
      decoding = .pieces(stripped: try steps.spacesStripped(json["decoder"] ?? .null))
      if steps.splitting.isEmpty, encoding.keepsWordsApart { steps.splitting = [.words] }
    }
    normalization = steps.normalization
    splitting = steps.splitting
    for entry in json["added_tokens"]?.array ?? [] {
      guard let id = entry["id"]?.int, let content = entry["content"]?.string,
        (0..<Self.mostTokens).contains(id)
      else { throw Self.error(file, "An entry of added_tokens has no id or no content.") }
      added.append(
        AddedToken(
          id: Int32(id), content: content, isSpecial: entry["special"]?.bool ?? false,
          isNormalized: entry["normalized"]?.bool ?? !(entry["special"]?.bool ?? false),
          singleWord: entry["single_word"]?.bool ?? false, stripsLeft: entry["lstrip"]?.bool ?? false,
          stripsRight: entry["rstrip"]?.bool ?? false))
    }
    let processor = json["post_processor"]
    for step in processor?["processors"]?.array ?? [processor ?? .null] {
      guard let text = step["single"]?.array?.first?["SpecialToken"]?["id"]?.string else { continue }
      prefixToken = id(of: text)
    }
  }

  func id(of text: String) -> Int32? {
    let bytes = Array(text.utf8)
    return added.last { Array($0.content.utf8) == bytes }?.id
      ?? encoding.text(ofSymbol: text).flatMap { encoding.ids[$0] }
  }

  func hasAdded(_ id: Int32) -> Bool { added.contains { $0.id == id } }

  private static let mostTokens = 1 << 24

  private static func error(_ file: String, _ what: String) -> CheckpointError {
    CheckpointError(file: file, message: what)
  }

  private static func encoding(_ model: JSON, file: String) throws(CheckpointError) -> BytePairEncoding {
    let type = model["type"]?.string ?? (model["merges"] == nil ? "none" : "BPE")
    guard type == "BPE" else {
      throw error(file, "The tokenizer's model “\(type)” is not supported, only BPE.")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] where !(model[key]?.string ?? "").isEmpty {
      throw error(file, "The model's \(key) is not supported.")
    }
    if !model.lacks("dropout"), model["dropout"]?.double != 0 {
      throw error(file, "dropout is not supported.")
    }
    guard let vocabulary = model["vocab"]?.object, let merges = model["merges"]?.array else {
      throw error(file, "The model has no vocab or no merges. Export it again.")
    }
    var largest = -1
    for (symbol, id) in vocabulary {
      guard let id = id.int, (0..<mostTokens).contains(id) else {
        throw error(file, "The id of “\(symbol)” in vocab is no whole number below \(mostTokens).")
      }
      largest = max(largest, id)
    }
    // Ids may be left out, but a few that are far apart must not fill the memory.
    guard largest < 4 * vocabulary.count + 65_536 else {
      throw error(file, "vocab has \(vocabulary.count) tokens and the id \(largest).")
    }
    var symbols = [String?](repeating: nil, count: largest + 1)
    for (symbol, id) in vocabulary {
      guard let id = id.int, symbols[id] == nil else {
        throw error(file, "“\(symbol)” in vocab has the id of another.")
      }
      symbols[id] = symbol
    }
    var encoding = try empty(model, symbols, merges: merges.count, file: file)
    encoding.takesWholePieces = model["ignore_merges"]?.bool ?? false
    for (index, merge) in merges.enumerated() {
      let parts =
        merge.array?.compactMap(\.string)
        ?? merge.string.map { text in
          text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
        }
      guard let parts, parts.count == 2, encoding.addMerge(parts[0], parts[1]) else {
        throw error(file, "Merge \(index), \(merge.compactText), makes no token of vocab.")
      }
    }
    return encoding
  }

  /// The vocabulary, before its merges.
  private static func empty(
    _ model: JSON, _ symbols: [String?], merges: Int, file: String
  ) throws(CheckpointError) -> BytePairEncoding {
    let unknown = model["unk_token"]?.string
    let unknownID = symbols.firstIndex { $0 != nil && $0 == unknown }.map { Int32($0) }
    if unknown != nil, unknownID == nil {
      throw error(file, "The unk_token “\(unknown ?? "")” is not in vocab.")
    }
    if model["byte_fallback"]?.bool == true {
      guard let encoding = BytePairEncoding(pieces: symbols, merges: merges) else {
        throw error(file, "With byte_fallback, vocab needs all of <0x00> to <0xFF>.")
      }
      return encoding
    }
    if unknownID != nil, model["fuse_unk"]?.bool == true { throw error(file, "fuse_unk is not supported.") }
    return BytePairEncoding(symbols: symbols, merges: merges, unknown: unknownID)
  }
}
