/// Where the final answer of a solution stands.
///
/// Behind the thoughts, in this order: the last `\boxed{}` or `\fbox{}`, the last `<answer>`, the last anchor
/// (`####`, `Answer:`, `the answer is`, ...), the last displayed formula, the last formula of the last line, what
/// that line says something is, its last number. One backward scan for the marks; linear in the text.
struct AnswerExtraction {
  enum Found: Equatable {
    case answer(String)
    /// Boxes side by side: answers, where several are asked for.
    case boxes([String])
    case none
    /// Several different answers, each with its own tag or anchor.
    case several
  }

  /// Text beyond this many bytes is not looked at: the answer stands at the end.
  static let window = 1 << 18

  /// What may hold an answer.
  enum Source: String, CaseIterable {
    /// `\boxed{}`, `\fbox{}`.
    case boxed
    /// `<answer>…</answer>`.
    case tag
    /// `####`, `Answer:`, `the answer is`, ...
    case anchor
    /// `$$…$$`, `\[…\]`.
    case display
    /// What the last line says.
    case line
  }

  private let text: AnswerText
  private let sources: [Source]
  private var sentence: AnswerSentence
  /// Where the answer was found.
  private(set) var source: Source?

  /// - Parameter sources: Which count, the first that is there.
  init(_ completion: String, sources: [Source] = Source.allCases) {
    text = AnswerText(completion, last: Self.window)
    sentence = AnswerSentence(text)
    self.sources = sources
  }

  static func answer(in completion: String) -> Found {
    var extraction = AnswerExtraction(completion)
    return extraction.answer()
  }

  /// What an answer says, if it was read on the way.
  func form(of answer: String) -> MathForm? {
    guard let read = sentence.read, read.range.count == answer.utf8.count,
      text.bytes[read.range].elementsEqual(answer.utf8)
    else { return nil }
    return read.form
  }

  mutating func answer() -> Found {
    var all = 0..<text.bytes.count
    if let end = text.last("</think>", in: all) { all = end + 8..<all.upperBound }
    let marks = AnswerMarks(text, all, stopsAtBox: sources.first == .boxed)
    for source in sources {
      guard let found = answer(source, marks, all) else { continue }
      self.source = source
      return found
    }
    return .none
  }

  private mutating func answer(_ source: Source, _ marks: AnswerMarks, _ all: Range<Int>) -> Found? {
    switch source {
    case .boxed: return boxedOrSaidBehind(marks, all)
    case .tag: return tagged(marks, all)
    case .anchor: return marks.anchor.map { anchored($0, all) }
    case .display: return displayed(all)
    case .line: return lastLine(all)
    }
  }

  private mutating func boxedOrSaidBehind(_ marks: AnswerMarks, _ all: Range<Int>) -> Found? {
    guard let boxed = boxed(marks, all) else { return nil }
    if sources.contains(.anchor) {
      // A box in the middle, and the answer said behind it: the last word counts.
      if let last = lastBox(marks.box, all), last.end <= all.upperBound,
        let anchor = AnswerMarks(text, last.end..<all.upperBound).anchor,
        case .answer(let said) = anchored(anchor, last.end..<all.upperBound), isExpression(said)
      {
        return .answer(said)
      }
    }
    return boxed
  }

  private func isExpression(_ said: String) -> Bool {
    if form(of: said) != nil { return true }
    var other = AnswerSentence(AnswerText(said, last: Self.window))
    return other.isExpression(0..<other.text.bytes.count)
  }

  // --- Boxes ---

  private func boxed(_ marks: AnswerMarks, _ all: Range<Int>) -> Found? {
    guard let last = lastBox(marks.box, all) else { return nil }
    guard let content = last.content else { return Found.none }
    let answer = text.string(content)
    if answer.isEmpty { return Found.none }
    // Boxes that stand side by side.
    var contents = [answer]
    var start = last.start
    while contents.count < 50 {
      let near = max(all.lowerBound, start - 2000)..<start
      guard let before = lastBox(AnswerMarks(text, near).box, near), let inner = before.content,
        isBetween(before.end..<start)
      else { break }
      contents.append(text.string(inner))
      start = before.start
    }
    return contents.allSatisfy { $0 == answer } ? .answer(answer) : .boxes(contents.reversed())
  }

  private struct Box {
    var start: Int
    /// Nil where it never closes.
    var content: Range<Int>?
    var end: Int
  }

  /// The box that begins at `mark`, which is `boxed` or `\fbox`.
  private func lastBox(_ mark: Int?, _ range: Range<Int>) -> Box? {
    guard let mark else { return nil }
    let start = text.bytes[mark] == UInt8(ascii: "\\") ? mark : mark - 1
    var at = mark + 5
    while at < range.upperBound, text.bytes[at] == 32 { at += 1 }
    if at < range.upperBound, text.bytes[at] == UInt8(ascii: "{") {
      let content = text.braced(at: at, before: range.upperBound)
      return Box(start: start, content: content.map(text.trimmed), end: (content?.upperBound ?? at) + 1)
    }
    // `\boxed 7`: TeX takes one token, models mean the word.
    var stop = at
    while stop < range.upperBound, text.isLetter(stop) || text.isDigit(stop) { stop += 1 }
    return Box(start: start, content: at..<stop, end: stop)
  }

