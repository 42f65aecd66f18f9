import Yams

/// `--set a.b=c`: one value of a recipe, given on the command line.
///
/// A list's element is named by its number (`stages[1].grpo.steps` or `stages.1.grpo.steps`), or by its
/// name where it has one (`tasks.sums.weight`, `stages.rl.grpo.steps`). The value is YAML.
struct Override {
  let path: [String]
  let value: Node
  let text: String

  init(_ text: String) throws(RecipeError) {
    self.text = text
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw RecipeError(place: "--set \(text)", message: "has no value. Write --set a.b=c.")
    }
    path = text[..<equals].replacing("[", with: ".").replacing("]", with: "")
      .split(separator: ".").map(String.init)
    let given = String(text[text.index(after: equals)...])
    do {
      value = withoutMarks(try Yams.compose(yaml: given) ?? Node(""))
    } catch {
      throw RecipeError(place: "--set \(text)", message: "“\(given)” is no YAML: \(error).")
    }
  }

  /// The recipe with the value in its place, and the place's full path.
  func applied(to root: Node) throws(RecipeError) -> (Node, path: String) {
    try set(path[...], in: root, at: "")
  }

  private func set(
    _ path: ArraySlice<String>, in node: Node, at place: String
  ) throws(RecipeError) -> (Node, path: String) {
    guard let key = path.first else { return (value, place) }
    switch node {
    case .mapping(var mapping):
      let (child, full) = try set(
        path.dropFirst(), in: mapping[key] ?? Node([(Node, Node)]()),
        at: place.isEmpty ? key : "\(place).\(key)")
      mapping[Node(key)] = child
      return (.mapping(mapping), full)
    case .sequence(var sequence):
      let items = Array(sequence)
      guard let index = index(of: key, in: items) else {
        throw RecipeError(
          place: "--set \(text)",
          message: "“\(place)” is a list of \(items.count) and has no element “\(key)”. "
            + "Use a number from 0 or the name of an element.")
      }
      let (child, full) = try set(path.dropFirst(), in: items[index], at: "\(place)[\(index)]")
      sequence[index] = child
      return (.sequence(sequence), full)
    default:
      if isNull(node) { return try set(path, in: Node([(Node, Node)]()), at: place) }
      throw RecipeError(place: "--set \(text)", message: "“\(place)” is a single value and has no “\(key)”.")
    }
  }

  /// By number, or by `name` in the element or in its only part (`grpo: {name: rl}`).
  private func index(of key: String, in items: [Node]) -> Int? {
    if let number = Int(key) { return items.indices.contains(number) ? number : nil }
    return items.firstIndex { item in
      let inner = item.mapping.flatMap { $0.count == 1 ? $0.first?.value : nil }
      return item.mapping?["name"]?.string == key || inner?.mapping?["name"]?.string == key
    }
  }
}

/// A line number within an option of the command line says nothing.
private func withoutMarks(_ node: Node) -> Node {
  switch node {
  case .scalar(let scalar): Node(scalar.string, scalar.tag, scalar.style)
  case .sequence(let sequence): Node(sequence.map(withoutMarks), sequence.tag, sequence.style)
  case .mapping(let mapping):
    Node(mapping.map { (withoutMarks($0.key), withoutMarks($0.value)) }, mapping.tag, mapping.style)
  default: node
  }
}
