import Puzzles
import VerifierKit

/// `{"kind": "valuation", "formula": "p & (q | ~r)"}`: truth values that make a satisfiable formula true.
struct Valuation: AnswerPuzzle {
  private let formula: PropositionalFormula

  init?(_ json: JSONValue) {
    guard let formula = json["formula"]?.string.flatMap(PropositionalFormula.init), formula.isSatisfiable
    else {
      return nil
    }
    self.formula = formula
  }

  func judge(_ answer: String) -> Verdict {
    switch ValuationReader.read(answer, Array(formula.variables)) {
    case .failure(let reason): return .rejected(reason.word)
    case .success(let values):
      return formula.value(values)
        ? .accepted("satisfies", ["extracted": ValuationReader.text(values)])
        : .rejected("wrong-answer", ["extracted": ValuationReader.text(values)])
    }
  }
}

/// `{"kind": "satisfiability", "clauses": [["p", "~q"], ["q"]]}`: truth values that make every clause true, or
/// `unsatisfiable` where there are none.
struct Satisfiability: AnswerPuzzle {
  private let names: [String]
  private let clauses: [[(variable: Int, value: Int)]]

  init?(_ json: JSONValue) {
    guard let list = json["clauses"]?.array, (1...1000).contains(list.count) else { return nil }
    var names: [String] = []
    var clauses: [[(Int, Int)]] = []
    for item in list {
      guard let literals = item.strings, (1...64).contains(literals.count) else { return nil }
      var clause: [(Int, Int)] = []
      for literal in literals {
        let isNegated = literal.hasPrefix("~") || literal.hasPrefix("-")
        let name = isNegated ? String(literal.dropFirst()) : literal
        guard let first = name.first, first.isLetter, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
          return nil
        }
        let index = names.firstIndex(of: name) ?? names.count
        if index == names.count { names.append(name) }
        clause.append((index, isNegated ? 0 : 1))
      }
      clauses.append(clause)
    }
    guard names.count <= 200 else { return nil }
    (self.names, self.clauses) = (names, clauses)
  }

  private var constraints: ConstraintProblem {
    var problem = ConstraintProblem(variables: names.count, values: 2)
    for clause in clauses { problem.require(.anyOf(clause)) }
    return problem
  }

  func judge(_ answer: String) throws(PuzzleError) -> Verdict {
    let words = Set(PuzzleWords.of(answer).map { $0.lowercased() })
    if !words.isDisjoint(with: ["unsatisfiable", "unsat"]) {
      // A model beside it would be a second answer.
      guard words.count <= 6, !words.contains("not"),
        names.allSatisfy({ !words.contains($0.lowercased()) || $0 == "a" })
      else { return .rejected("several-answers") }
      guard let models = ConstraintSearch.solutions(of: constraints, limit: 1) else {
        throw PuzzleError(
          "whether its clauses can be satisfied was not found within the budget of the search")
      }
      return models.isEmpty ? .accepted("unsatisfiable") : .rejected("wrong-answer")
    }
    switch ValuationReader.read(answer, names) {
    case .failure(let reason): return .rejected(reason.word)
    case .success(let values):
      let details = ["extracted": ValuationReader.text(values)]
      return constraints.isSolution(names.map { values[$0] == true ? 1 : 0 })
        ? .accepted("satisfies", details) : .rejected("wrong-answer", details)
    }
  }
}

/// `{"kind": "entailment", "premises": ["p -> q", "p"], "conclusion": "q"}`: does it follow? Yes or no; of several
/// `conclusions`, in their order.
struct Entailment: AnswerPuzzle {
  private let answer: TruthValues

  init?(_ json: JSONValue) {
    guard let premises = Premises(json["premises"]),
      let texts = json["conclusions"]?.strings ?? json["conclusion"]?.string.map({ [$0] }), !texts.isEmpty,
      case let conclusions = texts.compactMap(PropositionalFormula.init), conclusions.count == texts.count,
      conclusions.reduce(premises.variables, { $0.union($1.variables) }).count
        <= PropositionalFormula.mostVariables
    else { return nil }
    answer = TruthValues(conclusions.map { $0.follows(from: premises.formulas) })
  }

  func judge(_ answer: String) -> Verdict { self.answer.judge(answer) }
}

/// `{"kind": "conclusion", "premises": ["p -> q", "p"]}`: any formula that follows and says something.
///
/// What is true by itself says nothing, nor does a premise said again: alone, with others by `and`, or weakened by an `or`.
/// Where the premises contradict each other everything would follow; then it must follow from some of them that don't.
struct Conclusion: AnswerPuzzle {
  private let premises: Premises
  /// Accepted word for word: the example that the row gives.
  private let example: String?

  init?(_ json: JSONValue) {
    guard let premises = Premises(json["premises"]) else { return nil }
    self.premises = premises
    example = json["example"]?.string
  }

