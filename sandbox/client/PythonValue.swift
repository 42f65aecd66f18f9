import Foundation
import VerifierKit

/// A value that a program returned, decoded from the tagged JSON of values.py: closed, typed, and nothing
/// in it is executed.
indirect enum PythonValue {
  case none
  case bool(Bool)
  /// Hexadecimal as Python writes it, `-0x1f`.
  case integer(String)
  case float(Double)
  case string(String)
  case list([PythonValue])
  case tuple([PythonValue])
  case set([PythonValue])
  case dictionary([(PythonValue, PythonValue)])
  case other(String)

  init?(_ json: JSONValue, depth: Int = 0) {
    guard depth <= 200 else { return nil }
    func items(_ value: JSONValue) -> [PythonValue]? {
      guard let array = value.array else { return nil }
      let decoded = array.compactMap { PythonValue($0, depth: depth + 1) }
      return decoded.count == array.count ? decoded : nil
    }
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .string(let value): self = .string(value)
    case .object(let object):
      guard object.count == 1, let (tag, inner) = object.first else { return nil }
      switch tag {
      case "i":
        guard let text = inner.string else { return nil }
        self = .integer(text)
      case "f":
        guard let text = inner.string, let value = Double(text) else { return nil }
        self = .float(value)
      case "l", "t", "s", "z":
        guard let items = items(inner) else { return nil }
        self = tag == "l" ? .list(items) : tag == "t" ? .tuple(items) : .set(items)
      case "d":
        guard let pairs = inner.array else { return nil }
        var decoded: [(PythonValue, PythonValue)] = []
        for pair in pairs {
          guard let sides = pair.array, sides.count == 2, let key = PythonValue(sides[0], depth: depth + 1),
            let value = PythonValue(sides[1], depth: depth + 1)
          else { return nil }
          decoded.append((key, value))
        }
        self = .dictionary(decoded)
      case "b", "c", "n": self = .other(inner.text)
      default: return nil
      }
    default: return nil
    }
  }

  /// Whether it is what the test expects. Lists and tuples are alike, since JSON has one of them; booleans are
  /// no numbers; whole numbers are exact; floats as `comparison` says, by default to 1e-9, or 1e-6 relative.
  func equals(_ expected: JSONValue, _ comparison: CodeTests.Comparison) -> Bool {
    switch (self, expected) {
    case (.none, .null): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.string(let a), .string(let b)): return a.unicodeScalars.elementsEqual(b.unicodeScalars)
    case (.integer(let a), .integer(let b)): return a == Self.hexadecimal(b)
    case (.integer(let a), .number(let b)): return Self.double(a).map { close($0, b, comparison) } ?? false
    case (.float(let a), .integer(let b)): return close(a, Double(b), comparison)
    case (.float(let a), .number(let b)): return close(a, b, comparison)
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
      guard a.count == b.count else { return false }
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
    case .integer(let hex): Self.integer(hex).map(String.init)
    case .bool(let value): value ? "true" : "false"
    case .none: "null"
    default: nil
    }
  }

  private func close(_ a: Double, _ b: Double, _ comparison: CodeTests.Comparison) -> Bool {
    if a == b { return true }
    guard a.isFinite, b.isFinite else { return false }
    var (absolute, relative) = (1e-9, 1e-6)
    if case .float(let x, let y) = comparison { (absolute, relative) = (x, y) }
    return abs(a - b) <= max(absolute, relative * abs(b))
  }

  private static func hexadecimal(_ value: Int) -> String {
    (value < 0 ? "-0x" : "0x") + String(value.magnitude, radix: 16)
  }

  private static func integer(_ hex: String) -> Int? {
    let negative = hex.hasPrefix("-")
    return Int((negative ? "-" : "") + hex.dropFirst(negative ? 3 : 2), radix: 16)
  }

  private static func double(_ hex: String) -> Double? { integer(hex).map(Double.init) }

  var text: String {
    switch self {
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .integer(let hex): return Self.integer(hex).map(String.init) ?? hex
    case .float(let value): return "\(value)"
    case .string(let value): return "'\(value)'"
    case .list(let items): return "[" + items.prefix(50).map(\.text).joined(separator: ", ") + "]"
    case .tuple(let items): return "(" + items.prefix(50).map(\.text).joined(separator: ", ") + ")"
    case .set(let items): return "{" + items.prefix(50).map(\.text).joined(separator: ", ") + "}"
    case .dictionary(let pairs):
      return "{" + pairs.prefix(50).map { "\($0.0.text): \($0.1.text)" }.joined(separator: ", ") + "}"
    case .other(let text): return text
    }
  }
}
