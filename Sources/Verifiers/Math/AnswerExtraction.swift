/// Where the final answer of a solution stands.
///
/// Behind the thoughts, in this order: the last `\boxed{}` or `\fbox{}`, the last `<answer>`, the last anchor
/// (`####`, `Answer:`, `the answer is`, ...), the last displayed formula, the last formula of the last line, what
/// that line says something is, its last number. One backward scan each; linear in the text.
enum AnswerExtraction {
  enum Found: Equatable {
    case answer(String)
    /// Boxes side by side: answers, where several are asked for.
    case boxes([String])
    case none
    /// Several different answers, each with its own tag or anchor.
    case several
  }

  /// Text beyond this many bytes is not looked at: the answer stands at the end.
  static let window = 1 << 20

  static func answer(in completion: String) -> Found {
    let text = AnswerText(completion, last: window)
    var all = 0..<text.bytes.count
    if let end = text.last("</think>", in: all) { all = end + 8..<all.upperBound }
    if let boxed = boxed(text, all) {
      // A box in the middle, and the answer said behind it: the last word counts.
      if let last = lastBox(text, all), case .answer(let said)? = anchored(text, last.end..<all.upperBound),
        AnswerSentence.isExpression(said[...])
      {
        return .answer(said)
      }
      return boxed
    }
    return tagged(text, all) ?? anchored(text, all) ?? displayed(text, all) ?? lastLine(text, all)
  }

  // --- Boxes ---

  private static func boxed(_ text: AnswerText, _ all: Range<Int>) -> Found? {
    guard let last = lastBox(text, all) else { return nil }
    guard let content = last.content else { return Found.none }
    let answer = text.string(content)
    if answer.isEmpty { return Found.none }
    // Boxes that stand side by side.
    var contents = [answer]
    var start = last.start
    while contents.count < 50, let before = lastBox(text, all.lowerBound..<start), let inner = before.content,
      isBetween(text, before.end..<start)
    {
      contents.insert(text.string(inner), at: 0)
      start = before.start
    }
    return Set(contents).count == 1 ? .answer(answer) : .boxes(contents)
  }

  private struct Box {
    var start: Int
    /// Nil where it never closes.
    var content: Range<Int>?
    var end: Int
  }

  private static func lastBox(_ text: AnswerText, _ range: Range<Int>) -> Box? {
    var end = range.upperBound
    while let mark = [
      text.last("boxed", in: range.lowerBound..<end), text.last("\\fbox", in: range.lowerBound..<end),
    ]
    .compactMap(\.self).max() {
      let isFramed = text.bytes[mark] == UInt8(ascii: "\\")
      let start = isFramed ? mark : mark > range.lowerBound ? mark - 1 : mark
      guard isFramed || text.bytes[start] == UInt8(ascii: "\\")
      else {
        end = mark
        continue
      }
      var at = mark + 5
      while at < range.upperBound, text.bytes[at] == 32 { at += 1 }
      if at < range.upperBound, text.bytes[at] == UInt8(ascii: "{") {
        let content = text.braced(at: at, before: range.upperBound)
        return Box(start: start, content: content.map(text.trimmed), end: (content?.upperBound ?? at) + 1)
      }
      // `\boxed 7`: TeX takes one token, models mean the word.
      var stop = at
      while stop < range.upperBound, text.isLetter(stop) || text.bytes[stop] &- 48 < 10 { stop += 1 }
      return Box(start: start, content: at..<stop, end: stop)
    }
    return nil
  }

  /// Whether no more stands between two boxes than `, and $y_2 =$`.
  private static func isBetween(_ text: AnswerText, _ range: Range<Int>) -> Bool {
    guard range.count <= 60, !text.contains(range, where: { $0 == 10 || $0 == UInt8(ascii: ".") }) else {
      return false
    }
    let words = text.string(range).split(whereSeparator: { !$0.isLetter }).map { $0.lowercased() }
    return words.allSatisfy {
      ["and", "or", "text", "quad", "qquad", "x", "y", "z", "n", "a", "b", "m", "k"].contains($0)
        || $0.hasPrefix("quad")
    }
      || words.count <= 2 && range.count <= 30 && words.contains("and")
  }

  // --- Tags ---

