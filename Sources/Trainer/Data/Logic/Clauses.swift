import AssayNumerics
import Puzzles
import VerifierKit

/// Clauses of up to three literals: truth values that make all of them true, or `unsatisfiable` where the search shows
/// that there are none, which is so in a tenth of the puzzles.
///
/// Worked by giving the values and evaluating clause by clause, or by the cases that all fail.
func clauses(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let level = try options.level()
  let variables = try options.integer("variables", default: [3, 4, 5, 6, 8][level - 1], in: 2...8)
  return { stratum, random in
    let isSatisfiable = stratum.uniform() < 0.9
    let model = (0..<variables).map { _ in random.uniform() < 0.5 }
    let clauses = ClauseSet.draw(variables, model: isSatisfiable ? model : nil, &random)
    let key = clauses.map(\.text).sorted().joined(separator: ",")
    return Question(key: key) {
      let puzzle = JSONValue.object([
        "kind": .string("satisfiability"),
        "clauses": .array(clauses.map { .array($0.literals.map { .string($0.text) }) }),
      ])
      let list = clauses.map { style == .terse ? $0.text : "“\($0.plain)”" }
      let prompt =
        style == .terse
        ? list.joined(separator: ",")
        : "Find truth values of \(enumeration(names(clauses))) that make all of these true: \(enumeration(list)). "
          + "Write them as “p = true, q = false, ...”, or “unsatisfiable” if there are none."
      guard let first = ClauseSet.models(clauses, variables).first else {
        return Question.Content(
          prompt: prompt, puzzle: puzzle,
          solution: worked(refutation(clauses, variables), answer: "unsatisfiable", style: style))
      }
      let values = names(clauses).compactMap(ClauseSet.names.firstIndex).map { ($0, first[$0]) }
      let answer = values.map {
        "\(ClauseSet.names[$0.0])\(style == .terse ? "=" : " = ")\(style == .terse ? bit($0.1) : String($0.1))"
      }
      let checks = clauses.map { clause in
        let literal = clause.literals.first { first[$0.variable] == $0.isPositive }
        return style == .terse
          ? "\(clause.text):\(literal?.text ?? "")" : "“\(clause.plain)”: \(literal?.plain ?? "") is true."
      }
      return Question.Content(
        prompt: prompt, puzzle: puzzle,
        solution: worked(
          [answer.joined(separator: style == .terse ? "," : ", ")] + checks,
          answer: answer.joined(separator: style == .terse ? "," : ", "), style: style))
    }
  }
}

/// The variables that occur, in their order.
private func names(_ clauses: [Clause]) -> [String] {
  Set(clauses.flatMap(\.literals).map(\.variable)).sorted().map { ClauseSet.names[$0] }
}

/// Every case with a clause that it makes false.
private func refutation(_ clauses: [Clause], _ variables: Int) -> [String] {
  (0..<1 << variables).map { bits in
    let values = (0..<variables).map { bits >> $0 & 1 == 1 }
    let false_ = clauses.first { clause in clause.literals.allSatisfy { values[$0.variable] != $0.isPositive }
    }
    return values.map(bit).joined() + ":" + (false_?.text ?? "")
  }
}

struct Clause: Hashable {
  struct Literal: Hashable {
    var variable: Int
    var isPositive: Bool
    var text: String { (isPositive ? "" : "~") + ClauseSet.names[variable] }
    var plain: String { (isPositive ? "" : "not ") + ClauseSet.names[variable] }
  }

  var literals: [Literal]
  var text: String { literals.map(\.text).joined(separator: "|") }
  var plain: String { literals.map(\.plain).joined(separator: " or ") }
}

enum ClauseSet {
  static let names = ["p", "q", "r", "s", "t", "u", "v", "w"]

  /// Clauses that leave few models, the given one among them; without one, as many as it takes to leave none.
  static func draw(_ variables: Int, model: [Bool]?, _ random: inout CounterRandom) -> [Clause] {
    var clauses: [Clause] = []
    while true {
      let order = random.permutation(of: variables).prefix(random.integer(in: 2...min(3, variables))).sorted()
      let clause = Clause(
        literals: order.map { Clause.Literal(variable: $0, isPositive: random.uniform() < 0.5) })
      let isMet =
        model.map { model in clause.literals.contains { model[$0.variable] == $0.isPositive } } ?? true
      guard isMet, !clauses.contains(clause) else { continue }
      clauses.append(clause)
      if clauses.count >= variables, models(clauses, variables).count <= (model == nil ? 0 : 2) {
        return clauses
      }
    }
  }

  /// Up to three models.
  static func models(_ clauses: [Clause], _ variables: Int) -> [[Bool]] {
    var problem = ConstraintProblem(variables: variables, values: 2)
    for clause in clauses {
      problem.require(.anyOf(clause.literals.map { ($0.variable, $0.isPositive ? 1 : 0) }))
    }
    // At most 2⁸ valuations: the budget is never spent.
    return (ConstraintSearch.solutions(of: problem, limit: 3) ?? []).map { $0.map { $0 == 1 } }
  }
}
