/// A chain of thought as prose: what is no prose is left out, so that a reward for language can't be had by it.
///
/// Left out: fenced and inline code, formulas (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`), TeX's commands, addresses. The
/// rest keeps its bytes; what was cut becomes a blank.
struct ReasoningProse {
  private(set) var bytes: [UInt8] = []
  /// Letters that were cut, and letters in all (bytes of them).
  private(set) var cutLetters = 0
  private(set) var letters = 0

  private let text: [UInt8]
  private var at = 0
  private var isAbsent = [false, false, false]

  init(_ text: some StringProtocol) {
    self.text = Array(text.utf8)
    bytes.reserveCapacity(self.text.count)
    run()
    letters += cutLetters
  }

  /// The share of the letters that was cut.
  var cutShare: Double { letters == 0 ? 0 : Double(cutLetters) / Double(letters) }

  private mutating func run() {
    while at < text.count {
      let byte = text[at]
      switch byte {
      case UInt8(ascii: "`"):
        if has("```") {
          // An unclosed fence holds the rest.
          cut(to: find("```", from: at + 3, before: text.count).map { $0 + 3 } ?? text.count, as: 10)
        } else if let end = find("`", from: at + 1, before: endOfLine) {
          cut(to: end + 1)
        } else {
          keep()
        }
      case UInt8(ascii: "$"):
        if has("$$"), let end = close(.dollars) {
          cut(to: end + 2)
        } else if let end = endOfFormula {
          cut(to: end)
        } else {
          keep()
        }
      case UInt8(ascii: "\\"):
        if has("\\("), let end = close(.round) {
          cut(to: end + 2)
        } else if has("\\["), let end = close(.square) {
          cut(to: end + 2)
        } else {
          var end = at + 1
          while end < text.count, isLetter(text[end]) { end += 1 }
          cut(to: max(end, at + 1))
        }
      case UInt8(ascii: "h") where has("http://") || has("https://"):
        var end = at
        while end < text.count, text[end] > 32, text[end] < 0x80 { end += 1 }
        cut(to: end)
      default: keep()
      }
    }
  }

  private mutating func keep() {
    letters += isLetter(text[at]) ? 1 : 0
    bytes.append(text[at])
    at += 1
  }

  private mutating func cut(to end: Int, as blank: UInt8 = 32) {
    cutLetters += text[at..<end].count(where: isLetter)
    bytes.append(blank)
    at = end
  }

  private func isLetter(_ byte: UInt8) -> Bool { byte | 32 &- 97 < 26 || byte >= 0x80 }

  private func has(_ mark: StaticString, at index: Int? = nil) -> Bool {
    let start = index ?? at
    guard start + mark.utf8CodeUnitCount <= text.count else { return false }
    return (0..<mark.utf8CodeUnitCount).allSatisfy { text[start + $0] == mark.utf8Start[$0] }
  }

  private enum Closing: Int {
    case dollars, round, square
    var mark: StaticString {
      switch self {
      case .dollars: "$$"
      case .round: "\\)"
      case .square: "\\]"
      }
    }
  }

  /// Where the formula that opens here closes; what was not there once is not sought again.
  private mutating func close(_ closing: Closing) -> Int? {
    guard !isAbsent[closing.rawValue] else { return nil }
    let end = find(closing.mark, from: at + 2, before: text.count)
    isAbsent[closing.rawValue] = end == nil
    return end
  }

  private func find(_ mark: StaticString, from start: Int, before end: Int) -> Int? {
    var index = start
    while index + mark.utf8CodeUnitCount <= end {
      if text[index] == mark.utf8Start[0], has(mark, at: index) { return index }
      index += 1
    }
    return nil
  }

  private var endOfLine: Int {
    var end = at
    while end < text.count, end < at + 400, text[end] != 10 { end += 1 }
    return end
  }

  /// Behind a `$` that closes a formula: prose between two prices has a blank before the second dollar, or a digit
  /// behind it, or a word of four letters and nothing of TeX inside.
  private var endOfFormula: Int? {
    guard let close = find("$", from: at + 1, before: endOfLine), close > at + 1, text[close - 1] > 32,
      text[at + 1] > 32, close + 1 >= text.count || text[close + 1] &- 48 >= 10
    else { return nil }
    let inside = text[at + 1..<close]
    if inside.contains(where: { "\\=^_".utf8.contains($0) }) { return close + 1 }
    var run = 0
    for byte in inside {
      run = isLetter(byte) ? run + 1 : 0
      if run >= 4 { return nil }
    }
    return close + 1
  }
}
