/// A formula of propositional logic: `~ ! ¬ not`, `& ∧ and`, `^ ⊕ xor`, `| ∨ or`, `-> → =>`, `<-> ↔ <=>`, from the tightest
/// to the loosest.
public struct PropositionalFormula: Sendable, Hashable {
  public enum Connective: Sendable, Hashable { case and, or, exclusiveOr, implies, equivalent }

  public indirect enum Node: Sendable, Hashable {
    case variable(String)
    case not(Node)
    case binary(Connective, Node, Node)
  }

  public let root: Node
  public let variables: Set<String>

  /// At most this many variables: everything is decided by trying all valuations.
  public static let mostVariables = 16

  public init(_ root: Node) {
    self.root = root
    var names: Set<String> = []
    Self.collect(root, into: &names)
    variables = names
  }

  /// Nil for text that is no formula, or one of more than 16 variables, 4,096 bytes or 200 brackets in each other.
  public init?(_ text: String) {
    guard text.utf8.count <= 4096 else { return nil }
    var parser = FormulaParser(text)
    guard let root = parser.formula(), parser.isAtEnd else { return nil }
    self.init(root)
    if variables.count > Self.mostVariables { return nil }
  }

  public func value(_ values: [String: Bool]) -> Bool { Self.value(root) { values[$0] ?? false } }

  /// Whether it is true wherever all the premises are.
  public func follows(from premises: [PropositionalFormula]) -> Bool {
    let names = premises.reduce(variables) { $0.union($1.variables) }.sorted()
    return Self.valuations(of: names).allSatisfy { values in
      value(values) || !premises.allSatisfy { $0.value(values) }
    }
  }

  public var isSatisfiable: Bool { Self.valuations(of: variables.sorted()).contains(where: value) }
  public var isTautology: Bool { follows(from: []) }

  /// All valuations of these names, one at a time.
  public static func valuations(of names: [String]) -> some Sequence<[String: Bool]> {
    (0..<1 << min(names.count, 20)).lazy.map { bits in
      var values: [String: Bool] = [:]
      for (index, name) in names.enumerated() { values[name] = bits >> index & 1 == 1 }
      return values
    }
  }

  private static func value(_ node: Node, _ variable: (String) -> Bool) -> Bool {
    switch node {
    case .variable(let name): return variable(name)
    case .not(let inner): return !value(inner, variable)
    case .binary(let connective, let left, let right):
      let (a, b) = (value(left, variable), value(right, variable))
      return switch connective {
      case .and: a && b
      case .or: a || b
      case .exclusiveOr: a != b
      case .implies: !a || b
      case .equivalent: a == b
      }
    }
  }

  private static func collect(_ node: Node, into names: inout Set<String>) {
    switch node {
    case .variable(let name): names.insert(name)
    case .not(let inner): collect(inner, into: &names)
    case .binary(_, let left, let right):
      collect(left, into: &names)
      collect(right, into: &names)
    }
  }
}

extension PropositionalFormula.Node {
  /// What stands between the outermost `and`s.
  public var conjuncts: [PropositionalFormula.Node] {
    if case .binary(.and, let left, let right) = self { left.conjuncts + right.conjuncts } else { [self] }
  }
}
