/// What a GGUF file says of the tokenizer: the other side of `GGUFFile.tokenizer`.
extension Tokenizer {
  /// - Parameter rows: of the embedding: as llama.cpp wants it, each has a token, if need be an unused one.
  func ggufMetadata(
    rows: Int, file: String
  ) throws(CheckpointError) -> [(key: String, value: GGUFEncoder.Value)] {
    func error(_ what: String) -> CheckpointError {
      CheckpointError(file: file, message: "\(what) Write a Hugging Face folder instead.")
    }
    guard let pre = GGUFFile.splitting(of: self) else {
      throw error("The tokenizer's way to split text has no name in GGUF.")
    }
    guard eosTokens.count <= GGUFFile.ends.count else {
      throw error("GGUF holds \(GGUFFile.ends.count) tokens that end a completion, not \(eosTokens.count).")
    }
    let addedByID = Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    var symbols: [String] = []
    var kinds: [Int32] = []
    var seen: Set<[UInt8]> = []
    for id in 0..<max(rows, vocabularySize) {
      var (symbol, kind) = ("[PAD\(id)]", GGUFFile.unusedKind)
      if let token = addedByID[Int32(id)] {
        (symbol, kind) = (token.content, token.isSpecial ? 3 : 4)
      } else if encoding.tokens.indices.contains(id), let bytes = encoding.tokens[id] {
        (symbol, kind) = (ByteSymbols.symbols(of: bytes), 1)
      }
      guard seen.insert(Array(symbol.utf8)).inserted else {
        throw error("Two tokens are written “\(symbol)”.")
      }
      symbols.append(symbol)
      kinds.append(kind)
    }
    let merges = encoding.merges.map { symbols[Int($0.left)] + " " + symbols[Int($0.right)] }
    var metadata: [(key: String, value: GGUFEncoder.Value)] = [
      ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string(pre)),
      ("tokenizer.ggml.tokens", .strings(symbols)), ("tokenizer.ggml.token_type", .kinds(kinds)),
      ("tokenizer.ggml.merges", .strings(merges)),
    ]
    for (key, id) in [("bos", bosToken), ("padding", padToken)] {
      if let id { metadata.append(("tokenizer.ggml.\(key)_token_id", .size(Int(id)))) }
    }
    for (key, id) in zip(GGUFFile.ends, eosTokens) {
      metadata.append(("tokenizer.ggml.\(key)_token_id", .size(Int(id))))
    }
    metadata.append(("tokenizer.ggml.add_bos_token", .bool(prefixToken != nil && prefixToken == bosToken)))
    // The token at the end is the chat template's.
    metadata.append(("tokenizer.ggml.add_eos_token", .bool(false)))
    if let chatTemplate { metadata.append(("tokenizer.chat_template", .string(chatTemplate))) }
    return metadata
  }
}
