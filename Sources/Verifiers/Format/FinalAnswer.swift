/// Where in a completion the final answer stands, in plain words: for answers that are no mathematics.
enum FinalAnswer {
  /// The text after the last `Answer:` (or in the last `<answer>`) behind the thoughts; the last line that is
  /// not blank without one. Nil when there is nothing.
  static func text(of completion: String) -> String? {
    let answer = ThinkBlock.answer(of: completion)
    if let tag = answer.lastRange(of: "<answer>") {
      let inner = answer[tag.upperBound...]
      guard let close = inner.lastRange(of: "</answer>") else { return nil }
      return nonEmpty(inner[..<close.lowerBound])
    }
    if let anchor = answer.lastRange(of: "Answer:") { return nonEmpty(answer[anchor.upperBound...]) }
    return answer.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
      .flatMap { nonEmpty($0) }
  }

  private static func nonEmpty(_ text: Substring) -> String? {
    let text = text.trimmed()
    return text.isEmpty ? nil : text
  }
}
