/// The tokenizer that a GGUF file carries.
extension GGUFFile {
  /// `tokenizer.ggml.pre`: which splitting the model was trained with (`llama-vocab.cpp` of llama.cpp); Qwen 2
  /// composes its text first, as its `tokenizer.json` says.
  private static let splittings: [String: (steps: [TextSplitting], composes: Bool, wholePieces: Bool)] = [
    "smollm": ([.digits(individual: true), .gpt2], false, false),
    "gpt-2": ([.gpt2], false, false),
    "default": ([.gpt2], false, false),
    "llama-bpe": ([.llama3(digits: 3)], false, true),
    "qwen2": ([.llama3(digits: 1)], true, false),
  ]

  /// The name of a tokenizer's splitting; nil where it has none.
  static func splitting(of tokenizer: Tokenizer) -> String? {
    splittings.filter { name, splitting in
      name != "default" && splitting.steps == tokenizer.splitting && splitting.composes == tokenizer.composes
        && splitting.wholePieces == tokenizer.encoding.takesWholePieces
    }.keys.min()
  }

  /// Keys of the tokens that end a completion: of a text, of a turn, of a message to a tool.
  static let ends = ["eos", "eot", "eom"]
  /// Of a row of the embedding that no text has (`LLAMA_TOKEN_TYPE_UNUSED`).
  static let unusedKind: Int32 = 5

  func tokenizer() throws(CheckpointError) -> Tokenizer {
    func error(_ what: String) -> CheckpointError { CheckpointError(file: path, message: what) }
    let model = metadata["tokenizer.ggml.model"]?.string ?? ""
    guard model == "gpt2" else {
      throw error("The tokenizer “\(model)” is not supported, only byte-level BPE (“gpt2”).")
    }
    let pre = metadata["tokenizer.ggml.pre"]?.string ?? "default"
    guard let splitting = Self.splittings[pre] else {
      let known = Self.splittings.keys.sorted().joined(separator: ", ")
      throw error("The tokenizer splits text by “\(pre)”, which is not supported. Known are: \(known).")
    }
    guard let symbols = metadata["tokenizer.ggml.tokens"]?.strings, !symbols.isEmpty,
      let merges = metadata["tokenizer.ggml.merges"]?.strings
    else { throw error("tokenizer.ggml.tokens or tokenizer.ggml.merges is missing. Fetch the file again.") }
    // 3 is a control token, 4 one that the user defined (`enum llama_token_type`).
    let kinds = metadata["tokenizer.ggml.token_type"]?.numbers ?? []
    var added: [AddedToken] = []
    for (id, kind) in kinds.enumerated() where (kind == 3 || kind == 4) && id < symbols.count {
      added.append(AddedToken(id: Int32(id), content: symbols[id], isSpecial: kind == 3))
    }
    var used = zip(symbols, kinds + Array(repeating: 1, count: max(0, symbols.count - kinds.count)))
      .map { $1 == Double(Self.unusedKind) ? nil : Optional($0) }
    while let last = used.last, last == nil { used.removeLast() }
    var encoding = BytePairEncoding(symbols: used, merges: merges.count)
    encoding.takesWholePieces = splitting.wholePieces
    for (index, merge) in merges.enumerated() {
      let parts = merge.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, encoding.addMerge(String(parts[0]), String(parts[1])) else {
        throw error("Merge \(index) of tokenizer.ggml.merges, “\(merge)”, makes no token.")
      }
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
    return Tokenizer(
      encoding: encoding, added: added, splitting: splitting.steps, composes: splitting.composes,
      chatTemplate: metadata["tokenizer.chat_template"]?.string, eosTokens: ends, bosToken: try token("bos"),
      padToken: try token("padding"))
  }
}
