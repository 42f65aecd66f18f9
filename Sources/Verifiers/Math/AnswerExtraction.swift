/// Where the final answer of a solution stands.
///
/// Behind the thoughts, in this order: the last `\boxed{}` or `\fbox{}`, the last `<answer>`, the last anchor
/// (`####`, `Answer:`, `the answer is`, ...), the last displayed formula, the last line, the last number of it.
/// One backward scan each; linear in the text.
enum AnswerExtraction {
  enum Found: Equatable {
    case answer(String)
    case none
    /// A box or tag that never closes, or two different boxes.
    case several
  }

  /// Text beyond this many bytes is not looked at: the answer stands at the end.
  private static let window = 1 << 20

  static func answer(in completion: String) -> Found {
    var text = Substring(completion)
    if text.utf8.count > window {
      text = Substring(String(decoding: text.utf8.suffix(window), as: UTF8.self))
    }
    if let end = text.lastRange(of: "</think>") { text = text[end.upperBound...] }
    if let boxed = boxed(in: text) { return boxed }
    if let open = text.lastRange(of: "<answer>") {
      let inner = text[open.upperBound...]
      guard let close = inner.lastRange(of: "</answer>") else { return .none }
      let content = inner[..<close.lowerBound].trimmed()
      if content.isEmpty { return .none }
      let earlier = text[..<open.lowerBound]
      if let before = earlier.lastRange(of: "<answer>"), let end = earlier.lastRange(of: "</answer>"),
        before.upperBound <= end.lowerBound, earlier[before.upperBound..<end.lowerBound].trimmed() != content
      {
        return .several
      }
      return .answer(content)
    }
    if let anchored = anchored(in: text) { return anchored }
    if let display = display(in: text) { return .answer(display) }
    guard let line = text.split(whereSeparator: \.isNewline).last(where: { $0.hasLetterOrDigit }) else {
      return .none
    }
    if line.utf8.count <= 60, MathParser.readsWhole(line.trimmed()) { return .answer(line.trimmed()) }
    return lastNumber(of: line).map(Found.answer) ?? .none
  }

  /// The content of the last box; `.several` when an earlier one in the same sentence differs.
  private static func boxed(in text: Substring) -> Found? {
    let marks = ["\\boxed", "\\fbox"].compactMap { text.lastRange(of: $0) }
    guard let mark = marks.max(by: { $0.lowerBound < $1.lowerBound }) else { return nil }
    let rest = text[mark.upperBound...].drop { $0 == " " }
    guard rest.first == "{" else {
      // `\boxed 7`: TeX takes one token.
      let token = rest.prefix { $0.isNumber || $0.isLetter }
      return token.isEmpty ? Found.none : .answer(String(token))
    }
    var depth = 0
    for index in rest.indices {
      switch rest[index] {
      case "{": depth += 1
      case "}":
        depth -= 1
        if depth == 0 {
          let content = rest[rest.index(after: rest.startIndex)..<index].trimmed()
          if content.isEmpty { return Found.none }
          return hasCandidate(before: text[..<mark.lowerBound], other: content) ? .several : .answer(content)
        }
      default: break
      }
    }
    return Found.none
  }

  /// Whether another box closes shortly before on the same line: `\\boxed{1} or \\boxed{2}`.
  private static func hasCandidate(before text: Substring, other: String) -> Bool {
    guard let close = text.suffix(60).lastIndex(of: "}"), let open = text[..<close].lastRange(of: "\\boxed{")
    else { return false }
    let between = text[text.index(after: close)...]
    return !between.contains(where: \.isNewline) && !between.contains(".")
      && text[open.upperBound..<close].trimmed() != other
  }

  private static let anchors = [
    "####", "final answer is", "Final answer:", "final answer:", "Final Answer:", "Answer:", "answer:",
    "ANSWER:", "answer is", "answer to the question is", "答案是", "答案：", "答案:", "Ответ:",
  ]

  private static func anchored(in text: Substring) -> Found? {
    var best: (range: Range<Substring.Index>, anchor: String)?
    for anchor in anchors {
      if let range = text.lastRange(of: anchor), best.map({ range.upperBound > $0.range.upperBound }) ?? true
      {
        best = (range, anchor)
      }
    }
    guard let (range, anchor) = best else { return nil }
    var line = text[range.upperBound...].drop { $0 == ":" || $0 == "*" || $0.isWhitespace }
    // Several answers, each with its anchor, are a list of candidates unless they agree.
    let others = answers(of: anchor, in: text)
    if let end = line.firstIndex(where: \.isNewline) { line = line[..<end] }
    let answer = clean(line)
    if answer.isEmpty { return Found.none }
    if others.contains(where: { $0 != answer }) { return .several }
    return .answer(answer)
  }

  /// The lines behind every `Answer:` or `####`; prose such as "the answer is" may change its mind.
  private static func answers(of anchor: String, in text: Substring) -> [String] {
    guard anchor == "####" || anchor.hasSuffix(":") else { return [] }
    return text.split(whereSeparator: \.isNewline).suffix(1000).compactMap { line in
      let line = line.trimmed()
      guard line.hasPrefix(anchor) else { return nil }
      return clean(line.dropFirst(anchor.count))
    }
  }

  /// Without markdown's stars, a full stop at the end, and what follows a closed formula in prose.
  private static func clean(_ line: Substring) -> String {
    var text = line.trimmed()
    while text.hasPrefix("*") { text.removeFirst() }
    while let last = text.last, last == "." || last == "*" || last == "," { text.removeLast() }
    text = text.trimmed()
    if text.hasPrefix("$"), !text.hasPrefix("$$"), let close = text.dropFirst().firstIndex(of: "$") {
      let after = text[text.index(after: close)...]
      let inside = text[text.index(after: text.startIndex)..<close]
      if after.allSatisfy({ !$0.isNumber }), !after.contains("$"), inside.hasLetterOrDigit,
        after.utf8.count > 1,
        !after.contains(" or "), !after.contains(" and ")
      {
        return inside.trimmed()
      }
    }
    return text
  }

  /// The last `$$…$$` or `\[…\]`.
  private static func display(in text: Substring) -> String? {
    if let close = text.lastRange(of: "\\]"), let open = text[..<close.lowerBound].lastRange(of: "\\[") {
      return nonEmpty(text[open.upperBound..<close.lowerBound])
    }
    if let close = text.lastRange(of: "$$"), let open = text[..<close.lowerBound].lastRange(of: "$$") {
      return nonEmpty(text[open.upperBound..<close.lowerBound])
    }
    return nil
  }

  private static func nonEmpty(_ text: Substring) -> String? {
    let text = text.trimmed()
    return text.isEmpty || text.utf8.count > 10_000 ? nil : text
  }

  /// The last run of digits of a line, with sign, point, group commas and a fraction bar between two.
  private static func lastNumber(of line: Substring) -> String? {
    let characters = Array(line.suffix(2000))
    guard let end = characters.lastIndex(where: { $0.isASCII && $0.isNumber }) else { return nil }
    var start = end
    while start > 0 {
      let before = characters[start - 1]
      let isInside = before == "." || before == "," || before == "/"
      guard before.isASCII && before.isNumber || isInside && start > 1 && characters[start - 2].isNumber
      else { break }
      start -= 1
    }
    if start > 0, characters[start - 1] == "-",
      start == 1 || !(characters[start - 2].isNumber || characters[start - 2].isLetter)
    {
      start -= 1
    }
    return String(characters[start...end])
  }
}
