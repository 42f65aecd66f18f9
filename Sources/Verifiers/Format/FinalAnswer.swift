import VerifierKit

/// Where in a completion the final answer stands, in plain words: for answers that are no mathematics.
enum FinalAnswer {
  /// Why there is no final answer to be judged.
  enum Missing: String, Error {
    case none = "no-answer"
    /// Lines that begin with `Answer:` and go on differently.
    case several = "several-answers"

    var verdict: Verdict { .rejected(rawValue) }
  }

  /// The text after the last `Answer:` (or in the last `<answer>`, or in a `\boxed{}` there) behind the thoughts; without
  /// one the last line that is not blank, or all of it where an answer may take several lines.
  static func read(_ completion: String, isBlock: Bool = false) -> Result<String, Missing> {
    let answer = ThinkBlock.answer(of: completion)
    if hasSeveral(answer) { return .failure(.several) }
    let last = answer.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
    let announced = marked(answer)
    // Boxes count wherever they stand, unless something else is announced.
    if announced == nil, answer.hasBytes("\\boxed{"), unboxed(String(answer)) == nil {
      return .failure(.several)
    }
    let text = (announced ?? (isBlock ? answer : last)).flatMap(nonEmpty).flatMap(unboxed)
    return text.map(Result.success) ?? .failure(.none)
  }

  /// The same, nil without one.
  static func text(of completion: String) -> String? { try? read(completion).get() }

  /// Whether two places announce different things: `Answer:` in any case, wherever it stands, and `<answer>`.
  private static func hasSeveral(_ answer: Substring) -> Bool {
    var said: Set<String> = []
    let closes = answer.byteRanges(of: "</answer>")
    for tag in answer.byteRanges(of: "<answer>") {
      guard let close = closes.first(where: { $0.lowerBound >= tag.upperBound }) else { continue }
      said.insert(plain(answer[tag.upperBound..<close.lowerBound].prefix(1000)))
    }
    if said.count > 1 { return true }
    guard said.isEmpty else { return false }
    let labels = (answer.byteRanges(of: "nswer:") + answer.byteRanges(of: "NSWER:")).sorted {
      $0.lowerBound < $1.lowerBound
    }
    for (index, label) in labels.enumerated() {
      var segment = answer[label.upperBound...]
      if index + 1 < labels.count {
        // Up to the next label, whose own beginning is none of it.
        segment = segment[..<labels[index + 1].lowerBound].dropLast()
        if segment.lowercased().hasSuffix("final ") { segment = segment.dropLast(6) }
      }
      // The first line that says something.
      let lines = segment.prefix(2000).split(whereSeparator: \.isNewline).map(plain)
      said.insert(lines.first { !$0.isEmpty } ?? "")
    }
    return said.count > 1
  }

  /// Without blanks, markup and the full stop around it.
  private static func plain(_ text: Substring) -> String {
    let said = text.trimmed().drop { "*_ ".contains($0) }
    return String(said.reversed().drop { "*_-. ".contains($0) }.reversed())
  }

  /// What an `<answer>` or an `Answer:` announces; nil without one.
  private static func marked(_ answer: Substring) -> Substring? {
    if let tag = answer.lastRange(of: "<answer>") {
      let inner = answer[tag.upperBound...]
      return inner.lastRange(of: "</answer>").map { inner[..<$0.lowerBound] } ?? ""
    }
    // `**Answer:** cat`, `**Answer: cat**`.
    return answer.lastRange(of: "Answer:").map { label in
      let said = answer[label.upperBound...]
      let isBold =
        said.hasPrefix("**") || answer[..<label.lowerBound].hasSuffix("**") && said.trimmed().hasSuffix("**")
      guard isBold else { return said }
      let inner = said.hasPrefix("**") ? said.dropFirst(2) : said
      return inner.lastRange(of: "**").map { inner[..<$0.lowerBound] } ?? inner
    }
  }

  /// What is in the box, where there is one, and in the `\text{}` that fills it; nil for a box that never closes, and for
  /// several that differ.
  private static func unboxed(_ text: String) -> String? {
    guard text.hasBytes("\\boxed{") else { return text }
    if let box = text.byteRanges(of: "\\boxed{", limit: 1).first,
      PuzzleWords.isHedged(String(text[..<box.lowerBound].suffix(60)))
    {
      return nil
    }
    var contents: Set<String> = []
    var rest = text[...]
    while let open = rest.byteRanges(of: "\\boxed{", limit: 1).first {
      guard contents.count < 2, let close = closing(rest[open.upperBound...]) else { return nil }
      contents.insert(rest[open.upperBound..<close].trimmed())
      rest = rest[close...]
    }
    guard contents.count == 1, var inner = contents.first else { return nil }
    for wrapper in ["\\text{", "\\textbf{", "\\mathrm{"]
    where inner.hasPrefix(wrapper) && inner.hasSuffix("}") {
      inner = inner.dropFirst(wrapper.count).dropLast().trimmed()
    }
    return inner.isEmpty ? nil : inner
  }

  /// The brace that closes the one before this text.
  private static func closing(_ text: Substring) -> Substring.Index? {
    var depth = 1
    return text.utf8.indices.first { index in
      if text.utf8[index] == UInt8(ascii: "{") { depth += 1 }
      if text.utf8[index] == UInt8(ascii: "}") { depth -= 1 }
      return depth == 0
    }
  }

  private static func nonEmpty(_ text: Substring) -> String? {
    let text = text.trimmed()
    return text.isEmpty ? nil : text
  }
}
