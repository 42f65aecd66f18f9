import AssayNumerics
import VerifierKit

/// Truth values of several formulas at once: `a=1,b=0:a&~b,a>b` → `1&~0=1&1=1`, `1>0=0`, so `1, 0`.
///
/// Each formula is true half of the time, so that with n formulas the best constant answer is right in
/// 2⁻ⁿ of the cases.
func formulas(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let variables = try options.integer("variables", default: 2, in: 2...5)
  let count = try options.integer("formulas", default: style == .terse ? 3 : 2, in: 2...5)
  let depth = try options.integer("depth", default: 1, in: 1...3)
  let connectives = try options.names("connectives", among: Formula.Connective.allCases.map(\.rawValue))
    .compactMap(Formula.Connective.init)
  return { stratum, random in
    let values = (0..<count).map { _ in stratum.uniform() < 0.5 }
    let assignment = (0..<variables).map { _ in random.uniform() < 0.5 }
    var formulas: [Formula] = []
    for value in values {
      formulas.append(
        formula(worth: value, assignment, depth: depth, connectives, other: formulas, &random))
    }
    let names = ["a", "b", "c", "d", "e"]
    // The value of a variable that nobody asks about makes no other question.
    let used = formulas.reduce(into: Set<Int>()) { $0.formUnion($1.variables) }
    let key =
      used.sorted().map { names[$0] + bit(assignment[$0]) }.joined()
      + formulas.map { $0.canonical.terse { names[$0] } }.sorted().joined(separator: ",")
    let prompt: String
    let thoughts: [String]
    switch style {
    case .terse:
      prompt =
        zip(names, assignment).map { "\($0)=\(bit($1))" }.joined(separator: ",") + ":"
        + formulas.map { $0.terse { names[$0] } }.joined(separator: ",")
      thoughts = formulas.map { $0.substitution(assignment) }
    case .plain:
      let facts = zip(names, assignment).map { "\($0.uppercased()) is \($1)" }
      let wanted = formulas.map { "“\($0.plain(literal))”" }
      prompt =
        "Suppose that \(enumeration(facts)). Give the truth values of \(enumeration(wanted)), in this order, "
        + "separated by commas."
      thoughts = formulas.map { $0.explained(assignment) }
    }
    return Question(
      key: key, prompt: prompt,
      reference: .object(["kind": .string("truths"), "answer": .array(values.map(JSONValue.bool))]),
      solution: worked(
        thoughts,
        answer: values.map { style == .terse ? bit($0) : String($0) }.joined(separator: ", "),
        style: style))
  }
}

/// `A`, or `not A`.
private func literal(_ index: Int, _ positive: Bool) -> String {
  let name = ["A", "B", "C", "D", "E"][index]
  return positive ? name : "not " + name
}

extension Formula {
  /// `Not B and A: B is false, so not B is true. A is true. True and true is true.`: every literal is looked up
  /// on its own, in the order of the formula, before they are combined.
  fileprivate func explained(_ assignment: [Bool]) -> String {
    let named = plain(literal).capitalizedFirst + ":"
    let looked = literals.map { index, positive in
      let fact = "\(literal(index, true)) is \(assignment[index])"
      return positive ? fact + "." : fact + ", so \(literal(index, false)) is \(!assignment[index])."
    }
    let combined = plain { String(assignment[$0] == $1) } + " is \(value(assignment))."
    return ([named] + looked + [combined.capitalizedFirst]).joined(separator: " ")
  }

  /// Variables and whether they stand without a negation, from left to right.
  private var literals: [(index: Int, positive: Bool)] {
    switch self {
    case .variable(let index): [(index, true)]
    case .not(.variable(let index)): [(index, false)]
    case .not(let formula): formula.literals
    case .and(let left, let right), .or(let left, let right), .implies(let left, let right):
      left.literals + right.literals
    }
  }
}

func bit(_ value: Bool) -> String { value ? "1" : "0" }

/// Drawn again until it has the wanted value (about twice, each connective being true and false somewhere) and,
/// where that can be had in 32 attempts, differs from the others.
private func formula(
  worth wanted: Bool, _ assignment: [Bool], depth: Int, _ connectives: [Formula.Connective],
  other: [Formula], _ random: inout CounterRandom
) -> Formula {
  var attempt = 0
  while true {
    let drawn = Formula.random(
      variables: assignment.count, depth: depth, connectives: connectives, &random)
    attempt += 1
    if drawn.value(assignment) == wanted, attempt > 32 || !other.contains(drawn) { return drawn }
  }
}

extension Formula {
  /// `1&~0=1&1=1`: values for variables, then for negations, then for the inner connectives, one level at
  /// a time.
  func substitution(_ assignment: [Bool]) -> String {
    var steps = [terse { bit(assignment[$0]) }]
    var level = constants(assignment)
    while true {
      let text = level.text
      if text != steps.last { steps.append(text) }
      guard let next = level.reduced else { break }
      level = next
    }
    return steps.joined(separator: "=")
  }

  /// The formula with its literals evaluated.
  private func constants(_ assignment: [Bool]) -> Level {
    switch self {
    case .variable, .not(.variable): .constant(value(assignment))
    case .not(let formula): .not(formula.constants(assignment))
    case .and(let left, let right): .binary("&", left.constants(assignment), right.constants(assignment))
    case .or(let left, let right): .binary("|", left.constants(assignment), right.constants(assignment))
    case .implies(let left, let right): .binary(">", left.constants(assignment), right.constants(assignment))
    }
  }
}

/// A formula on the way to its value.
private indirect enum Level {
  case constant(Bool)
  case not(Level)
  case binary(Character, Level, Level)

  var text: String {
    switch self {
    case .constant(let value): bit(value)
    case .not(let level): "~" + level.operand
    case .binary(let sign, let left, let right): "\(left.operand)\(sign)\(right.operand)"
    }
  }

  private var operand: String {
    if case .binary = self { "(" + text + ")" } else { text }
  }

  /// One step further: every connective whose operands are constants; nil for a constant.
  var reduced: Level? {
    switch self {
    case .constant: return nil
    case .not(.constant(let value)): return .constant(!value)
    case .not(let level): return level.reduced.map(Level.not)
    case .binary(let sign, .constant(let left), .constant(let right)):
      return switch sign {
      case "&": .constant(left && right)
      case "|": .constant(left || right)
      default: .constant(!left || right)
      }
    case .binary(let sign, let left, let right):
      return .binary(sign, left.reduced ?? left, right.reduced ?? right)
    }
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
