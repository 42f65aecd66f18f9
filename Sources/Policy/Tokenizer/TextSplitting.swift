/// A step of the splitting that comes before the merges: no token crosses a border that it draws.
enum TextSplitting: Sendable, Hashable {
  /// Every numeric character alone (`Digits` with `individual_digits`), or runs of them.
  case digits(individual: Bool)
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  case gpt2
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
  /// `\s*[\r\n]+|\s+(?!\S)|\s+`, with 3 digits in Llama 3 and 1 in Qwen 2.
  case llama3(digits: Int)

  /// The end of the piece that starts at `start`, by hand what the regular expressions say: they match
  /// every text as a whole, and no alternative needs more than one character of backtracking.
  /// - Parameter text: UTF-8 of the piece to split.
  func end(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var scanner = ScalarScanner(text: text, position: start)
    switch self {
    case .digits(let individual): return scanner.digits(individual: individual)
    case .gpt2: return scanner.gpt2()
    case .llama3(let digits): return scanner.llama3(digits: digits)
    }
  }
}

/// What a character is to the splitting patterns, by Swift's tables: Unicode 16. The letters that Unicode 17
/// added are symbols here, and letters in `tokenizers` 0.23; all others of planes 0 to 2 were found to agree.
enum ScalarClass: UInt8 {
  case letter, number, space, other

  private static let ascii: [ScalarClass] = (0..<128).map { classify(Unicode.Scalar(UInt8($0))) }

  @inline(__always)
  init(_ scalar: UInt32) {
    if scalar < 128 {
      self = Self.ascii[Int(scalar)]
    } else {
      self = Unicode.Scalar(scalar).map(Self.classify) ?? .other
    }
  }

  private static func classify(_ scalar: Unicode.Scalar) -> ScalarClass {
    let properties = scalar.properties
    if properties.isWhitespace { return .space }
    return switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
    case .decimalNumber, .letterNumber, .otherNumber: .number
    default: .other
    }
  }
}

/// Walks over valid UTF-8, scalar by scalar.
private struct ScalarScanner {
  let text: UnsafeBufferPointer<UInt8>
  var position: Int

  private static let end = UInt32.max

  /// The scalar at the position and its length; `end`, 0 behind the text.
  private var scalar: (value: UInt32, length: Int) {
    guard position < text.count else { return (Self.end, 0) }
    let first = UInt32(text[position])
    if first < 0x80 { return (first, 1) }
    func tail(_ offset: Int) -> UInt32 {
      position + offset < text.count ? UInt32(text[position + offset] & 0x3f) : 0
    }
    if first < 0xe0 { return ((first & 0x1f) << 6 | tail(1), 2) }
    if first < 0xf0 { return ((first & 0x0f) << 12 | tail(1) << 6 | tail(2), 3) }
    return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
  }

  /// The class at the position; nil at the end.
  private var kind: ScalarClass? {
    let scalar = scalar.value
    return scalar == Self.end ? nil : ScalarClass(scalar)
  }

  private mutating func advance() { position = min(position + max(scalar.length, 1), text.count) }

  private mutating func skip(_ run: ScalarClass, atMost limit: Int = .max) {
    var count = 0
    while count < limit, kind == run {
      advance()
      count += 1
    }
  }

  private func byte(_ offset: Int) -> UInt8? {
    position + offset < text.count ? text[position + offset] : nil
  }

  mutating func digits(individual: Bool) -> Int {
    if kind == .number {
      skip(.number, atMost: individual ? 1 : .max)
    } else {
      while let kind, kind != .number { advance() }
    }
    return position
  }

  mutating func gpt2() -> Int {
    if let length = contraction(anyCase: false) { return position + length }
    let start = position
    if byte(0) == 0x20 { position += 1 }
    if let run = kind, run != .space {
      skip(run)
      return position
    }
    position = start
    return spaces()
  }

  mutating func llama3(digits: Int) -> Int {
    if let length = contraction(anyCase: true) { return position + length }
    let start = position
    guard let first = kind else { return position }
    if first == .letter || (first != .number && !isNewline) {
      if first != .letter { advance() }
      if kind == .letter {
        skip(.letter)
        return position
      }
      position = start
    }
    if first == .number {
      skip(.number, atMost: digits)
      return position
    }
    if byte(0) == 0x20 { position += 1 }
    if kind == .other {
      skip(.other)
      while isNewline { position += 1 }
      return position
    }
    position = start
    var behindNewline: Int?
    while kind == .space {
      let wasNewline = isNewline
      advance()
      if wasNewline { behindNewline = position }
    }
    if let behindNewline { return behindNewline }
    position = start
    return spaces()
  }

  private var isNewline: Bool { byte(0) == 0x0a || byte(0) == 0x0d }

  /// `\s+(?!\S)|\s+`: a run of white space, but for its last character where something follows it.
  private mutating func spaces() -> Int {
    let start = position
    var last = position
    while kind == .space {
      last = position
      advance()
    }
    return position == text.count || last == start ? position : last
  }

  /// Bytes of `'s 't 're 've 'm 'll 'd` at the position. Without regard to case, ſ is an s.
  private func contraction(anyCase: Bool) -> Int? {
    guard byte(0) == UInt8(ascii: "'"), let first = byte(1) else { return nil }
    if anyCase, first == 0xc5, byte(2) == 0xbf { return 3 }
    func lower(_ byte: UInt8?) -> UInt8 {
      guard let byte else { return 0 }
      return anyCase && (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }
    switch (lower(first), lower(byte(2))) {
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return 3
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
      return 2
    default: return nil
    }
  }
}
