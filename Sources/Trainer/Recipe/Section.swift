import VerifierKit
import Yams

/// A part of a recipe that lists its fields once, for reading as well as for writing.
protocol RecipeSection: Sendable {
  /// All fields at their defaults.
  init()
  mutating func fields(_ section: inout Section) throws(RecipeError)
}

/// One mapping of a recipe's YAML, being read into a value or written from it, field by field.
struct Section {
  private enum Direction {
    case reading(Node.Mapping)
    case writing
  }

  let origin: Origin
  /// `stages[1].grpo`; empty for the whole recipe.
  let path: String
  private let direction: Direction
  private var known: [String] = []
  private var written: [(Node, Node)] = []

  /// What stands at `path` in the YAML. Nothing (a key without a value) is an empty mapping.
  init(reading node: Node, at path: String, origin: Origin) throws(RecipeError) {
    self.path = path
    self.origin = origin
    switch node {
    case .mapping(let mapping): direction = .reading(mapping)
    case .scalar where isNull(node): direction = .reading(Node.Mapping([]))
    default:
      throw RecipeError(
        place: origin.place(path, node), message: "must be a mapping, that is lines of “key: value”.")
    }
  }

  init(writingAt path: String) {
    self.path = path
    origin = Origin(file: "", overrides: [])
    direction = .writing
  }

  /// - Throws: the first key that no field read.
  func finish() throws(RecipeError) {
    guard case .reading(let mapping) = direction else { return }
    for (key, _) in mapping {
      let name = key.string ?? ""
      if !known.contains(name) {
        throw RecipeError.unknownKey(name, known: known, place: origin.place(child(name), key))
      }
    }
  }

  var node: Node { Node(written) }

  var isWriting: Bool { if case .writing = direction { true } else { false } }

  /// The section itself, or one of its keys, for messages.
  func place(_ key: String? = nil) -> String {
    guard case .reading(let mapping) = direction else { return key.map(child) ?? path }
    let node = key.flatMap { mapping[$0] } ?? .mapping(mapping)
    return origin.place(key.map(child) ?? path, node)
  }

  func child(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The YAML of a field that is being read; nil when it is absent or being written.
  private mutating func given(_ key: String) -> Node? {
    known.append(key)
    guard case .reading(let mapping) = direction else { return nil }
    return mapping[key]
  }

  private mutating func write(_ key: String, _ node: Node) {
    if case .writing = direction { written.append((Node(key), node)) }
  }

  private func wrong(_ key: String, _ wanted: String, _ node: Node) -> RecipeError {
    let text = node.scalar.map { "“\($0.string)”" } ?? (node.sequence != nil ? "a list" : "a mapping")
    return RecipeError(place: origin.place(child(key), node), message: "must be \(wanted), not \(text).")
  }
}

// MARK: Scalars

extension Section {
  mutating func integer(
    _ key: String, _ value: inout Int, _ bounds: Bounds<Int>
  ) throws(RecipeError) {
    if let node = given(key) {
      guard let given = plain(node).flatMap(wholeNumber), bounds.contains(given) else {
        throw wrong(key, "a whole number, \(bounds.words)", node)
      }
      value = given
    }
    write(key, Node(String(value)))
  }

  mutating func integer(
    _ key: String, _ value: inout Int?, _ bounds: Bounds<Int>
  ) throws(RecipeError) {
    if let node = given(key), !isNull(node) {
      guard let given = plain(node).flatMap(wholeNumber), bounds.contains(given) else {
        throw wrong(key, "a whole number, \(bounds.words), or null", node)
      }
      value = given
    }
    write(key, Node(value.map(String.init) ?? "null"))
  }

  mutating func number(
    _ key: String, _ value: inout Double, _ bounds: Bounds<Double>
  ) throws(RecipeError) {
    if let node = given(key) {
      guard let given = plain(node).flatMap(Double.init), given.isFinite, bounds.contains(given) else {
        throw wrong(key, "a number, \(bounds.words)", node)
      }
      value = given
    }
    write(key, Node(String(value)))
  }

  mutating func number(
    _ key: String, _ value: inout Double?, _ bounds: Bounds<Double>
  ) throws(RecipeError) {
    if let node = given(key), !isNull(node) {
      guard let given = plain(node).flatMap(Double.init), given.isFinite, bounds.contains(given) else {
        throw wrong(key, "a number, \(bounds.words), or null", node)
      }
      value = given
    }
    write(key, Node(value.map { String($0) } ?? "null"))
  }

  mutating func flag(_ key: String, _ value: inout Bool) throws(RecipeError) {
    if let node = given(key) {
      guard let given = node.bool else { throw wrong(key, "true or false", node) }
      value = given
    }
    write(key, Node(String(value)))
  }

