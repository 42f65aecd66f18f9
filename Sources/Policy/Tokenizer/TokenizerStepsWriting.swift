/// The steps before and behind the model, as `tokenizer.json` has them.
extension Tokenizer {
  var normalizerJSON: JSON {
    var steps: [JSON] = normalization.composes ? [.step("NFC")] : []
    if let spaces = normalization.spaces, !spaces.isLate {
      if spaces.prefix == .always { steps.append(.step("Prepend", [("prepend", .string("▁"))])) }
      steps.append(.replace(" ", by: "▁"))
    }
    return steps.isEmpty
      ? .null : steps.count == 1 ? steps[0] : .step("Sequence", [("normalizers", .array(steps))])
  }

  var preTokenizerJSON: JSON {
    guard decoding == .bytes else { return metaspaceJSON }
    var steps: [JSON] = splitting.map { step in
      if case .digits(let individual) = step {
        return .step("Digits", [("individual_digits", .bool(individual))])
      }
      return .step(
        "Split",
        [
          ("pattern", .object([("Regex", .optional(step.pattern))])), ("behavior", .string("Isolated")),
          ("invert", .bool(false)),
        ])
    }
    if splitting.last == .gpt2 { steps.removeLast() }
    steps.append(.byteLevel(splits: splitting.last == .gpt2))
    if steps.count == 1 { return steps[0] }
    return .step("Sequence", [("pretokenizers", .array(steps))])
  }

  private var metaspaceJSON: JSON {
    guard let spaces = normalization.spaces, spaces.isLate else { return .null }
    let scheme = TokenizerJSONSteps.prefixes.first { $0.value == spaces.prefix }?.key
    return .step(
      "Metaspace",
      [
        ("replacement", .string("▁")), ("prepend_scheme", .optional(scheme)),
        ("split", .bool(splitting.contains(.spaces))),
      ])
  }

  var decoderJSON: JSON {
    guard case .pieces(let stripped) = decoding else { return .byteLevel(splits: true) }
    var steps: [JSON] = [.replace("▁", by: " "), .step("ByteFallback"), .step("Fuse")]
    if stripped > 0 {
      steps.append(
        .step("Strip", [("content", .string(" ")), ("start", .int(stripped)), ("stop", .int(0))]))
    }
    return .step("Sequence", [("decoders", .array(steps))])
  }
}

extension JSON {
  fileprivate static func step(_ type: String, _ entries: [(key: String, value: JSON)] = []) -> JSON {
    .object([("type", .string(type))] + entries)
  }

  fileprivate static func replace(_ pattern: String, by content: String) -> JSON {
    step("Replace", [("pattern", .object([("String", .string(pattern))])), ("content", .string(content))])
  }

  fileprivate static func byteLevel(splits: Bool) -> JSON {
    step(
      "ByteLevel",
      [("add_prefix_space", .bool(false)), ("trim_offsets", .bool(true)), ("use_regex", .bool(splits))])
  }
}
