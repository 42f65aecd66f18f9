/// What `tokenizer.json` says, as far as it is byte-level BPE. Anything in it that would change the ids and is
/// not known here is an error. The post-processor is left aside: it only adds tokens around a text.
struct TokenizerJSON {
  private(set) var encoding: BytePairEncoding
  private(set) var added: [AddedToken] = []
  private(set) var splitting: [TextSplitting] = []
  private(set) var composes = false
  private let file: String

  init(_ json: JSON, file: String) throws(CheckpointError) {
    self.file = file
    encoding = try Self.encoding(json["model"] ?? .null, file: file)
    composes = try Self.composes(json["normalizer"] ?? .null, file: file)
    var bytes = false
    try Self.read(json["pre_tokenizer"] ?? .null, file: file, into: &splitting, &bytes)
    guard bytes else {
      throw Self.error(file, "The pre_tokenizer has no ByteLevel; only byte-level BPE is supported.")
    }
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
  }

  func id(of text: String) -> Int32? {
    let bytes = Array(text.utf8)
    return added.last { Array($0.content.utf8) == bytes }?.id
      ?? ByteSymbols.bytes(of: text).flatMap { encoding.ids[$0] }
  }

  func hasAdded(_ id: Int32) -> Bool { added.contains { $0.id == id } }

  private static let mostTokens = 1 << 24

  private static func error(_ file: String, _ what: String) -> CheckpointError {
    CheckpointError(file: file, message: what)
  }

  private static func encoding(_ model: JSON, file: String) throws(CheckpointError) -> BytePairEncoding {
    let type = model["type"]?.string ?? (model["merges"] == nil ? "none" : "BPE")
    guard type == "BPE" else {
      throw error(file, "The tokenizer's model “\(type)” is not supported, only byte-level BPE.")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] where !(model[key]?.string ?? "").isEmpty {
      throw error(file, "The model's \(key) is not supported.")
    }
    if model["byte_fallback"]?.bool == true || !model.lacks("dropout") && model["dropout"]?.double != 0 {
      throw error(file, "byte_fallback and dropout are not supported.")
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
    let unknown = model["unk_token"]?.string
    let unknownID = symbols.firstIndex { $0 != nil && $0 == unknown }.map { Int32($0) }
    if unknown != nil, unknownID == nil {
      throw error(file, "The unk_token “\(unknown ?? "")” is not in vocab.")
    }
    var encoding = BytePairEncoding(symbols: symbols, merges: merges.count, unknown: unknownID)
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
    if unknownID != nil, model["fuse_unk"]?.bool == true { throw error(file, "fuse_unk is not supported.") }
    return encoding
  }

  private static func composes(_ normalizer: JSON, file: String) throws(CheckpointError) -> Bool {
    switch normalizer["type"]?.string {
    case nil where normalizer.isNull: return false
    case "NFC": return true
    case "Sequence":
      var result = false
      for part in normalizer["normalizers"]?.array ?? [] where try composes(part, file: file) {
        result = true
      }
      return result
    case let type: throw error(file, "The normalizer “\(type ?? "")” is not supported, only NFC.")
    }
  }

  private static func read(
    _ step: JSON, file: String, into splitting: inout [TextSplitting], _ bytes: inout Bool
  ) throws(CheckpointError) {
    let type = step["type"]?.string ?? "none"
    guard !bytes else { throw error(file, "The pre_tokenizer “\(type)” behind ByteLevel is not supported.") }
    switch type {
    case "none" where step.isNull: return
    case "Sequence":
      for part in step["pretokenizers"]?.array ?? [] { try read(part, file: file, into: &splitting, &bytes) }
    case "Digits": splitting.append(.digits(individual: step["individual_digits"]?.bool ?? false))
    case "ByteLevel":
      if step["add_prefix_space"]?.bool ?? true {
        throw error(file, "ByteLevel with add_prefix_space is not supported.")
      }
      if step["use_regex"]?.bool ?? true { splitting.append(.gpt2) }
      bytes = true
    case "Split":
      let pattern = step["pattern"]?["Regex"]?.string ?? ""
      let behavior = step["behavior"]?.string ?? ""
      // All known patterns match every text as a whole, so that nothing lies between the matches.
      guard let known = TextSplitting(pattern: pattern),
        (behavior, step["invert"]?.bool ?? false) == ("Isolated", false)
          || (behavior, step["invert"]?.bool ?? false) == ("Removed", true)
      else {
        throw error(file, "The pre_tokenizer splits by “\(pattern)” (\(behavior)), which is not supported.")
      }
      splitting.append(known)
    default: throw error(file, "The pre_tokenizer “\(type)” is not supported.")
    }
  }
}

extension TextSplitting {
  /// The regular expression, as `tokenizer.json` writes it; nil for `digits`.
  var pattern: String? {
    switch self {
    case .digits: nil
    case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .llama3(let digits):
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + (digits == 1 ? "" : "{1,\(digits)}")
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
  }

  init?(pattern: String) {
    let known: [TextSplitting] = [.gpt2, .llama3(digits: 3), .llama3(digits: 1)]
    guard let match = known.first(where: { $0.pattern == pattern }) else { return nil }
    self = match
  }
}
