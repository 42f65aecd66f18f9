/// What is wrong with a text that should be JSON, and where.
public struct JSONError: Error, Sendable, CustomStringConvertible {
  /// From 0, in bytes of UTF-8.
  public var offset: Int
  public var message: String
  public var description: String { "at byte \(offset + 1): \(message)" }
}

/// Reads JSON (RFC 8259) into `JSONValue`, and the `NaN` and `Infinity` that Python writes.
///
/// Foundation's decoder rounds whole numbers beyond 64 bits, so that a test that expects one could be passed by a
/// program that is wrong in the last digits; here they keep all of them.
struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  /// Deeper nesting is refused: it would exhaust the stack.
  private static let deepest = 512

  static func read(_ bytes: some Collection<UInt8>) throws(JSONError) -> JSONValue {
    let result: Result<JSONValue, JSONError>? = bytes.withContiguousStorageIfAvailable(whole)
    return try (result ?? Array(bytes).withUnsafeBufferPointer(whole)).get()
  }

  private static func whole(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONError> {
    var reader = JSONReader(bytes: bytes)
    do throws(JSONError) {
      let value = try reader.value(depth: 0)
      reader.skipBlanks()
      guard reader.at == bytes.count else { throw reader.error("something follows the value") }
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func error(_ message: String) -> JSONError { JSONError(offset: at, message: message) }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    at += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= Self.deepest else { throw error("nested more than \(Self.deepest) deep") }
    skipBlanks()
    guard let byte = next else { throw error("the text ends where a value should be") }
    switch Unicode.Scalar(byte) {
    case "{": return try object(depth)
    case "[": return try array(depth)
    case "\"": return .string(try string())
    case "t": return try word("true", .bool(true))
    case "f": return try word("false", .bool(false))
    case "n": return try word("null", .null)
    case "N": return try word("NaN", .number(.nan))
    case "I": return try word("Infinity", .number(.infinity))
    case "-" where at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "I"):
      return try word("-Infinity", .number(-.infinity))
    case "-", "0"..."9": return try number()
    default: throw error("no value begins like this")
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for index in 0..<text.utf8CodeUnitCount {
      guard next == text.utf8Start[index] else { throw error("no value begins like this") }
      at += 1
    }
    return value
  }

  private mutating func array(_ depth: Int) throws(JSONError) -> JSONValue {
    at += 1
    var items: [JSONValue] = []
    skipBlanks()
    if take("]") { return .array(items) }
    while true {
      items.append(try value(depth: depth + 1))
      skipBlanks()
      if take("]") { return .array(items) }
      guard take(",") else { throw error("an array goes on with “,” or “]”") }
    }
  }

  private mutating func object(_ depth: Int) throws(JSONError) -> JSONValue {
    at += 1
    var fields: [String: JSONValue] = [:]
    skipBlanks()
    if take("}") { return .object(fields) }
    while true {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw error("a key in quotation marks should stand here") }
      let key = try string()
      skipBlanks()
      guard take(":") else { throw error("a key is followed by “:”") }
      fields[key] = try value(depth: depth + 1)
      skipBlanks()
      if take("}") { return .object(fields) }
      guard take(",") else { throw error("an object goes on with “,” or “}”") }
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = at
    var isWhole = true
    if next == UInt8(ascii: "-") { at += 1 }
    let first = at
    try digits()
    if bytes[first] == UInt8(ascii: "0"), at - first > 1 { throw error("a number has a zero in front") }
    if take(".") {
      isWhole = false
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      at += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isWhole { return Int(text).map(JSONValue.integer) ?? .bigInteger(text) }
    // Beyond the largest double it is infinite, as other readers have it.
    return .number(Double(text) ?? .nan)
  }

  private mutating func digits() throws(JSONError) {
    let start = at
    while let byte = next, byte >= 0x30, byte <= 0x39 { at += 1 }
    guard at > start else { throw error("a digit should stand here") }
  }

  private mutating func string() throws(JSONError) -> String {
    at += 1
    let start = at
    // Most have nothing to undo.
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
    if next == UInt8(ascii: "\"") {
      defer { at += 1 }
      return try text(bytes[start..<at], start)
    }
    var content = Array(bytes[start..<at])
    while true {
      guard let byte = next else { throw error("the text ends within a string") }
      at += 1
      switch Unicode.Scalar(byte) {
      case "\"": return try text(content, start)
      case "\\": try escape(into: &content)
      default:
        guard byte >= 0x20 else { throw error("a control character stands in a string; write it as \\u….") }
        content.append(byte)
      }
    }
  }

  private func text(_ content: some Collection<UInt8>, _ start: Int) throws(JSONError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw JSONError(offset: start, message: "a string that is not UTF-8")
    }
    return text
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("the text ends within a string") }
    at += 1
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": content.append(byte)
    case "b": content.append(0x08)
    case "f": content.append(0x0C)
    case "n": content.append(0x0A)
    case "r": content.append(0x0D)
    case "t": content.append(0x09)
    case "u": content += try scalar().utf8Bytes
    default: throw error("there is no such escape")
    }
  }

  /// `\uXXXX`, two of them for what lies beyond; half a pair becomes U+FFFD, as no text holds it.
  private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    let mark = at
    at += 2
    let second = try hexadecimal()
    if second >= 0xDC00, second <= 0xDFFF,
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    {
      return scalar
    }
    at = mark
    return "\u{FFFD}"
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw error("four hexadecimal digits should stand here")
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }
}

extension Unicode.Scalar {
  fileprivate var utf8Bytes: [UInt8] { Array(String(Character(self)).utf8) }
}
