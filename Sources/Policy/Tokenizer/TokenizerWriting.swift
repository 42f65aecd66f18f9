/// The files from which `transformers.AutoTokenizer` makes the same tokenizer.
extension Tokenizer {
  /// By name; as they were read, where they were read from a Hugging Face folder.
  func files() -> [String: [UInt8]] {
    var files = [
      "tokenizer.json": json, "tokenizer_config.json": settings, "special_tokens_map.json": specialTokens,
      "generation_config.json": generation,
    ].mapValues { Array($0.text.utf8) }
    if sources["tokenizer.json"] != nil {
      // Written anew beside a carried chat_template.jinja, the settings would still agree with it.
      files.merge(sources) { $1 }
    }
    return files
  }

  private func symbol(_ id: Int) -> String {
    if let token = added.last(where: { $0.id == Int32(id) }) { return token.content }
    return ByteSymbols.symbols(of: encoding.tokens[id] ?? [])
  }

  private var json: JSON {
    let symbols = encoding.tokens.map { $0.map { ByteSymbols.symbols(of: $0) } }
    var names = symbols
    for token in added where names.indices.contains(Int(token.id)) { names[Int(token.id)] = token.content }
    let vocabulary: [(key: String, value: JSON)] = names.enumerated().compactMap { id, name in
      name.map { ($0, .int(id)) }
    }
    let merges: [JSON] = encoding.merges.map { merge in
      .string((symbols[Int(merge.left)] ?? "") + " " + (symbols[Int(merge.right)] ?? ""))
    }
    let byteLevel = JSON.object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)), ("trim_offsets", .bool(true)),
      ("use_regex", .bool(false)),
    ])
    return .object([
      ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
      ("added_tokens", .array(added.sorted { $0.id < $1.id }.map(\.json))),
      ("normalizer", composes ? .object([("type", .string("NFC"))]) : .null),
      (
        "pre_tokenizer",
        .object([
          ("type", .string("Sequence")),
          ("pretokenizers", .array(splitting.map(\.json) + [byteLevel])),
        ])
      ),
      ("post_processor", .null),
      ("decoder", byteLevel),
      (
        "model",
        .object([
          ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null),
          ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null), ("fuse_unk", .bool(false)),
          ("byte_fallback", .bool(false)), ("ignore_merges", .bool(encoding.takesWholePieces)),
          ("vocab", .object(vocabulary)), ("merges", .array(merges)),
        ])
      ),
    ])
  }

  private func text(_ id: Int32?) -> JSON { .optional(id.map { symbol(Int($0)) }) }

  private var settings: JSON {
    .object([
      ("add_bos_token", .bool(false)),
      ("add_prefix_space", .bool(false)),
      ("bos_token", text(bosToken)),
      ("chat_template", .optional(chatTemplate)),
      ("clean_up_tokenization_spaces", .bool(false)),
      ("eos_token", text(eosTokens.first)),
      ("pad_token", text(padToken)),
      ("tokenizer_class", .string("PreTrainedTokenizerFast")),
    ])
  }

  private var specialTokens: JSON {
    let tokens = [("bos_token", bosToken), ("eos_token", eosTokens.first), ("pad_token", padToken)]
    return .object(tokens.filter { $0.1 != nil }.map { ($0.0, text($0.1)) })
  }

  private var generation: JSON {
    var entries: [(key: String, value: JSON)] = []
    if let bosToken { entries.append(("bos_token_id", .int(Int(bosToken)))) }
    if !eosTokens.isEmpty {
      let ids = eosTokens.map { JSON.int(Int($0)) }
      entries.append(("eos_token_id", ids.count == 1 ? ids[0] : .array(ids)))
    }
    if let padToken { entries.append(("pad_token_id", .int(Int(padToken)))) }
    return .object(entries)
  }
}

extension AddedToken {
  fileprivate var json: JSON {
    .object([
      ("id", .int(Int(id))), ("content", .string(content)), ("single_word", .bool(singleWord)),
      ("lstrip", .bool(stripsLeft)), ("rstrip", .bool(stripsRight)), ("normalized", .bool(isNormalized)),
      ("special", .bool(isSpecial)),
    ])
  }
}

extension TextSplitting {
  fileprivate var json: JSON {
    switch self {
    case .digits(let individual):
      .object([("type", .string("Digits")), ("individual_digits", .bool(individual))])
    case .gpt2, .llama3:
      .object([
        ("type", .string("Split")), ("pattern", .object([("Regex", .optional(pattern))])),
        ("behavior", .string("Isolated")), ("invert", .bool(false)),
      ])
    }
  }
}