  private static func tagged(_ text: AnswerText, _ all: Range<Int>) -> Found? {
    guard let open = text.last("<answer>", in: all) else { return nil }
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

  private static let anchors: [(text: StaticString, isLabel: Bool)] = [
    ("####", true), ("final answer is", false), ("answer:", true), ("answer**:", true), ("answer is", false),
    ("answers are", false),
    ("answer to the question is", false), ("final answer", false), ("答案是", false), ("答案为", false),
    ("答案：", true),
    ("答案:", true), ("Ответ:", true), ("answer should be", false), ("answer =", false),
  ]

  private static func anchored(_ text: AnswerText, _ all: Range<Int>) -> Found? {
    var best: (start: Int, end: Int, index: Int)?
    for (index, anchor) in anchors.enumerated() {
      let from = max(all.lowerBound, (best?.start ?? 0) - 40)
      guard
        let start = text.last(
          anchor.text, in: from..<all.upperBound, ignoringCase: anchor.text.utf8Start[0] < 0x80)
      else { continue }
      let end = start + anchor.text.utf8CodeUnitCount
      if best.map({ end > $0.end }) ?? true { best = (start, end, index) }
    }
    guard let best else { return nil }
    var end = best.end
    while end < all.upperBound, " \t\n\r:*_".utf8.contains(text.bytes[end]) { end += 1 }
    let line = end..<(text.bytes[end..<all.upperBound].firstIndex(of: 10) ?? all.upperBound)
    // A formula may go on over several lines.
    let answer = AnswerSentence.answer(formula(text, at: end, all) ?? text.string(line))
    if answer.isEmpty { return Found.none }
    if anchors[best.index].isLabel {
      for other in labelled(text, anchors[best.index].text, all.lowerBound..<best.start) where other != answer
      { return .several }
    }
    return .answer(answer)
  }

  /// `$$…$$` or `\[…\]` that begins here.
  private static func formula(_ text: AnswerText, at start: Int, _ all: Range<Int>) -> String? {
    for (open, close) in [("$$", "$$"), ("\\[", "\\]")] as [(StaticString, StaticString)]
    where text.matches(open, at: start) {
      let from = start + open.utf8CodeUnitCount
      return text.first(close, in: from..<all.upperBound).map { text.string(text.trimmed(from..<$0)) }
    }
    return nil
  }

  /// The answers behind the same label at the beginning of earlier lines: a list of candidates.
  private static func labelled(_ text: AnswerText, _ label: StaticString, _ range: Range<Int>) -> [String] {
    var found: [String] = []
    var end = range.upperBound
    while found.count < 1000, let start = text.last(label, in: range.lowerBound..<end, ignoringCase: true) {
      end = start
      guard start == range.lowerBound || text.bytes[start - 1] == 10 else { continue }
      let from = start + label.utf8CodeUnitCount
      let line = from..<(text.bytes[from..<range.upperBound].firstIndex(of: 10) ?? range.upperBound)
      let answer = AnswerSentence.answer(text.string(text.trimmed(line)))
      if !answer.isEmpty { found.append(answer) }
    }
    return found
  }

  // --- Without ---

  /// The last `$$…$$` or `\[…\]`.
  private static func displayed(_ text: AnswerText, _ all: Range<Int>) -> Found? {
    for (open, close) in [("\\[", "\\]"), ("$$", "$$")] as [(StaticString, StaticString)] {
      guard let end = text.last(close, in: all), let start = text.last(open, in: all.lowerBound..<end) else {
        continue
      }
      let content = text.trimmed(start + 2..<end)
      if !content.isEmpty, content.count <= 10_000 { return .answer(text.string(content)) }
    }
    return nil
  }

  private static func lastLine(_ text: AnswerText, _ all: Range<Int>) -> Found {
    var end = all.upperBound
    while end > all.lowerBound {
      let start = text.bytes[all.lowerBound..<end].lastIndex(of: 10).map { $0 + 1 } ?? all.lowerBound
      let line = text.trimmed(start..<end)
      if text.contains(line, where: { $0 &- 48 < 10 || $0 | 32 &- 97 < 26 || $0 >= 0x80 }) {
        return AnswerSentence.unmarked(
          text.string(line.count > 4000 ? line.upperBound - 4000..<line.upperBound : line))
      }
      end = max(all.lowerBound, start - 1)
      if start == all.lowerBound { break }
    }
    return .none
  }
}
