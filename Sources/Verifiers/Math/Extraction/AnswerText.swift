/// Bytes of a completion, and what is looked for in them.
struct AnswerText {
  let bytes: [UInt8]

  init(_ text: some StringProtocol, last window: Int) {
    bytes =
      text.utf8.withContiguousStorageIfAvailable { Array($0.suffix(window)) }
      ?? Array(text.utf8.suffix(window))
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

  func hasPrefix(_ needle: StaticString, _ range: Range<Int>) -> Bool {
    needle.utf8CodeUnitCount <= range.count && matches(needle, at: range.lowerBound)
  }

  func hasSuffix(_ needle: StaticString, _ range: Range<Int>) -> Bool {
    needle.utf8CodeUnitCount <= range.count
      && matches(needle, at: range.upperBound - needle.utf8CodeUnitCount)
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
    let first = needle.utf8Start[0]
    var index = range.lowerBound
    while index + needle.utf8CodeUnitCount <= range.upperBound {
      if bytes[index] == first, matches(needle, at: index) { return index }
      index += 1
    }
    return nil
  }

  func first(of byte: Character, in range: Range<Int>) -> Int? {
    guard let byte = byte.asciiValue else { return nil }
    return bytes[range].firstIndex(of: byte)
  }

  /// The content of the braces that open at `index`.
  func braced(at index: Int, before end: Int) -> Range<Int>? {
    guard index < end, bytes[index] == UInt8(ascii: "{") else { return nil }
    var depth = 0
    var at = index
    while at < end {
      switch bytes[at] {
      case UInt8(ascii: "\\"): at += 1  // What follows is escaped.
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return index + 1..<at }
      default: break
      }
      at += 1
    }
    return nil
  }

  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, let length = blank(at: low) { low += length }
    while low < high {
      if blank(at: high - 1) == 1 {
        high -= 1
      } else if high - low >= 2, blank(at: high - 2) == 2 {
        high -= 2
      } else if high - low >= 3, blank(at: high - 3) == 3 {
        high -= 3
      } else {
        break
      }
    }
    return low..<high
  }

  /// Bytes of the white space at an index: ASCII's, the no-break and the ideographic blank.
  func blank(at index: Int) -> Int? {
    switch bytes[index] {
    // A form feed or a backspace may be what is left of a backslash.
    case 8, 12: nil
    case 0...32: 1
    case 0xC2: matches("\u{A0}", at: index) ? 2 : nil
    case 0xE3: matches("\u{3000}", at: index) ? 3 : nil
    default: nil
    }
  }

  func isLetter(_ index: Int) -> Bool { bytes[index] | 32 &- 97 < 26 || bytes[index] >= 0x80 }
  func isDigit(_ index: Int) -> Bool { bytes[index] &- 48 < 10 }
  func hasDigit(_ range: Range<Int>) -> Bool { bytes[range].contains { $0 &- 48 < 10 } }

  func contains(_ range: Range<Int>, where test: (UInt8) -> Bool) -> Bool {
    bytes[range].contains(where: test)
  }

  /// The runs of letters in a range, in lower case.
  func words(_ range: Range<Int>) -> [String] {
    var words: [String] = []
    var index = range.lowerBound
    while index < range.upperBound {
      guard isWordByte(index) else {
        // Punctuation beyond ASCII has three bytes here.
        index += bytes[index] >= 0x80 ? 3 : 1
        continue
      }
      let start = index
      while index < range.upperBound, isWordByte(index) { index += 1 }
      words.append(string(start..<index).lowercased())
    }
    return words
  }

  private func isWordByte(_ index: Int) -> Bool {
    guard bytes[index] >= 0x80 else { return bytes[index] | 32 &- 97 < 26 }
    // General, ideographic and full-width punctuation.
    return
      !(matches("\u{3002}", at: index) || matches("\u{3001}", at: index) || matches("\u{FF0C}", at: index)
      || matches("\u{FF1A}", at: index) || matches("\u{FF1B}", at: index) || matches("\u{2019}", at: index)
      || matches("\u{201C}", at: index) || matches("\u{201D}", at: index))
  }
}
