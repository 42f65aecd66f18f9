import BigInt
import VerifierKit

/// A value that a program returned: closed, typed, and nothing in it is executed. See Frames.swift.
indirect enum PythonValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// Hexadecimal as Python writes it, `-0x1f`.
  case bigInteger(String)
  case float(Double)
  case complex(Double, Double)
  case string(String)
  /// Bytes, or text that is not Unicode.
  case bytes([UInt8])
  case list([PythonValue])
  case tuple([PythonValue])
  case set([PythonValue])
  case dictionary([(PythonValue, PythonValue)])
  /// A built-in type, by its name.
  case type(String)
  /// A call gave something that can't cross: what.
  case unencodable(String)

  /// Of a dictionary with text for keys.
  subscript(key: String) -> PythonValue? {
    guard case .dictionary(let pairs) = self else { return nil }
    return pairs.first { if case .string(key) = $0.0 { true } else { false } }?.1
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// Whether it is what the test expects. Lists and tuples are alike, since JSON has one of them; booleans are
  /// no numbers; whole numbers are exact; floats as `comparison` says, by default to 1e-9, or 1e-6 relative.
  func equals(_ expected: JSONValue, _ comparison: CodeTests.Comparison) -> Bool {
    switch (self, expected) {
    case (.none, .null): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.string(let a), .string(let b)): return a.unicodeScalars.elementsEqual(b.unicodeScalars)
    case (.integer(let a), .integer(let b)): return a == b
    case (.bigInteger(let a), .bigInteger(let b)): return Self.isSame(hexadecimal: a, decimal: b)
    case (.integer(let a), .number(let b)): return close(Double(a), b, comparison)
    // Whole numbers are exact, unless floats are asked for: 500000.5 is not 500000.
    case (.float(let a), .integer(let b)):
      if case .float = comparison { return close(a, Double(b), comparison) }
      return abs(a - Double(b)) <= 1e-9
    case (.float(let a), .number(let b)): return close(a, b, comparison)
    case (.float(let a), .bigInteger(let b)): return close(a, Double(b) ?? .nan, comparison)
    case (.bigInteger(let a), .number(let b)): return close(Self.double(hexadecimal: a), b, comparison)
    case (.list(let a), .array(let b)), (.tuple(let a), .array(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1, comparison) }
    case (.set(let a), .array(let b)):
      guard a.count == b.count, a.count <= 2000 else { return false }
      var left = b
      for item in a {
        guard let index = left.firstIndex(where: { item.equals($0, comparison) }) else { return false }
        left.remove(at: index)
      }
      return true
    case (.dictionary(let a), .object(let b)):
      // Two keys may have one text: 1 and "1".
      guard a.count == b.count, Set(a.map { $0.0.keyText }).count == a.count else { return false }
      return a.allSatisfy { key, value in
        guard let name = key.keyText, let wanted = b[name] else { return false }
        return value.equals(wanted, comparison)
      }
    default: return false
    }
  }

  /// JSON's keys are strings: numbers and truth values as Python's `json` writes them.
  private var keyText: String? {
    switch self {
    case .string(let text): text
    case .integer(let value): String(value)
    case .float(let value): "\(value)"
    case .bool(let value): value ? "true" : "false"
    case .none: "null"
    default: nil
    }
  }

  /// Whole numbers of any length: the hexadecimal one, digit by digit, in decimal.
  private static func isSame(hexadecimal: String, decimal: String) -> Bool {
    let isNegative = hexadecimal.hasPrefix("-")
    guard isNegative == decimal.hasPrefix("-") else { return false }
    return BigUInt(hexadecimal.dropFirst(isNegative ? 3 : 2), radix: 16)
      == BigUInt(decimal.drop { $0 == "-" }, radix: 10)
  }

  private static func double(hexadecimal: String) -> Double {
    let isNegative = hexadecimal.hasPrefix("-")
    let value = BigUInt(hexadecimal.dropFirst(isNegative ? 3 : 2), radix: 16).map { Double($0) } ?? .nan
    return isNegative ? -value : value
  }

  private func close(_ a: Double, _ b: Double, _ comparison: CodeTests.Comparison) -> Bool {
    if a == b { return true }
    guard a.isFinite, b.isFinite else { return false }
    var (absolute, relative) = (1e-9, 1e-6)
    if case .float(let x, let y) = comparison { (absolute, relative) = (x, y) }
    return abs(a - b) <= max(absolute, relative * abs(b))
  }

  var text: String {
    switch self {
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .integer(let value): return "\(value)"
    case .bigInteger(let hexadecimal): return hexadecimal
    case .float(let value): return "\(value)"
    case .string(let value): return "'\(value)'"
    case .list(let items): return "[" + items.prefix(50).map(\.text).joined(separator: ", ") + "]"
    case .tuple(let items): return "(" + items.prefix(50).map(\.text).joined(separator: ", ") + ")"
    case .set(let items): return "{" + items.prefix(50).map(\.text).joined(separator: ", ") + "}"
    case .dictionary(let pairs):
      return "{" + pairs.prefix(50).map { "\($0.0.text): \($0.1.text)" }.joined(separator: ", ") + "}"
    case .complex(let real, let imaginary): return "(\(real)+\(imaginary)j)"
    case .bytes(let bytes): return "\(bytes.count) bytes"
    case .type(let name): return "<class '\(name)'>"
    case .unencodable(let what): return what
    }
  }
}
