import Yams

extension Recipe {
  /// Of `resolved()`.
  func node() throws(RecipeError) -> Node {
    let text = try resolved()
    do {
      return try Yams.compose(yaml: text) ?? Node([(Node, Node)]())
    } catch {
      throw RecipeError(place: name, message: "can't be written as YAML: \(error)")
    }
  }

  /// Every value with its path, `stages[1].grpo.steps`, as `resolved()` writes them.
  func values() throws(RecipeError) -> [(path: String, value: String)] {
    let root = try node()
    var found: [(String, String)] = []
    func walk(_ node: Node, _ path: String) {
      switch node {
      case .mapping(let mapping):
        for (key, value) in mapping {
          walk(value, path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")")
        }
        if mapping.isEmpty { found.append((path, "{}")) }
      case .sequence(let sequence):
        for (index, value) in sequence.enumerated() { walk(value, "\(path)[\(index)]") }
        if sequence.isEmpty { found.append((path, "[]")) }
      default: found.append((path, node.scalar?.string ?? ""))
      }
    }
    walk(root, "")
    return found
  }

  struct Change: Equatable {
    var path: String
    /// Nil where there was none, or is none any more.
    var before: String?
    var after: String?

    var text: String { "\(path): \(before ?? "nothing") in the run, \(after ?? "nothing") here" }
  }

  /// What differs in `other`, by path; the run's name doesn't count.
  func changes(in other: Recipe) throws(RecipeError) -> [Change] {
    let (mine, theirs) = (try values(), try other.values())
    let before = Dictionary(mine.map { ($0.path, $0.value) }, uniquingKeysWith: { $1 })
    let after = Dictionary(theirs.map { ($0.path, $0.value) }, uniquingKeysWith: { $1 })
    let paths = mine.map(\.path) + theirs.map(\.path).filter { before[$0] == nil }
    return paths.filter { before[$0] != after[$0] && $0 != "name" }
      .map { Change(path: $0, before: before[$0], after: after[$0]) }
  }

  /// Nil, or why the change can't be made where the run has come to.
  static func obstacle(to change: Change, at position: RunPosition) -> String? {
    for (key, why) in [
      ("seed", "all that is random so far hangs on it"), ("policy", "its weights are trained already"),
      ("tasks", "the problems so far came from them"),
    ] where change.path == key || change.path.hasPrefix(key + ".") || change.path.hasPrefix(key + "[") {
      return why
    }
    guard let stage = change.path.prefixMatch(of: /stages\[(\d+)\]/).flatMap({ Int($0.1) }) else {
      return nil
    }
    if stage < position.stage { return "that stage is done" }
    guard stage == position.stage, !position.isStageEnd else { return nil }
    // What the checkpoint of a stage under way holds no state for.
    if change.path.hasSuffix(".optimizer_state") { return "the stage's moments are kept as they were" }
    if change.path.hasSuffix(".kl_coefficient"), change.before.flatMap(Double.init) == 0 {
      return "the stage began without a reference policy"
    }
    return nil
  }
}