  /// Whether no more stands between two boxes than `, and $y_2 =$`.
  private func isBetween(_ range: Range<Int>) -> Bool {
    guard range.count <= 60, !text.contains(range, where: { $0 == 10 || $0 == UInt8(ascii: ".") }) else {
      return false
    }
    let words = text.words(range)
    return words.allSatisfy {
      ["and", "or", "text", "quad", "qquad", "x", "y", "z", "n", "a", "b", "m", "k"].contains($0)
        || $0.hasPrefix("quad")
    }
      || words.count <= 2 && range.count <= 30 && words.contains("and")
  }

  // --- Tags ---

  private func tagged(_ marks: AnswerMarks, _ all: Range<Int>) -> Found? {
    guard let open = marks.tag else { return nil }
    guard let close = text.first("</answer>", in: open + 8..<all.upperBound) else { return Found.none }
    let content = text.string(text.trimmed(open + 8..<close))
    if content.isEmpty { return Found.none }
    let earlier = all.lowerBound..<open
    if let before = text.last("<answer>", in: earlier), let end = text.first("</answer>", in: before..<open),
      text.string(text.trimmed(before + 8..<end)) != content
    {
      return .several
    }
    return .answer(content)
  }

  // --- Anchors ---

  private mutating func anchored(_ anchor: AnswerMarks.Anchor, _ all: Range<Int>) -> Found {
    var end = anchor.end
    while end < all.upperBound, " \t\n\r:*_".utf8.contains(text.bytes[end]) { end += 1 }
    let line = end..<(text.bytes[end..<all.upperBound].firstIndex(of: 10) ?? all.upperBound)
    // A formula may go on over several lines.
    let answer = formula(at: end, all) ?? sentence.answer(line)
    if answer.isEmpty { return Found.none }
    let read = sentence
    defer { sentence = read }
    if let label = anchor.label, isLabelledOtherwise(label, all.lowerBound..<anchor.start, answer, line) {
      return .several
    }
    return .answer(answer)
  }

  /// `$$…$$` or `\[…\]` that begins here.
  private func formula(at start: Int, _ all: Range<Int>) -> String? {
    for (open, close) in [("$$", "$$"), ("\\[", "\\]")] as [(StaticString, StaticString)]
    where text.matches(open, at: start) {
      let from = start + open.utf8CodeUnitCount
      return text.first(close, in: from..<all.upperBound).map { text.string(text.trimmed(from..<$0)) }
    }
    return nil
  }

  /// Whether the same label begins an earlier line with another answer: a list of candidates.
  private mutating func isLabelledOtherwise(
    _ label: StaticString, _ range: Range<Int>, _ answer: String, _ said: Range<Int>
  ) -> Bool {
    var end = range.upperBound
    var compared = 0
    while compared < 50, let start = text.last(label, in: range.lowerBound..<end, ignoringCase: true) {
      end = start
      // `**Answer:**` and `- Answer:` begin a line, too.
      var lineStart = start
      while lineStart > max(range.lowerBound, start - 8), "*_#>- \t".utf8.contains(text.bytes[lineStart - 1])
      {
        lineStart -= 1
      }
      guard lineStart == range.lowerBound || text.bytes[lineStart - 1] == 10 else { continue }
      let from = start + label.utf8CodeUnitCount
      let line = text.trimmed(
        from..<(text.bytes[from..<range.upperBound].firstIndex(of: 10) ?? range.upperBound))
      if text.bytes[line].elementsEqual(text.bytes[text.trimmed(said)]) { continue }
      compared += 1
      let other = sentence.answer(line)
      if !other.isEmpty, other != answer { return true }
    }
    return false
  }

  // --- Without ---

  /// The one line that a program printed last, as tool-integrated solutions quote it.
  private func output(_ all: Range<Int>) -> Range<Int>? {
    guard let open = text.last("```output\n", in: all) else { return nil }
    let start = open + 10
    guard let close = text.first("```", in: start..<all.upperBound) else { return nil }
    let line = text.trimmed(start..<close)
    return line.isEmpty || line.count > 200 || text.bytes[line].contains(10) ? nil : line
  }

  /// The last `$$…$$` or `\[…\]`.
  private func displayed(_ all: Range<Int>) -> Found? {
    for (open, close) in [("\\[", "\\]"), ("$$", "$$")] as [(StaticString, StaticString)] {
      guard let end = text.last(close, in: all), let start = text.last(open, in: all.lowerBound..<end) else {
        continue
      }
      let content = text.trimmed(start + 2..<end)
      if !content.isEmpty, content.count <= 10_000 { return .answer(text.string(content)) }
    }
    return nil
  }

  private mutating func lastLine(_ all: Range<Int>) -> Found {
    var end = all.upperBound
    while end > all.lowerBound {
      let start = text.bytes[all.lowerBound..<end].lastIndex(of: 10).map { $0 + 1 } ?? all.lowerBound
      let line = text.trimmed(start..<end)
      if text.contains(line, where: { $0 &- 48 < 10 || $0 | 32 &- 97 < 26 || $0 >= 0x80 }) {
        return sentence.unmarked(line.suffix(4000), output: output(all))
      }
      end = max(all.lowerBound, start - 1)
      if start == all.lowerBound { break }
    }
    return .none
  }
}
