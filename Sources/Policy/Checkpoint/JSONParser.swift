/// Reads JSON (RFC 8259) from memory; an error names the file and the byte.
///
/// Stricter than most readers where a file that was tampered with could mean two things: an object that has a key
/// twice, and text that is no UTF-8, are errors.
struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let file: String
  /// Of the document in its file: the header of a safetensors file starts at 8.
  private let base: Int
  private var position = 0
  private static let deepest = 256
  /// A byte of JSON becomes up to twenty in memory. The largest vocabularies in use take a quarter of this.
  static let longest = 1 << 27

  /// The value of a whole document.
  static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String, base: Int = 0
  ) throws(CheckpointError) -> JSON {
    var parser = JSONParser(bytes: bytes, file: file, base: base)
    guard bytes.count <= longest else {
      throw parser.error("\(bytes.count) bytes, more than the \(longest) that are read,")
    }
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("unexpected text after the value") }
    return value
  }

  static func parse(_ bytes: [UInt8], file: String) throws(CheckpointError) -> JSON {
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(CheckpointError) in try parse(buffer, file: file) }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, file: String, base: Int) {
    self.bytes = bytes
    self.file = file
    self.base = base
  }

  private func error(_ what: String) -> CheckpointError {
    CheckpointError(
      file: file,
      message: "This is not valid JSON: \(what) at byte \(base + position). Fetch or export the file again.")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || (byte >= 0x09 && byte <= 0x0d && byte != 0x0b && byte != 0x0c) {
      position += 1
    }
  }

  private mutating func value(depth: Int) throws(CheckpointError) -> JSON {
    guard depth < Self.deepest else { throw error("more than \(Self.deepest) levels") }
    skipSpace()
    guard let byte = next else { throw error("the text ends") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(CheckpointError) -> JSON {
    for index in 0..<text.utf8CodeUnitCount {
      guard next == text.utf8Start[index] else { throw error("an unknown word") }
      position += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(CheckpointError) -> JSON {
    var entries: [(key: String, value: JSON)] = []
    var keys: Set<[UInt8]> = []
    position += 1
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a key is missing") }
      let key = try string()
      guard keys.insert(Array(key.utf8)).inserted else {
        throw error("the key “\(key.prefix(80))” a second time")
      }
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw error("“:” is missing") }
      position += 1
      entries.append((key, try value(depth: depth + 1)))
      skipSpace()
      guard let byte = next, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
        throw error("“,” or “}” is missing")
      }
      position += 1
      if byte == UInt8(ascii: "}") { return .object(entries) }
    }
  }

  private mutating func array(depth: Int) throws(CheckpointError) -> JSON {
    var values: [JSON] = []
    position += 1
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      guard let byte = next, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else {
        throw error("“,” or “]” is missing")
      }
      position += 1
      if byte == UInt8(ascii: "]") { return .array(values) }
    }
  }

  private mutating func number() throws(CheckpointError) -> JSON {
    let start = position
    var small = 0
    while let byte = next, byte >= 0x30, byte <= 0x39, position - start < 15 {
      small = small * 10 + Int(byte - 0x30)
      position += 1
    }
    let rest: Set<UInt8> = Set("0123456789+-.eE".utf8)
    guard let byte = next, rest.contains(byte) else {
      guard position > start else { throw error("a value is missing") }
      return .number(Double(small))
    }
    while let byte = next, rest.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      position = start
      throw error("“\(text.prefix(40))” is no number")
    }
    return .number(value)
  }

  private mutating func string() throws(CheckpointError) -> String {
    position += 1
    let start = position
    while let byte = next, byte != 0x22, byte != 0x5c, byte >= 0x20 { position += 1 }
    if next == 0x22 {
      defer { position += 1 }
      return try validated(UnsafeBufferPointer(rebasing: bytes[start..<position]))
    }
    var text = Array(bytes[start..<position])
    while let byte = next {
      position += 1
      switch byte {
      case 0x22: return try validated(text)
      case 0x5c: try escape(into: &text)
      case 0..<0x20:
        position -= 1
        throw error("a control character in a string")
      default: text.append(byte)
      }
    }
    throw error("the text ends in a string")
  }

  private func validated(_ text: some Collection<UInt8>) throws(CheckpointError) -> String {
    guard let text = String(validating: text, as: UTF8.self) else {
      throw error("a string that is no UTF-8")
    }
    return text
  }

  private mutating func escape(into text: inout [UInt8]) throws(CheckpointError) {
    guard let byte = next else { throw error("the text ends in a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case 0x22, 0x5c, 0x2f: text.append(byte)
    case UInt8(ascii: "u"):
      var unit = try hexUnit()
      if unit >> 10 == 0x36, next == 0x5c, position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let mark = position
        position += 2
        let low = try hexUnit()
        if low >> 10 == 0x37 {
          unit = 0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff
        } else {
          position = mark
        }
      }
      // Half a surrogate pair has no scalar: the replacement character stands for it.
      text.append(contentsOf: Array(String(Unicode.Scalar(unit) ?? "\u{fffd}").utf8))
    default:
      position -= 1
      throw error("an unknown escape")
    }
  }

  private mutating func hexUnit() throws(CheckpointError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits are missing")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
