/// Digits with their separators, points and powers of ten.
extension MathLexer {
  /// Digits with group separators: `1,234`, `1{,}234`, `1\,234`, `1 234`.
  mutating func number() {
    var digits: [UInt8] = []
    var hasPoint = false, isGrouped = false
    while at < bytes.count {
      if isDigit(at) {
        digits.append(bytes[at])
        at += 1
      } else if bytes[at] == UInt8(ascii: "."), !hasPoint, isDigit(at + 1) {
        hasPoint = true
        digits.append(bytes[at])
        at += 1
      } else if !hasPoint, !digits.isEmpty, digits.count <= 3 || isGrouped, let length = separator() {
        at += length
        isGrouped = true
      } else {
        break
      }
    }
    // `7.` at the end, or before a space; `7...` is not meant.
    if byte() == UInt8(ascii: "."), !hasPoint, byte(1) != UInt8(ascii: ".") {
      at += 1
      if byte() == UInt8(ascii: "\\") { digits.append(UInt8(ascii: ".")) }
    }
    tokens.append(.number(String(decoding: digits, as: UTF8.self)))
    exponent()
  }

  static let separators: [StaticString] = [
    ",", "{,}", ",\\!", "\\,", "\\!", "{\\,}", " ", "\u{2009}", "\u{202F}", "\u{00A0}", "{,\\!}", "~",
    ",\\! ", "{, }", " {, }", " {,}",
  ]

  /// Bytes of a group separator that three digits and no fourth follow; nil when there is none.
  func separator() -> Int? {
    for mark in Self.separators where hasPrefix(mark, at: at) {
      let next = at + mark.utf8CodeUnitCount
      guard isDigit(next), isDigit(next + 1), isDigit(next + 2), !isDigit(next + 3) else { continue }
      let isSpace = bytes[at] == 32
      if bytes[at] == UInt8(ascii: ","), brackets > 0, mark.utf8CodeUnitCount == 1 { return nil }
      // `4 100/3` is a mixed number.
      if isSpace, next + 3 < bytes.count, bytes[next + 3] == UInt8(ascii: "/") { return nil }
      return mark.utf8CodeUnitCount
    }
    return nil
  }

  /// `e-19` behind a number: a power of ten.
  mutating func exponent() {
    guard byte() | 32 == UInt8(ascii: "e") else { return }
    var index = at + 1
    var isNegative = false
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    } else if hasPrefix("−", at: index) {
      isNegative = true
      index += 3
    }
    let start = index
    while isDigit(index) { index += 1 }
    guard index > start else { return }
    if index < bytes.count,
      Self.isLetter(bytes[index]) || bytes[index] == UInt8(ascii: ".") || bytes[index] == UInt8(ascii: "^")
    {
      return
    }
    at = index
    tokens += [.sign("*"), .number("10"), .sign("^"), .sign("{")]
    if isNegative { append("-") }
    tokens += [.number(text(start..<index)), .sign("}")]
  }
}