  func judge(_ answer: String) -> Verdict {
    let text = Self.plain(answer)
    let details = ["extracted": text.shortened(to: 500)]
    guard let formula = PropositionalFormula(text) else { return .rejected("no-answer", details) }
    if let example, PropositionalFormula(Self.plain(example)) == formula {
      return .accepted("equal", details)
    }
    guard formula.variables.isSubset(of: premises.variables) else {
      return .rejected("other-variables", details)
    }
    if formula.isTautology { return .rejected("says-nothing", details) }
    if saysPremisesAgain(formula) { return .rejected("premise-again", details) }
    return premises.consistent.contains { formula.follows(from: $0) }
      ? .accepted("follows", details) : .rejected("wrong-answer", details)
  }

  private func saysPremisesAgain(_ formula: PropositionalFormula) -> Bool {
    func isPremise(_ node: PropositionalFormula.Node) -> Bool {
      premises.formulas.contains { $0.isEquivalent(to: PropositionalFormula(node)) }
    }
    if isPremise(formula.root) || formula.root.disjuncts.contains(where: isPremise) { return true }
    // One half of a premise is a conclusion; several halves joined again are none.
    let halves = Set(premises.formulas.flatMap(\.root.conjuncts)), parts = formula.root.conjuncts
    return parts.count > 1 && parts.allSatisfy { halves.contains($0) || isPremise($0) }
  }

  /// LaTeX's names of the connectives as signs, without what stands around a formula.
  private static func plain(_ answer: String) -> String {
    var text = answer
    if text.contains("\\") {
      for (command, sign) in commands { text = text.replacing(command, with: sign) }
    }
    return text.filter { !"$`*".contains($0) }.trimmed().dropLast(while: { $0 == "." || $0.isWhitespace })
  }

  private static let commands = [
    ("\\leftrightarrow", "↔"), ("\\Leftrightarrow", "↔"), ("\\iff", "↔"), ("\\rightarrow", "→"),
    ("\\Rightarrow", "→"), ("\\implies", "→"), ("\\to", "→"), ("\\lnot", "¬"), ("\\neg", "¬"),
    ("\\land", "∧"),
    ("\\wedge", "∧"), ("\\lor", "∨"), ("\\vee", "∨"), ("\\(", ""), ("\\)", ""),
  ]
}

/// Formulas that are taken to be true.
struct Premises {
  let formulas: [PropositionalFormula]
  let variables: Set<String>
  /// Sets of them that do not contradict each other, as large as can be: all of them, if they don't.
  let consistent: [[PropositionalFormula]]

  init?(_ json: JSONValue?) {
    guard let texts = json?.strings, (1...10).contains(texts.count) else { return nil }
    let formulas = texts.compactMap(PropositionalFormula.init)
    guard formulas.count == texts.count else { return nil }
    let variables = formulas.reduce(into: Set<String>()) { $0.formUnion($1.variables) }
    guard variables.count <= 12 else { return nil }
    let valuations = PropositionalFormula.valuations(of: variables.sorted())
    // Which of them a valuation makes true, as bits.
    let met = Set(
      valuations.map { values in
        formulas.indices.reduce(0) { formulas[$1].value(values) ? $0 | 1 << $1 : $0 }
      })
    let largest = met.filter { set in !met.contains { $0 != set && $0 & set == set } }
    self.formulas = formulas
    self.variables = variables
    consistent = largest.map { set in formulas.indices.filter { set >> $0 & 1 == 1 }.map { formulas[$0] } }
  }
}

extension PropositionalFormula {
  fileprivate func isEquivalent(to other: PropositionalFormula) -> Bool {
    follows(from: [other]) && other.follows(from: [self])
  }
}

/// Finds `p = 1, q is false` in an answer.
enum ValuationReader {
  static func read(_ answer: String, _ names: [String]) -> Result<[String: Bool], RoleReader.Reason> {
    var values: [String: Bool] = [:]
    var open: String?
    for word in PuzzleWords.of(answer) {
      if names.contains(word) {
        open = word
      } else if PuzzleWords.hedges.contains(word.lowercased()), word.lowercased() != "no" {
        return .failure(RoleReader.Reason(word: "several-answers"))
      } else if let truth = PuzzleWords.truth(word) {
        guard let name = open, values.updateValue(truth, forKey: name) == nil else {
          return .failure(RoleReader.Reason(word: "several-answers"))
        }
        open = nil
      }
    }
    guard values.count == names.count else { return .failure(RoleReader.Reason(word: "no-answer")) }
    return .success(values)
  }

  static func text(_ values: [String: Bool]) -> String {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value ? 1 : 0)" }.joined(separator: ",")
  }
}

extension String {
  fileprivate func dropLast(while isDropped: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, isDropped(last) { text.removeLast() }
    return text
  }
}
