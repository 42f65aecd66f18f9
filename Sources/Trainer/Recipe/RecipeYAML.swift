import VerifierKit
import Yams

/// Where a recipe's values come from, for messages.
struct Origin: Sendable {
  /// The file's name; empty for text without a file.
  var file: String
  /// Paths that `--set` gave.
  var overrides: Set<String>

  func place(_ path: String, _ node: Node) -> String {
    if overrides.contains(path) { return "--set \(path)" }
    let line = node.mark.map { file.isEmpty ? "line \($0.line)" : "\(file):\($0.line)" } ?? file
    return [line, path].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  func read<Value: RecipeSection>(
    _ type: Value.Type, _ node: Node, at path: String
  ) throws(RecipeError) -> Value {
    var value = Value()
    var section = try Section(reading: node, at: path, origin: self)
    try value.fields(&section)
    try section.finish()
    return value
  }
}

/// `null`, `~`, or a key without a value.
func isNull(_ node: Node) -> Bool {
  guard let scalar = node.scalar, scalar.style == .any || scalar.style == .plain else { return false }
  return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
}

/// The text of a scalar without quotes: only such a one is a number.
func plain(_ node: Node) -> String? {
  guard let scalar = node.scalar, scalar.style == .any || scalar.style == .plain else { return nil }
  return scalar.string
}

/// `1000`, `1_000`, `-3`.
func wholeNumber(_ text: String) -> Int? { Int(text.filter { $0 != "_" }) }

/// Text that reads as text again: quoted where it would read as a number, a flag or nothing.
func textNode(_ text: String) -> Node {
  if case .string = jsonValue(Node(text)) {
    return Node(text, .implicit, text.contains("\n") ? .literal : .any)
  }
  return Node(text, .implicit, .doubleQuoted)
}

func jsonValue(_ node: Node) -> JSONValue {
  switch node {
  case .mapping(let mapping):
    return .object(
      Dictionary(mapping.map { ($0.key.string ?? "", jsonValue($0.value)) }, uniquingKeysWith: { $1 }))
  case .sequence(let sequence): return .array(sequence.map(jsonValue))
  default:
    guard let text = plain(node) else { return .string(node.scalar?.string ?? "") }
    if isNull(node) { return .null }
    if let flag = ["true": true, "True": true, "false": false, "False": false][text] { return .bool(flag) }
    if let integer = wholeNumber(text) { return .integer(integer) }
    // Double reads `nan` and `infinity` too, which YAML spells otherwise and no option wants.
    if let number = Double(text), number.isFinite { return .number(number) }
    return .string(text)
  }
}

func yamlNode(_ value: JSONValue) -> Node {
  switch value {
  case .null: Node("null")
  case .bool(let flag): Node(String(flag))
  case .integer(let integer): Node(String(integer))
  case .bigInteger(let digits): Node(digits)
  case .number(let number): Node(String(number))
  case .string(let text): textNode(text)
  case .array(let items): Node(items.map(yamlNode))
  case .object(let object):
    Node(object.sorted { $0.key < $1.key }.map { (textNode($0.key), yamlNode($0.value)) })
  }
}
