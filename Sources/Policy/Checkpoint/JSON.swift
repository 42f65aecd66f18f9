/// A JSON value whose objects keep their order. Strings are kept scalar by scalar: two keys that are only
/// canonically equivalent stay two entries of a vocabulary.
enum JSON: Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  /// The first entry of that name, in an object.
  subscript(_ key: String) -> JSON? {
    guard case .object(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  var double: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  var int: Int? {
    if case .number(let value) = self { Int(exactly: value) } else { nil }
  }

  var array: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  var object: [(key: String, value: JSON)]? {
    if case .object(let value) = self { value } else { nil }
  }

  var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// Whether a key is absent or null.
  func lacks(_ key: String) -> Bool { self[key]?.isNull ?? true }

  static func int(_ value: Int) -> JSON { .number(Double(value)) }
  static func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
}

extension JSON {
  /// Two spaces a level, one entry a line, as Hugging Face writes its files; arrays of numbers on one line.
  var text: String {
    var bytes: [UInt8] = []
    write(into: &bytes, depth: 0)
    bytes.append(0x0a)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// On one line, without spaces.
  var compactText: String {
    var bytes: [UInt8] = []
    write(into: &bytes, depth: nil)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(into out: inout [UInt8], depth: Int?) {
    func line(_ depth: Int?) {
      guard let depth else { return }
      out.append(0x0a)
      out.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let value):
      let text = Int(exactly: value).map(String.init) ?? (value.isFinite ? "\(value)" : "null")
      out.append(contentsOf: text.utf8)
    case .string(let value): Self.quote(value, into: &out)
    case .array(let values):
      let isFlat = values.allSatisfy { $0.double != nil }
      let inner = isFlat ? nil : depth.map { $0 + 1 }
      out.append(0x5b)
      for (index, value) in values.enumerated() {
        if index > 0 { out.append(contentsOf: (isFlat && depth != nil ? ", " : ",").utf8) }
        line(inner)
        value.write(into: &out, depth: inner)
      }
      if !values.isEmpty, !isFlat { line(depth) }
      out.append(0x5d)
    case .object(let entries):
      let inner = depth.map { $0 + 1 }
      out.append(0x7b)
      for (index, entry) in entries.enumerated() {
        if index > 0 { out.append(0x2c) }
        line(inner)
        Self.quote(entry.key, into: &out)
        out.append(contentsOf: (depth == nil ? ":" : ": ").utf8)
        entry.value.write(into: &out, depth: inner)
      }
      if !entries.isEmpty { line(depth) }
      out.append(0x7d)
    }
  }

  private static func quote(_ text: String, into out: inout [UInt8]) {
    let hex = Array("0123456789abcdef".utf8)
    out.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5c: out += [0x5c, byte]
      case 0x0a: out.append(contentsOf: #"\n"#.utf8)
      case 0x0d: out.append(contentsOf: #"\r"#.utf8)
      case 0x09: out.append(contentsOf: #"\t"#.utf8)
      case 0..<0x20, 0x7f:
        out.append(contentsOf: #"\u00"#.utf8)
        out += [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      default: out.append(byte)
      }
    }
    out.append(0x22)
  }
}
