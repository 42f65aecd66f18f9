import Numerics
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
    let formulas = values.map { formula(worth: $0, assignment, depth: depth, connectives, &random) }
    let names = ["a", "b", "c", "d", "e"]
    let key =
      zip(names, assignment).map { $0 + bit($1) }.joined()
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
        "\(enumeration(facts)). Give the truth values of \(enumeration(wanted)), in this order, "
        + "separated by commas."
      thoughts = zip(formulas, values).map { formula, value in
        let substituted = formula.plain { ($1 ? "" : "not ") + String(assignment[$0]) }
        let negated = formula.plain { String(assignment[$0] == $1) }
        let between = substituted == negated ? "" : ", that is \(negated)"
        return "\(formula.plain(literal)) is \(substituted)\(between), which is \(value).".capitalizedFirst
      }
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

func bit(_ value: Bool) -> String { value ? "1" : "0" }

/// Drawn again until it has the wanted value: about twice, each connective being true and false somewhere.
private func formula(
  worth wanted: Bool, _ assignment: [Bool], depth: Int, _ connectives: [Formula.Connective],
  _ random: inout CounterRandom
) -> Formula {
  while true {
    let drawn = Formula.random(
      variables: assignment.count, depth: depth, connectives: connectives, &random)
    if drawn.value(assignment) == wanted { return drawn }
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
