/// A step of the splitting that comes before the merges: no token crosses a border that it draws.
enum TextSplitting: Sendable, Hashable {
  /// Every numeric character alone (`Digits` with `individual_digits`), or runs of them.
  case digits(individual: Bool)
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  case gpt2
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
  /// `\s*[\r\n]+|\s+(?!\S)|\s+`, with 3 digits in Llama 3 and 1 in Qwen 2.
  case llama3(digits: Int)
  /// Before every space (`Metaspace` with `split`).
  case spaces
  /// Before the first of several spaces. Changes no token of a vocabulary whose tokens have no space behind
  /// another character, and lets the words be looked up.
  case words

  /// The end of the piece that starts at `start`, by hand what the regular expressions say: they match
  /// every text as a whole, and no alternative needs more than one character of backtracking.
  /// - Parameter text: UTF-8 of the piece to split.
  @inline(__always)
  func end(of text: UnsafeBufferPointer<UInt8>, from start: Int, _ classes: UnsafePointer<ScalarClass>) -> Int
  {
    guard let bytes = text.baseAddress else { return start }
    var scanner = ScalarScanner(text: bytes, end: text.count, classes: classes, position: start)
    switch self {
    case .digits(let individual): scanner.digits(individual: individual)
    case .gpt2: scanner.gpt2()
    case .llama3(let digits): scanner.llama3(digits: digits)
    case .spaces: scanner.spaces(each: true)
    case .words: scanner.spaces(each: false)
    }
    return scanner.position
  }
}

/// Walks over valid UTF-8, scalar by scalar.
private struct ScalarScanner {
  let text: UnsafePointer<UInt8>
  let end: Int
  let classes: UnsafePointer<ScalarClass>
  var position: Int

  /// The class and the length of the scalar at a place before the end.
  @inline(__always)
  private func scalar(at place: Int) -> (kind: ScalarClass, length: Int) {
    let first = UInt32(text[place])
    if first < 0x80 { return (classes[Int(first)], 1) }
    func tail(_ offset: Int) -> UInt32 { UInt32(text[place + offset] & 0x3f) }
    if first < 0xe0 { return (classes[Int((first & 0x1f) << 6 | tail(1))], 2) }
    if first < 0xf0 { return (classes[Int((first & 0x0f) << 12 | tail(1) << 6 | tail(2))], 3) }
    let value = (first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
    if value < ScalarClass.tableSize { return (classes[Int(value)], 4) }
    return (Unicode.Scalar(value).map { ScalarClass($0) } ?? .other, 4)
  }

  /// The class at the position; nil at the end.
  private var kind: ScalarClass? { position < end ? scalar(at: position).kind : nil }

  @inline(__always)
  private mutating func skip(_ run: ScalarClass) {
    while position < end {
      let scalar = scalar(at: position)
      guard scalar.kind == run else { return }
      position += scalar.length
    }
  }

  private mutating func skip(_ run: ScalarClass, atMost limit: Int) {
    var left = limit
    while left > 0, position < end {
      let scalar = scalar(at: position)
      guard scalar.kind == run else { return }
      position += scalar.length
      left -= 1
    }
  }

  @inline(__always)
  private func byte(_ offset: Int) -> UInt8? {
    position + offset < end ? text[position + offset] : nil
  }

  mutating func digits(individual: Bool) {
    if kind == .number {
      skip(.number, atMost: individual ? 1 : .max)
      return
    }
    while position < end {
      let scalar = scalar(at: position)
      guard scalar.kind != .number else { return }
      position += scalar.length
    }
  }

  mutating func gpt2() {
    if let length = contraction(anyCase: false) {
      position += length
      return
    }
    let start = position
    if byte(0) == 0x20 { position += 1 }
    if let run = kind, run != .space {
      skip(run)
      return
    }
    position = start
    space()
  }

  mutating func llama3(digits: Int) {
    if let length = contraction(anyCase: true) {
      position += length
      return
    }
    let start = position
    let first = scalar(at: position)
    if first.kind == .letter {
      skip(.letter)
      return
    }
    if first.kind == .number {
      skip(.number, atMost: digits)
      return
    }
    if !isNewline {
      position += first.length
      if kind == .letter {
        skip(.letter)
        return
      }
      position = start
    }
    if byte(0) == 0x20 { position += 1 }
    if kind == .other {
      skip(.other)
      while isNewline { position += 1 }
      return
    }
    position = start
    var behindNewline: Int?
    while position < end {
      let scalar = scalar(at: position)
      guard scalar.kind == .space else { break }
      let wasNewline = isNewline
      position += scalar.length
      if wasNewline { behindNewline = position }
    }
    if let behindNewline {
      position = behindNewline
      return
    }
    position = start
    space()
  }

  mutating func spaces(each: Bool) {
    if !each {
      while byte(0) == 0x20 { position += 1 }
    } else if position < end {
      position += 1
    }
    while position < end, text[position] != 0x20 { position += 1 }
  }

  private var isNewline: Bool { byte(0) == 0x0a || byte(0) == 0x0d }

  /// `\s+(?!\S)|\s+`: a run of white space, but for its last character where something follows it.
  private mutating func space() {
    let start = position
    var last = position
    while position < end {
      let scalar = scalar(at: position)
      guard scalar.kind == .space else { break }
      last = position
      position += scalar.length
    }
    if position < end, last > start { position = last }
  }

  /// Bytes of `'s 't 're 've 'm 'll 'd` at the position. Without regard to case, ſ is an s.
  @inline(__always)
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
