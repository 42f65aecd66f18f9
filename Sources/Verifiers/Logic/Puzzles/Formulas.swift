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
    // More of them might outlast the search, and only some answers ask for it.
    guard names.count <= 32 else { return nil }
    (self.names, self.clauses) = (names, clauses)
  }

  private static let denial: Set<String> = [
    "unsatisfiable", "unsat", "not", "satisfiable", "it", "they", "is", "are", "the", "formula", "clauses",
    "set", "of", "these",
    "all", "so", "thus", "hence", "therefore", "given", "above", "system", "problem",
  ]

  private var constraints: ConstraintProblem {
    var problem = ConstraintProblem(variables: names.count, values: 2)
    for clause in clauses { problem.require(.anyOf(clause)) }
    return problem
  }

  func judge(_ answer: String) throws(PuzzleError) -> Verdict {
    let words = PuzzleWords.of(answer).map { $0.lowercased() }
    let isDenied =
      words.contains("unsatisfiable") || words.contains("unsat") || words.suffix(2) == ["not", "satisfiable"]
    if isDenied {
      // Nothing else may be said: a model beside it would be a second answer.
      let isPlain =
        words.allSatisfy(Self.denial.contains)
        && words.count { $0 == "not" } <= (words.last == "satisfiable" ? 1 : 0)
      guard isPlain, !answer.contains(where: { "¬≠~!?✗".contains($0) }) else {
        return .rejected("several-answers")
      }
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
/// What is true by itself says nothing, nor does a premise said again: alone, with others by `and`, or weakened: with a
/// letter that could be anything (`q | r` where q follows).
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
    switch premises.judge(formula) {
    case .again: return .rejected("premise-again", details)
    case .follows: return .accepted("follows", details)
    case .not: return .rejected("wrong-answer", details)
    }
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

/// Finds `p = 1, q is false` in an answer.
enum ValuationReader {
  static func read(_ answer: String, _ names: [String]) -> Result<[String: Bool], RoleReader.Reason> {
    if answer.contains(where: { "¬≠~!?✗".contains($0) }) {
      return .failure(RoleReader.Reason(word: "several-answers"))
    }
    var values: [String: Bool] = [:]
    var open: [String] = []
    for word in PuzzleWords.of(answer) {
      let lower = word.lowercased()
      if names.contains(word), lower != "a" || open.isEmpty {
        open.append(word)
      } else if let truth = PuzzleWords.truth(word) {
        // `p and q are true`; a value for nobody is a second one.
        guard !open.isEmpty else { return .failure(RoleReader.Reason(word: "several-answers")) }
        for name in open where values.updateValue(truth, forKey: name) != nil {
          return .failure(RoleReader.Reason(word: "several-answers"))
        }
        open = []
      } else if PuzzleWords.hedges.contains(lower) {
        return .failure(RoleReader.Reason(word: "several-answers"))
      } else if !fillers.contains(lower) {
        return .failure(RoleReader.Reason(word: "no-answer"))
      }
    }
    guard values.count == names.count else { return .failure(RoleReader.Reason(word: "no-answer")) }
    return .success(values)
  }

  private static let fillers: Set<String> = [
    "is", "are", "and", "both", "all", "so", "thus", "hence", "therefore", "set", "to", "be", "with", "the",
    "values", "value",
    "let", "we", "have", "take", "json",
  ]

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
