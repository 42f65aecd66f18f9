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
    let text = (marked(answer) ?? (isBlock ? answer : last)).flatMap(nonEmpty).flatMap(unboxed)
    return text.map(Result.success) ?? .failure(.none)
  }

  /// The same, nil without one.
  static func text(of completion: String) -> String? { try? read(completion).get() }

  private static func hasSeveral(_ answer: Substring) -> Bool {
    guard answer.hasBytes("Answer:"), !answer.hasBytes("<answer>") else { return false }
    var said: Set<Substring> = []
    for line in answer.split(whereSeparator: \.isNewline) {
      let text = line.drop(while: \.isWhitespace)
      guard text.hasPrefix("Answer:") else { continue }
      said.insert(text.dropFirst("Answer:".count).drop(while: \.isWhitespace))
      if said.count > 1 { return true }
    }
    return false
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