  mutating func text(_ key: String, _ value: inout String) throws(RecipeError) {
    if let node = given(key) {
      guard let given = node.scalar?.string, !given.isEmpty else { throw wrong(key, "text", node) }
      value = given
    }
    write(key, textNode(value))
  }

  mutating func text(_ key: String, _ value: inout String?) throws(RecipeError) {
    if let node = given(key), !isNull(node) {
      guard let given = node.scalar?.string, !given.isEmpty else {
        throw wrong(key, "text, or null", node)
      }
      value = given
    }
    write(key, value.map(textNode) ?? Node("null"))
  }

  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ value: inout Value
  ) throws(RecipeError) {
    if let node = given(key) {
      let names = Value.allCases.map(\.rawValue)
      guard let given = (node.scalar?.string).flatMap(Value.init(rawValue:)) else {
        let nearest = (node.scalar?.string).flatMap { nearestName(to: $0, among: names) }
        throw wrong(
          key,
          "one of \(names.joined(separator: ", "))"
            + (nearest.map { " (did you mean “\($0)”?)" } ?? ""), node)
      }
      value = given
    }
    write(key, textNode(value.rawValue))
  }

  mutating func texts(_ key: String, _ value: inout [String]) throws(RecipeError) {
    if let node = given(key), !isNull(node) {
      guard let items = node.sequence?.map(\.scalar?.string), !items.contains(nil) else {
        throw wrong(key, "a list of text", node)
      }
      value = items.compactMap(\.self)
    }
    write(key, Node(value.map(textNode)))
  }
}

// MARK: Parts

extension Section {
  mutating func section<Value: RecipeSection>(
    _ key: String, _ value: inout Value
  ) throws(RecipeError) {
    if let node = given(key) { value = try origin.read(Value.self, node, at: child(key)) }
    if case .writing = direction { write(key, try written(value, at: child(key))) }
  }

  mutating func section<Value: RecipeSection>(
    _ key: String, _ value: inout Value?
  ) throws(RecipeError) {
    if let node = given(key) { value = try origin.read(Value.self, node, at: child(key)) }
    if case .writing = direction, let value { write(key, try written(value, at: child(key))) }
  }

  mutating func list<Value: RecipeSection>(
    _ key: String, _ value: inout [Value]
  ) throws(RecipeError) {
    if let node = given(key) { value = try readList(Value.self, node, at: child(key)) }
    if case .writing = direction { write(key, try writtenList(value)) }
  }

  /// Names of the recipe's author, each with a list.
  mutating func lists<Value: RecipeSection>(
    _ key: String, _ value: inout [String: [Value]]
  ) throws(RecipeError) {
    if let node = given(key), !isNull(node) {
      guard let mapping = node.mapping else { throw wrong(key, "a mapping of names to lists", node) }
      value = [:]
      for (name, list) in mapping {
        guard let name = name.string else { continue }
        value[name] = try readList(Value.self, list, at: "\(child(key)).\(name)")
      }
    }
    guard case .writing = direction else { return }
    var pairs: [(Node, Node)] = []
    for (name, list) in value.sorted(by: { $0.key < $1.key }) {
      pairs.append((textNode(name), try writtenList(list)))
    }
    write(key, Node(pairs))
  }

  /// Options that somebody else reads: any keys, any values.
  mutating func values(_ key: String, _ value: inout [String: JSONValue]) throws(RecipeError) {
    if let node = given(key), !isNull(node) {
      guard case .object(let object) = jsonValue(node) else { throw wrong(key, "a mapping", node) }
      value = object
    }
    write(key, yamlNode(.object(value)))
  }

  private func readList<Value: RecipeSection>(
    _ type: Value.Type, _ node: Node, at path: String
  ) throws(RecipeError) -> [Value] {
    if isNull(node) { return [] }
    guard let items = node.sequence else {
      throw RecipeError(
        place: origin.place(path, node), message: "must be a list, that is lines that begin with “- ”.")
    }
    var values: [Value] = []
    for (index, item) in items.enumerated() {
      values.append(try origin.read(Value.self, item, at: "\(path)[\(index)]"))
    }
    return values
  }

  private func written(_ value: some RecipeSection, at path: String) throws(RecipeError) -> Node {
    var section = Section(writingAt: path)
    var value = value
    try value.fields(&section)
    return section.node
  }

  private func writtenList(_ values: [some RecipeSection]) throws(RecipeError) -> Node {
    var nodes: [Node] = []
    for value in values { nodes.append(try written(value, at: path)) }
    return Node(nodes)
  }
}
