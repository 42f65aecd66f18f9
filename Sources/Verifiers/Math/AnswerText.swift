/// Bytes of a completion, and what is looked for in them.
struct AnswerText {
  let bytes: [UInt8]

  init(_ text: some StringProtocol, last window: Int) {
    bytes = text.utf8.count > window ? Array(text.utf8.suffix(window)) : Array(text.utf8)
  }

  func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func matches(_ needle: StaticString, at index: Int, ignoringCase: Bool = false) -> Bool {
    guard index >= 0, index + needle.utf8CodeUnitCount <= bytes.count else { return false }
    for offset in 0..<needle.utf8CodeUnitCount {
      let byte = bytes[index + offset]
      let folded = ignoringCase && byte &- 65 < 26 ? byte | 32 : byte
      if folded != needle.utf8Start[offset] { return false }
    }
    return true
  }

  /// Where the last occurrence begins.
  func last(_ needle: StaticString, in range: Range<Int>, ignoringCase: Bool = false) -> Int? {
    let first = needle.utf8Start[0]
    var index = range.upperBound - needle.utf8CodeUnitCount
    while index >= range.lowerBound {
      let byte = bytes[index]
      if byte == first || ignoringCase && byte | 32 == first,
        matches(needle, at: index, ignoringCase: ignoringCase)
      {
        return index
      }
      index -= 1
    }
    return nil
  }

  func first(_ needle: StaticString, in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index + needle.utf8CodeUnitCount <= range.upperBound {
      if matches(needle, at: index) { return index }
      index += 1
    }
    return nil
  }

  /// The content of the braces that open at `index`.
  func braced(at index: Int, before end: Int) -> Range<Int>? {
    guard index < end, bytes[index] == UInt8(ascii: "{") else { return nil }
    var depth = 0
    for at in index..<end {
      if bytes[at] == UInt8(ascii: "\\"), at + 1 < end,
        bytes[at + 1] == UInt8(ascii: "{") || bytes[at + 1] == UInt8(ascii: "}")
      {
        continue
      }
      let isEscaped =
        at > index && bytes[at - 1] == UInt8(ascii: "\\")
        && !(at > index + 1 && bytes[at - 2] == UInt8(ascii: "\\"))
      if bytes[at] == UInt8(ascii: "{"), !isEscaped { depth += 1 }
      if bytes[at] == UInt8(ascii: "}"), !isEscaped {
        depth -= 1
        if depth == 0 { return index + 1..<at }
      }
    }
    return nil
  }

  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, bytes[low] <= 32 { low += 1 }
    while low < high, bytes[high - 1] <= 32 { high -= 1 }
    return low..<high
  }

  func isLetter(_ index: Int) -> Bool { bytes[index] | 32 &- 97 < 26 || bytes[index] >= 0x80 }

  func contains(_ range: Range<Int>, where test: (UInt8) -> Bool) -> Bool {
    bytes[range].contains(where: test)
  }
}
