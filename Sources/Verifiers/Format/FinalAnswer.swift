/// Where in a completion the final answer stands, in plain words: for answers that are no mathematics.
enum FinalAnswer {
  /// The text after the last `Answer:` (or in the last `<answer>`, or in a `\boxed{}` there) behind the thoughts; the last
  /// line that is not blank without one. Nil when there is nothing.
  static func text(of completion: String) -> String? {
    let answer = ThinkBlock.answer(of: completion)
    if let marked = marked(answer) { return nonEmpty(marked).flatMap(unboxed) }
    return answer.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
      .flatMap { nonEmpty($0) }.flatMap(unboxed)
  }

  /// The same for answers of several lines: without a mark, all that follows the thoughts.
  static func block(of completion: String) -> String? {
    let answer = ThinkBlock.answer(of: completion)
    return nonEmpty(marked(answer) ?? answer).flatMap(unboxed)
  }

  /// Whether an answer is announced, and nothing follows.
  static func isEmpty(_ completion: String) -> Bool {
    marked(ThinkBlock.answer(of: completion)).map { $0.allSatisfy(\.isWhitespace) } ?? false
  }

  /// What an `<answer>` or an `Answer:` announces; nil without one.
  private static func marked(_ answer: Substring) -> Substring? {
    if let tag = answer.lastRange(of: "<answer>") {
      let inner = answer[tag.upperBound...]
      return inner.lastRange(of: "</answer>").map { inner[..<$0.lowerBound] } ?? ""
    }
    return answer.lastRange(of: "Answer:").map { answer[$0.upperBound...] }
  }

  /// What is in the box, where there is one, and in the `\text{}` that fills it; nil for a box that never closes, and for
  /// several that differ.
  private static func unboxed(_ text: String) -> String? {
    guard text.hasBytes("\\boxed{") else { return text }
    var contents: Set<String> = []
    var rest = text[...]
    while let open = rest.firstRange(of: "\\boxed{") {
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
