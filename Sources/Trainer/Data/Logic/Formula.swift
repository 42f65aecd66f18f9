import AssayNumerics
import Puzzles

/// A propositional formula over numbered variables.
indirect enum Formula: Sendable, Hashable {
  /// Under the names that a recipe gives them.
  enum Connective: String, Sendable, CaseIterable {
    case and
    case or
    case implies = "if"
  }

  case variable(Int)
  case not(Formula)
  case and(Formula, Formula)
  case or(Formula, Formula)
  case implies(Formula, Formula)

  /// Numbers of those that occur.
  var variables: Set<Int> {
    switch self {
    case .variable(let index): [index]
    case .not(let formula): formula.variables
    case .and(let left, let right), .or(let left, let right), .implies(let left, let right):
      left.variables.union(right.variables)
    }
  }

  func value(_ assignment: [Bool]) -> Bool {
    switch self {
    case .variable(let index): assignment[index]
    case .not(let formula): !formula.value(assignment)
    case .and(let left, let right): left.value(assignment) && right.value(assignment)
    case .or(let left, let right): left.value(assignment) || right.value(assignment)
    case .implies(let left, let right): !left.value(assignment) || right.value(assignment)
    }
  }

  /// `~a&b`, `(a&b)>c`; `atom` writes a variable.
  func terse(_ atom: (Int) -> String) -> String {
    switch self {
    case .variable(let index): atom(index)
    case .not(let formula): "~" + formula.terseOperand(atom)
    case .and(let left, let right): left.terseOperand(atom) + "&" + right.terseOperand(atom)
    case .or(let left, let right): left.terseOperand(atom) + "|" + right.terseOperand(atom)
    case .implies(let left, let right): left.terseOperand(atom) + ">" + right.terseOperand(atom)
    }
  }

  private func terseOperand(_ atom: (Int) -> String) -> String {
    isBinary ? "(" + terse(atom) + ")" : terse(atom)
  }

  /// `not A and B`, `if (A or B) then C`; `literal` writes a variable or its negation.
  func plain(_ literal: (Int, Bool) -> String) -> String {
    switch self {
    case .variable(let index): literal(index, true)
    case .not(.variable(let index)): literal(index, false)
    case .not(let formula): "not " + formula.plainOperand(literal)
    case .and(let left, let right): left.plainOperand(literal) + " and " + right.plainOperand(literal)
    case .or(let left, let right): left.plainOperand(literal) + " or " + right.plainOperand(literal)
    case .implies(let left, let right):
      "if " + left.plainOperand(literal) + " then " + right.plainOperand(literal)
    }
  }

  private func plainOperand(_ literal: (Int, Bool) -> String) -> String {
    isBinary ? "(" + plain(literal) + ")" : plain(literal)
  }

  /// The formula under the names that its puzzle is told with.
  func node(_ names: [String]) -> PropositionalFormula.Node {
    switch self {
    case .variable(let index): .variable(names[index])
    case .not(let formula): .not(formula.node(names))
    case .and(let left, let right): .binary(.and, left.node(names), right.node(names))
    case .or(let left, let right): .binary(.or, left.node(names), right.node(names))
    case .implies(let left, let right): .binary(.implies, left.node(names), right.node(names))
    }
  }

  private var isBinary: Bool {
    switch self {
    case .variable, .not: false
    case .and, .or, .implies: true
    }
  }

  /// The same formula with the operands of `and` and `or` in a fixed order.
  var canonical: Formula {
    switch self {
    case .variable: return self
    case .not(let formula): return .not(formula.canonical)
    case .implies(let left, let right): return .implies(left.canonical, right.canonical)
    case .and(let left, let right):
      let (first, second) = Self.inOrder(left.canonical, right.canonical)
      return .and(first, second)
    case .or(let left, let right):
      let (first, second) = Self.inOrder(left.canonical, right.canonical)
      return .or(first, second)
    }
  }

  private static func inOrder(_ left: Formula, _ right: Formula) -> (Formula, Formula) {
    left.terse { "v\($0)" } <= right.terse { "v\($0)" } ? (left, right) : (right, left)
  }

  /// Two different variables, or more deeply a formula and a variable, each negated half of the time.
  /// - Parameters:
  ///   - depth: how many connectives are nested, ≥ 1.
  ///   - connectives: those that it may have, at least one.
  static func random(
    variables: Int, depth: Int, connectives: [Connective] = Connective.allCases,
    _ random: inout CounterRandom
  ) -> Formula {
    let first = random.integer(in: 0...variables - 1)
    var right = Formula.variable((first + random.integer(in: 1...variables - 1)) % variables)
    if random.uniform() < 0.5 { right = .not(right) }
    var left = Formula.variable(first)
    if depth > 1 {
      left = .random(variables: variables, depth: depth - 1, connectives: connectives, &random)
    }
    if random.uniform() < 0.5 { left = .not(left) }
    return switch random.element(of: connectives) {
    case .and: .and(left, right)
    case .or: .or(left, right)
    case .implies: .implies(left, right)
    }
  }
}
