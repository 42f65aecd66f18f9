/// A value while a template runs, as Python would have it.
indirect enum TemplateValue: Sendable {
  /// A name, key or attribute that isn't there; prints as nothing.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([TemplateValue])
  case dict([(key: String, value: TemplateValue)])
  /// The place of a `namespace()`, which all its copies share.
  case namespace(Int)
  case macro(TemplateMacro)
  /// A function that every template has, by name.
  case function(String)

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .string(let value): !value.isEmpty
    case .list(let values): !values.isEmpty
    case .dict(let entries): !entries.isEmpty
    case .namespace, .macro, .function: true
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  var number: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  var integer: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    default: nil
    }
  }

  /// For messages of errors.
  var kind: String {
    switch self {
    case .undefined(let name): "undefined “\(name)”"
    case .none: "None"
    case .bool: "bool"
    case .int: "int"
    case .double: "float"
    case .string: "str"
    case .list: "list"
    case .dict: "dict"
    case .namespace: "namespace"
    case .macro(let macro): "macro “\(macro.name)”"
    case .function(let name): "function “\(name)”"
    }
  }

  /// As `str()` has it.
  var text: String {
    switch self {
    case .undefined: ""
    case .string(let value): value
    default: representation
    }
  }

  /// About as many bytes as its text has, and no fewer: what is shared in memory is written out as often as it stands.
  /// - Parameter indent: blanks before an element, a level.
  func size(indent: Int = 0) -> Int {
    var total = 0
    add(to: &total, indent: indent, depth: 1)
    return total
  }

  /// Stops adding where it is too large for anything.
  private func add(to total: inout Int, indent: Int, depth: Int) {
    guard total < 1 << 30 else { return }
    switch self {
    case .string(let text): total += text.utf8.count + 2
    case .list(let values):
      total += 2 + indent * depth
      for value in values where total < 1 << 30 {
        value.add(to: &total, indent: indent, depth: depth + 1)
        total += 3 + indent * depth
      }
    case .dict(let entries):
      total += 2 + indent * depth
      for entry in entries where total < 1 << 30 {
        total += entry.key.utf8.count + 7 + indent * depth
        entry.value.add(to: &total, indent: indent, depth: depth + 1)
      }
    default: total += 24
    }
  }

  /// As `repr()` has it.
  private var representation: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let value): Self.quote(value)
    case .list(let values): "[" + values.map(\.representation).joined(separator: ", ") + "]"
    case .dict(let entries):
      "{" + entries.map { Self.quote($0.key) + ": " + $0.value.representation }.joined(separator: ", ") + "}"
    case .namespace: "<Namespace>"
    case .macro(let macro): "<Macro \(Self.quote(macro.name))>"
    case .function(let name): "<function \(name)>"
    }
  }

  private static func quote(_ text: String) -> String {
    let mark: Unicode.Scalar =
      text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var view = String.UnicodeScalarView([mark])
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": view.append(contentsOf: #"\n"#.unicodeScalars)
      case "\t": view.append(contentsOf: #"\t"#.unicodeScalars)
      case "\r": view.append(contentsOf: #"\r"#.unicodeScalars)
      case "\\": view.append(contentsOf: #"\\"#.unicodeScalars)
      case mark: view.append(contentsOf: ["\\", mark])
      default: view.append(scalar)
      }
    }
    view.append(mark)
    return String(view)
  }

  private static func dumped(_ text: String) -> String {
    var view = String.UnicodeScalarView(["\""])
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": view.append(contentsOf: ["\\", scalar])
      case "\n": view.append(contentsOf: ["\\", "n"])
      case "\r": view.append(contentsOf: ["\\", "r"])
      case "\t": view.append(contentsOf: ["\\", "t"])
      case "\u{8}": view.append(contentsOf: ["\\", "b"])
      case "\u{c}": view.append(contentsOf: ["\\", "f"])
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        view.append(
          contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
      default: view.append(scalar)
      }
    }
    view.append("\"")
    return String(view)
  }

  /// As `json.dumps(value, ensure_ascii=False, indent=indent)` has it.
  func json(indent: Int?, depth: Int = 0) -> String {
    func joined(_ parts: [String], _ open: String, _ close: String) -> String {
      guard let indent, !parts.isEmpty else { return open + parts.joined(separator: ", ") + close }
      let inner = "\n" + String(repeating: " ", count: indent * (depth + 1))
      let outer = "\n" + String(repeating: " ", count: indent * depth)
      return open + inner + parts.joined(separator: "," + inner) + outer + close
    }
    switch self {
    case .undefined, .none, .namespace, .macro, .function: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return "\(value)"
    case .double(let value): return "\(value)"
    case .string(let value): return Self.dumped(value)
    case .list(let values): return joined(values.map { $0.json(indent: indent, depth: depth + 1) }, "[", "]")
    case .dict(let entries):
      let parts = entries.map { entry in
        Self.dumped(entry.key) + ": " + entry.value.json(indent: indent, depth: depth + 1)
      }
      return joined(parts, "{", "}")
    }
  }

  static func == (left: TemplateValue, right: TemplateValue) -> Bool {
    if let left = left.number, let right = right.number { return left == right }
    switch (left, right) {
    case (.none, .none), (.undefined, .undefined): return true
    case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
    case (.list(let left), .list(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0 == $1 }
    case (.dict(let left), .dict(let right)):
      return left.count == right.count
        && left.allSatisfy { entry in
          right.contains { $0.key == entry.key && $0.value == entry.value }
        }
    case (.namespace(let left), .namespace(let right)): return left == right
    default: return false
    }
  }
}
