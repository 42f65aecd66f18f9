/// The files of a Hugging Face folder that make the tokenizer.
extension Tokenizer {
  /// Bytes by name. A tokenizer that was read from a folder gives the files of that folder back.
  func files() throws(CheckpointError) -> [String: [UInt8]] {
    if sources["tokenizer.json"] != nil { return sources }
    return [
      "tokenizer.json": Array(try json().text.utf8), "tokenizer_config.json": Array(configJSON.text.utf8),
      "special_tokens_map.json": Array(specialTokensJSON.text.utf8),
    ]
  }

  /// `tokenizer.json`: a token's id is the same there as here.
  func json() throws(CheckpointError) -> JSON {
    let addedIDs = Set(added.map(\.id))
    let symbols = encoding.tokens.indices.map { id in
      addedIDs.contains(Int32(id)) ? text(of: Int32(id)) : encoding.symbol(of: id)
    }
    var seen: Set<[UInt8]> = []
    for symbol in symbols {
      if let symbol, !seen.insert(Array(symbol.utf8)).inserted {
        throw CheckpointError(
          file: "", message: "Two tokens are written “\(symbol)”. Remove the word from the special tokens.")
      }
    }
    let vocabulary = symbols.enumerated().compactMap { id, symbol in
      symbol.map { (key: $0, value: JSON.int(id)) }
    }
    let merges = encoding.merges.map { merge in
      JSON.array([merge.left, merge.right].map { .optional(symbols[Int($0)]) })
    }
    return .object([
      ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
      ("added_tokens", .array(added.sorted { $0.id < $1.id }.map { $0.json(withID: true) })),
      ("normalizer", normalizerJSON), ("pre_tokenizer", preTokenizerJSON),
      ("post_processor", postProcessorJSON),
      ("decoder", decoderJSON),
      (
        "model",
        .object([
          ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null),
          ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null), ("fuse_unk", .bool(false)),
          ("byte_fallback", .bool(decoding != .bytes)), ("ignore_merges", .bool(encoding.takesWholePieces)),
          ("vocab", .object(vocabulary)), ("merges", .array(merges)),
        ])
      ),
    ])
  }

  /// Puts the prefix before a text, and before both of a pair.
  private var postProcessorJSON: JSON {
    guard let prefixToken, let text = text(of: prefixToken) else { return .null }
    func part(_ kind: String, _ name: String, type: Int = 0) -> JSON {
      .object([(kind, .object([("id", .string(name)), ("type_id", .int(type))]))])
    }
    let single = [part("SpecialToken", text), part("Sequence", "A")]
    let second = [part("SpecialToken", text, type: 1), part("Sequence", "B", type: 1)]
    let token: JSON = .object([
      ("id", .string(text)), ("ids", .array([.int(Int(prefixToken))])), ("tokens", .array([.string(text)])),
    ])
    return .object([
      ("type", .string("TemplateProcessing")), ("single", .array(single)), ("pair", .array(single + second)),
      ("special_tokens", .object([(text, token)])),
    ])
  }

  private func text(of id: Int32?) -> String? {
    id.map { String(decoding: bytes(of: $0), as: UTF8.self) }
  }

  private var named: [(key: String, value: JSON)] {
    [
      ("bos_token", .optional(text(of: bosToken))), ("eos_token", .optional(text(of: eosTokens.first))),
      ("pad_token", .optional(text(of: padToken))),
    ].filter { !$0.value.isNull }
  }

  private var specialTokensJSON: JSON { .object(named) }

  private var configJSON: JSON {
    let decoder = added.sorted { $0.id < $1.id }.map { (key: "\($0.id)", value: $0.json(withID: false)) }
    return .object(
      [("add_prefix_space", .bool(false)), ("added_tokens_decoder", .object(decoder))] + named + [
        ("chat_template", .optional(chatTemplate)), ("clean_up_tokenization_spaces", .bool(false)),
        ("tokenizer_class", .string("PreTrainedTokenizerFast")),
      ])
  }
}

extension AddedToken {
  fileprivate func json(withID: Bool) -> JSON {
    .object(
      (withID ? [("id", .int(Int(id)))] : []) + [
        ("content", .string(content)), ("single_word", .bool(singleWord)), ("lstrip", .bool(stripsLeft)),
        ("rstrip", .bool(stripsRight)), ("normalized", .bool(isNormalized)), ("special", .bool(isSpecial)),
      ])
  }
}
