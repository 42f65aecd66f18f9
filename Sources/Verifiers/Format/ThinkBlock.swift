/// A completion cut at its thoughts: `<think>` reasoning `</think>` answer.
struct ThinkBlock {
  var reasoning: Substring
  var answer: Substring

  /// What comes after the last `</think>`; the whole text without one.
  static func answer(of text: String) -> Substring {
    guard let end = text.lastRange(of: "</think>") else { return text[...] }
    return text[end.upperBound...]
  }

  /// What stands before the last `</think>`, without the opening tag; the whole text without one.
  static func reasoning(of text: String) -> Substring {
    guard let end = text.lastRange(of: "</think>") else { return text[...] }
    let before = text[..<end.lowerBound]
    guard let start = before.byteRanges(of: "<think>", limit: 1).first else { return before }
    return before[start.upperBound...]
  }

  /// Nil unless the text has exactly one block, at its start.
  init?(_ text: String) {
    let opens = text.byteRanges(of: "<think>"), closes = text.byteRanges(of: "</think>")
    guard closes.count == 1, opens.count == 1 else { return nil }
    let start = opens.first?.upperBound ?? text.startIndex
    guard text[..<(opens.first?.lowerBound ?? text.startIndex)].allSatisfy(\.isWhitespace),
      start <= closes[0].lowerBound
    else { return nil }
    reasoning = text[start..<closes[0].lowerBound]
    answer = text[closes[0].upperBound...]
  }
}

extension StringProtocol {
  /// The last occurrence, found in one pass over UTF-8; nil when there is none.
  func lastRange(of needle: String) -> Range<Index>? {
    let bytes = Substring(self).utf8, wanted = Array(needle.utf8)
    var end = bytes.endIndex
    while end > bytes.startIndex {
      end = bytes.index(before: end)
      guard bytes[end] == wanted[0] else { continue }
      var at = end
      var matched = 0
      while matched < wanted.count, at < bytes.endIndex, bytes[at] == wanted[matched] {
        at = bytes.index(after: at)
        matched += 1
      }
      if matched == wanted.count { return end..<at }
    }
    return nil
  }

  func trimmed() -> String {
    // Nothing to trim, as nearly always.
    var text = Substring(self)
    guard let first = text.utf8.first, let last = text.utf8.last else { return "" }
    if 33...126 ~= first, 33...126 ~= last { return String(text) }
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }

  var hasLetterOrDigit: Bool { contains { $0.isLetter || $0.isNumber } }
}

extension StringProtocol {
  /// Whether some bytes occur: what `contains` says of ASCII, without regard to characters.
  func hasBytes(_ needle: StaticString) -> Bool {
    let count = needle.utf8CodeUnitCount
    return utf8.withContiguousStorageIfAvailable { bytes in
      guard bytes.count >= count else { return false }
      return (0...bytes.count - count).contains { start in
        bytes[start] == needle.utf8Start[0]
          && (1..<count).allSatisfy { bytes[start + $0] == needle.utf8Start[$0] }
      }
    } ?? contains(String(describing: needle))
  }

  /// At most `count` characters, and quickly where the text is short.
  func shortened(to count: Int) -> String { utf8.count <= count ? String(self) : String(prefix(count)) }
}
