/// The tokenizer that a GGUF file carries.
extension GGUFFile {
  /// `tokenizer.ggml.pre`: which splitting the model was trained with (`llama-vocab.cpp` of llama.cpp); Qwen 2
  /// composes its text first, as its `tokenizer.json` says.
  private static let splittings: [String: (steps: [TextSplitting], composes: Bool, wholePieces: Bool)] = [
    "smollm": ([.digits(individual: true), .gpt2], false, false),
    "gpt-2": ([.gpt2], false, false),
    "default": ([.gpt2], false, false),
    "llama-bpe": ([.llama3(digits: 3)], false, true),
    "llama-v3": ([.llama3(digits: 3)], false, true),
    "llama3": ([.llama3(digits: 3)], false, true),
    "qwen2": ([.llama3(digits: 1)], true, false),
  ]

  /// The name of a byte-level tokenizer's splitting; nil where it has none, or is of another kind.
  static func splitting(of tokenizer: Tokenizer) -> String? {
    guard case .bytes = tokenizer.encoding.alphabet else { return nil }
    return splittings.filter { name, splitting in
      name != "default" && splitting.steps == tokenizer.splitting
        && tokenizer.normalization == TextNormalization(composes: splitting.composes)
        && splitting.wholePieces == tokenizer.encoding.takesWholePieces
    }.keys.min()
  }

  /// Keys of the tokens that end a completion: of a text, of a turn, of a message to a tool.
  static let ends = ["eos", "eot", "eom"]
  /// Of a row of the embedding that no text has (`LLAMA_TOKEN_TYPE_UNUSED`).
  static let unusedKind: Int32 = 5

  func tokenizer() throws(CheckpointError) -> Tokenizer {
    guard let symbols = metadata["tokenizer.ggml.tokens"]?.strings, !symbols.isEmpty else {
      throw error("tokenizer.ggml.tokens is missing. Fetch the file again.")
    }
    let model = metadata["tokenizer.ggml.model"]?.string ?? ""
    let parts: Parts
    switch model {
    case "gpt2": parts = try byteLevelParts(symbols)
    case "llama": parts = try sentencePieceParts(symbols)
    default:
      throw error(
        "The tokenizer “\(model)” is not supported, only byte-level BPE (“gpt2”) and SentencePiece's (“llama”)."
      )
    }
    func token(_ key: String) throws(CheckpointError) -> Int32? {
      guard let id = metadata["tokenizer.ggml.\(key)_token_id"]?.int else { return nil }
      guard id >= 0, id < symbols.count else {
        throw error("tokenizer.ggml.\(key)_token_id is \(id); there are \(symbols.count) tokens.")
      }
      return Int32(id)
    }
    var ends: [Int32] = []
    for key in Self.ends {
      if let id = try token(key), !ends.contains(id) { ends.append(id) }
    }
    // Ends of a turn by their names, where the file has no key for them, as llama.cpp has it.
    for name in ["<|eot_id|>", "<|im_end|>", "<end_of_turn>"] {
      if let id = symbols.firstIndex(of: name).map(Int32.init), !ends.contains(id) { ends.append(id) }
    }
    var tokenizer = Tokenizer(
      encoding: parts.encoding, added: addedTokens(symbols, unknown: model == "llama"),
      normalization: parts.normalization, splitting: parts.splitting, decoding: parts.decoding,
      chatTemplate: metadata["tokenizer.chat_template"]?.string, eosTokens: ends, bosToken: try token("bos"),
      padToken: try token("padding"))
    // Where the file doesn't say, as llama.cpp has it.
    let kind = metadata["tokenizer.ggml.pre"]?.string ?? ""
    let addsBOS =
      metadata["tokenizer.ggml.add_bos_token"]?.bool
      ?? (model == "llama" || ["llama3", "llama-v3", "llama-bpe"].contains(kind))
    tokenizer.prefixToken = addsBOS ? tokenizer.bosToken : nil
    return tokenizer
  }

  /// What differs between the kinds of vocabulary.
  struct Parts {
    var encoding: BytePairEncoding
    var normalization = TextNormalization()
    var splitting: [TextSplitting]
    var decoding = TokenDecoding.bytes
  }

  func error(_ what: String) -> CheckpointError { CheckpointError(file: path, message: what) }

  /// `enum llama_token_type`, as far as it matters here.
  enum TokenKind {
    static let unknown = 2.0
    static let control = 3.0
    static let userDefined = 4.0
  }

  var tokenKinds: [Double] { metadata["tokenizer.ggml.token_type"]?.numbers ?? [] }

  private func addedTokens(_ symbols: [String], unknown: Bool) -> [AddedToken] {
    zip(symbols, tokenKinds).enumerated().compactMap { id, token in
      let isSpecial = token.1 == TokenKind.control || unknown && token.1 == TokenKind.unknown
      guard isSpecial || token.1 == TokenKind.userDefined else { return nil }
      return AddedToken(id: Int32(id), content: token.0, isSpecial: isSpecial)
    }
  }

  private func byteLevelParts(_ symbols: [String]) throws(CheckpointError) -> Parts {
    let pre = metadata["tokenizer.ggml.pre"]?.string ?? "default"
    guard let splitting = Self.splittings[pre] else {
      let known = Self.splittings.keys.sorted().joined(separator: ", ")
      throw error("The tokenizer splits text by “\(pre)”, which is not supported. Known are: \(known).")
    }
    guard let merges = metadata["tokenizer.ggml.merges"]?.strings else {
      throw error("tokenizer.ggml.merges is missing. Fetch the file again.")
    }
    let kinds = tokenKinds
    var used = symbols.enumerated().map { id, symbol in
      id < kinds.count && kinds[id] == Double(Self.unusedKind) ? nil : Optional(symbol)
    }
    while let last = used.last, last == nil { used.removeLast() }
    var encoding = BytePairEncoding(symbols: used, merges: merges.count)
    encoding.takesWholePieces = splitting.wholePieces
    for (index, merge) in merges.enumerated() {
      let parts = merge.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, encoding.addMerge(String(parts[0]), String(parts[1])) else {
        throw error("Merge \(index) of tokenizer.ggml.merges, “\(merge)”, makes no token.")
      }
    }
    return Parts(
      encoding: encoding, normalization: TextNormalization(composes: splitting.composes),
      splitting: splitting.steps)
  }
}
