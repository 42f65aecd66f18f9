/// Writes `JSONValue` on one line, keys sorted: the same value, the same text.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  /// What JSON has no word for: as Python writes it, or as text.
  private let isForPython: Bool

  init(isForPython: Bool = false) {
    self.isForPython = isForPython
    bytes.reserveCapacity(64)
  }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .bigInteger(let digits): append(digits)
    case .number(let value): append(text(value))
    case .string(let value): quote(value)
    case .array(let items):
      append("[")
      for (index, item) in items.enumerated() {
        if index > 0 { append(",") }
        write(item)
      }
      append("]")
    case .object(let fields):
      append("{")
      for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { append(",") }
        quote(field.key)
        append(":")
        write(field.value)
      }
      append("}")
    }
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { bytes.append(contentsOf: $0) }
  }

  private func text(_ value: Double) -> String {
    if value.isNaN { return isForPython ? "NaN" : "\"nan\"" }
    if value.isInfinite {
      let sign = value < 0 ? "-" : ""
      return isForPython ? "\(sign)Infinity" : "\"\(sign)inf\""
    }
    // Python would read a whole number as one.
    if isForPython { return String(value) }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return String(value)
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { source in
      // What needs no escape is copied in one piece.
      var start = 0
      for (index, byte) in source.enumerated()
      where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        bytes.append(contentsOf: source[start..<index])
        start = index + 1
        escape(byte)
      }
      bytes.append(contentsOf: source[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch Unicode.Scalar(byte) {
    case "\"": append("\\\"")
    case "\\": append("\\\\")
    case "\n": append("\\n")
    case "\r": append("\\r")
    case "\t": append("\\t")
    case "\u{8}": append("\\b")
    case "\u{C}": append("\\f")
    default: append("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
    }
  }
}

extension JSONValue {
  /// - Throws: `JSONError`, with the place, for text that is no JSON.
  public init(parsing text: some StringProtocol) throws(JSONError) {
    self = try JSONReader.read(Array(text.utf8))
  }

  /// - Throws: `JSONError`, with the place, for bytes that are no JSON in UTF-8.
  public init(parsing bytes: [UInt8]) throws(JSONError) { self = try JSONReader.read(bytes) }

  /// As `text`, for Python's `json.loads`: floats stay floats, infinite ones too.
  public var pythonText: String {
    var writer = JSONWriter(isForPython: true)
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// On one line, keys sorted: the same value, the same text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The same in UTF-8.
  public var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.write(self)
    return writer.bytes
  }
}
