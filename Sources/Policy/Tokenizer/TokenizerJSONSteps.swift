/// The steps before and behind the model that a `tokenizer.json` names; those that are known, an error for others.
struct TokenizerJSONSteps {
  let file: String
  private(set) var normalization = TextNormalization()
  var splitting: [TextSplitting] = []
  private(set) var hasByteLevel = false

  init(file: String) { self.file = file }

  private func error(_ what: String) -> CheckpointError { CheckpointError(file: file, message: what) }

  mutating func readNormalizer(_ step: JSON) throws(CheckpointError) {
    switch step["type"]?.string {
    case nil where step.isNull: return
    case "NFC": normalization.composes = true
    case "Sequence":
      for part in step["normalizers"]?.array ?? [] { try readNormalizer(part) }
    case "Prepend" where step["prepend"]?.string == "▁":
      var spaces = normalization.spaces ?? TextNormalization.SpaceMarks()
      spaces.prefix = .always
      normalization.spaces = spaces
    case "Replace" where step["pattern"]?["String"]?.string == " " && step["content"]?.string == "▁":
      normalization.spaces = normalization.spaces ?? TextNormalization.SpaceMarks()
      replacesSpaces = true
    case let type:
      throw error(
        "The normalizer “\(type ?? "")” is not supported, only NFC, Prepend of ▁, Replace of spaces by ▁.")
    }
  }

  /// `Prepend` without `Replace` would leave spaces as they are.
  private var replacesSpaces = false

  mutating func readPreTokenizer(_ step: JSON) throws(CheckpointError) {
    let type = step["type"]?.string ?? "none"
    guard !hasByteLevel else { throw error("The pre_tokenizer “\(type)” behind ByteLevel is not supported.") }
    switch type {
    case "none" where step.isNull: break
    case "Sequence":
      for part in step["pretokenizers"]?.array ?? [] { try readPreTokenizer(part) }
    case "Digits": splitting.append(.digits(individual: step["individual_digits"]?.bool ?? false))
    case "ByteLevel":
      if step["add_prefix_space"]?.bool ?? true {
        throw error("ByteLevel with add_prefix_space is not supported.")
      }
      if step["use_regex"]?.bool ?? true { splitting.append(.gpt2) }
      hasByteLevel = true
    case "Metaspace": try readMetaspace(step)
    // Nothing is left to split where all spaces were replaced.
    case "Split" where step["pattern"]?["String"]?.string == " " && replacesSpaces: break
    case "Split": try readSplit(step)
    default: throw error("The pre_tokenizer “\(type)” is not supported.")
    }
    if normalization.spaces?.isLate == false, !replacesSpaces {
      throw error("The normalizer puts ▁ before the text, but doesn't replace spaces; that is not supported.")
    }
  }

  private mutating func readSplit(_ step: JSON) throws(CheckpointError) {
    let pattern = step["pattern"]?["Regex"]?.string ?? step["pattern"]?["String"]?.string ?? ""
    let behavior = step["behavior"]?.string ?? ""
    // All known patterns match every text as a whole, so that nothing lies between the matches.
    guard let known = TextSplitting(pattern: pattern),
      (behavior, step["invert"]?.bool ?? false) == ("Isolated", false)
        || (behavior, step["invert"]?.bool ?? false) == ("Removed", true)
    else {
      throw error("The pre_tokenizer splits by “\(pattern)” (\(behavior)), which is not supported.")
    }
    splitting.append(known)
  }

  private mutating func readMetaspace(_ step: JSON) throws(CheckpointError) {
    guard step["replacement"]?.string == "▁", normalization.spaces == nil, splitting.isEmpty else {
      throw error("Metaspace with another replacement than ▁, or behind other steps, is not supported.")
    }
    // Files from before `prepend_scheme` have `add_prefix_space`.
    let scheme =
      step["prepend_scheme"]?.string ?? (step["add_prefix_space"]?.bool ?? true ? "always" : "never")
    guard let prefix = Self.prefixes[scheme] else {
      throw error("The prepend_scheme “\(scheme)” of Metaspace is not supported.")
    }
    normalization.spaces = TextNormalization.SpaceMarks(prefix: prefix, isLate: true)
    if step["split"]?.bool ?? true { splitting.append(.spaces) }
  }

  static let prefixes: [String: TextNormalization.Prefix] = [
    "never": .none, "always": .unlessSpace, "first": .firstUnlessSpace,
  ]

  /// Reads the decoder of SentencePiece's tokens.
  /// - Returns: How many spaces it takes from the start of a text.
  func spacesStripped(_ decoder: JSON) throws(CheckpointError) -> Int {
    let steps = decoder["decoders"]?.array ?? []
    let types = steps.map { $0["type"]?.string ?? "none" }
    let unsupported =
      "The decoder \(types.joined(separator: ", ")) is not supported, "
      + "only Replace of ▁ by a space, ByteFallback, Fuse and Strip, in this order."
    guard types.starts(with: ["Replace", "ByteFallback", "Fuse"]),
      steps[0]["pattern"]?["String"]?.string == "▁", steps[0]["content"]?.string == " "
    else { throw error(unsupported) }
    guard steps.count > 3 else { return 0 }
    guard types.dropFirst(3) == ["Strip"], steps[3]["content"]?.string == " ",
      steps[3]["stop"]?.int ?? 0 == 0, let count = steps[3]["start"]?.int, count >= 0
    else { throw error(unsupported) }
    return count
  }
}

extension TextSplitting {
  /// The regular expression, as `tokenizer.json` writes it; nil for steps that aren't one.
  var pattern: String? {
    switch self {
    case .digits, .spaces, .words: nil
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
