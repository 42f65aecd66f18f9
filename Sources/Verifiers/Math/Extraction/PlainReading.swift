/// The answer of a completion, found in the plainest way: what `second_opinion` reads, without `AnswerExtraction`.
///
/// Behind the thoughts: the last box; else what its line says behind the last `Answer:`, `answer is` or `####`; else
/// the number of a last line that has no more than one. Where none of these is there, it says nothing.
enum PlainReading {
  /// In characters, from the end.
  static let window = 4096

  static func answer(in completion: String) -> String? {
    var text = completion.suffix(window)
    if let thought = text.lastRange(of: "</think>") { text = text[thought.upperBound...] }
    return boxed(text) ?? announced(text) ?? number(ofLastLine: text)
  }

  private static func boxed(_ text: Substring) -> String? {
    guard let box = text.lastRange(of: "\\boxed{") else { return nil }
    var depth = 1
    var at = box.upperBound
    while at < text.endIndex {
      if text[at] == "{" { depth += 1 }
      if text[at] == "}" { depth -= 1 }
      if depth == 0 { return String(text[box.upperBound..<at]) }
      at = text.index(after: at)
    }
    return nil
  }

  private static func announced(_ text: Substring) -> String? {
    let marks = ["Answer:", "answer:", "answer is", "####"].compactMap { text.lastRange(of: $0) }
    guard let mark = marks.max(by: { $0.upperBound < $1.upperBound }) else { return nil }
    let rest = text[mark.upperBound...].drop { $0 == "*" || $0 == ":" || $0.isWhitespace }
    let line = rest.prefix { !$0.isNewline }
    var said = line.trimmed()[...]
    while let last = said.last, ".*".contains(last) { said.removeLast() }
    return said.isEmpty ? nil : String(said)
  }

  private static func number(ofLastLine text: Substring) -> String? {
    guard let line = text.split(whereSeparator: \.isNewline).last(where: { $0.contains(where: \.isNumber) })
    else {
      return nil
    }
    let runs = line.split { !($0.isASCII && $0.isNumber) }
    // A sign, a point, a fraction or a unit beside it is more than a plain number.
    guard runs.count == 1, let run = runs.first else { return nil }
    let before = run.startIndex > line.startIndex ? line[line.index(before: run.startIndex)] : " "
    let after = line[run.endIndex...]
    let isEnd = after.allSatisfy { ".!*$ ".contains($0) }
    return isEnd && (before == " " || before == "*" || before == "$") ? String(run) : nil
  }
}
