import BigInt
import VerifierKit

/// A fraction in lowest terms, written as one.
struct ReducedFraction: AnswerPuzzle {
  private let above: BigInt
  private let below: BigInt

  init?(_ json: JSONValue) {
    guard let above = json["simplified_numerator"]?.integer,
      let below = json["simplified_denominator"]?.integer,
      below > 0
    else { return nil }
    (self.above, self.below) = (BigInt(above), BigInt(below))
  }

  func judge(_ answer: String) -> Verdict {
    let details = ["extracted": answer.shortened(to: 200)]
    guard case .value(let scalar)? = MathAnswer.form(answer), scalar.unit.isEmpty, !scalar.isPercent else {
      return .rejected("no-answer", details)
    }
    guard let (a, b) = Self.fraction(scalar.node) else { return .rejected("no-answer", details) }
    if a == above, b == below { return .accepted("equal", details) }
    return .rejected(a * below == above * b ? "not-reduced" : "wrong-answer", details)
  }

  /// Numerator and denominator as they are written.
  private static func fraction(_ node: MathNode) -> (BigInt, BigInt)? {
    switch node {
    case .divide(.number(let a), .number(let b)) where a.isInteger && b.isInteger: (a.numerator, b.numerator)
    case .divide(.negate(.number(let a)), .number(let b)) where a.isInteger && b.isInteger:
      (-a.numerator, b.numerator)
    case .number(let a) where a.isInteger: (a.numerator, 1)
    case .negate(let inner): fraction(inner).map { (-$0.0, $0.1) }
    default: nil
    }
  }
}

/// All real roots of a polynomial, each once, to four places.
struct RealRoots: AnswerPuzzle {
  private let gold: [Double]

  init?(_ json: JSONValue) {
    guard let list = json["real_solutions"]?.array, case let roots = list.compactMap(\.double),
      roots.count == list.count
    else { return nil }
    gold = roots.sorted()
  }

  /// The metadata are rounded to four places, and the question asks for rounding down at 5.
  private static let unit = 1e-4 * (1 + 1e-6)

  func judge(_ answer: String) -> Verdict {
    let details = ["extracted": answer.shortened(to: 500)]
    let words = PuzzleWords.plain(answer)
    if ["", "none", "∅", "[]", "no solution", "no solutions", "no real solution", "no real solutions"]
      .contains(words)
    {
      return gold.isEmpty ? .accepted("equal", details) : .rejected("wrong-answer", details)
    }
    guard let given = MathAnswer.form(answer).flatMap(Self.numbers) else {
      return .rejected("no-answer", details)
    }
    let isRight =
      given.count == gold.count && zip(given.sorted(), gold).allSatisfy { abs($0 - $1) <= Self.unit }
    return isRight ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }

  private static func numbers(_ form: MathForm) -> [Double]? {
    switch form {
    case .value(let scalar):
      return scalar.unit.isEmpty && !scalar.isPercent ? scalar.node.double().map { [$0] } : nil
    case .named(_, let form): return numbers(form)
    case .list(let forms), .finiteSet(let forms), .tuple(let forms):
      var all: [Double] = []
      for form in forms {
        guard let some = numbers(form) else { return nil }
        all += some
      }
      return all
    default: return nil
    }
  }
}

/// An expression whose derivative is the integrand; a constant may be added under any name, or left out.
struct Antiderivative: AnswerPuzzle {
  private let integrand: MathNode
  private let variable: String

  init?(_ json: JSONValue) {
    guard let text = json["integrand"]?.string, let variable = json["variable"]?.string, variable.count == 1,
      case .value(let scalar)? = MathAnswer.form(text), scalar.node.symbols.isSubset(of: [variable])
    else { return nil }
    integrand = scalar.node
    self.variable = variable
  }

  func judge(_ answer: String) -> Verdict {
    let details = ["extracted": answer.shortened(to: 500)]
    let node: MathNode
    switch MathAnswer.form(answer) {
    case .value(let scalar) where scalar.unit.isEmpty && !scalar.isPercent: node = scalar.node
    case .named(_, .value(let scalar)) where scalar.unit.isEmpty: node = scalar.node
    default: return .rejected("no-answer", details)
    }
    // The questions write X, and `dx` behind it.
    let other = variable == variable.lowercased() ? variable.uppercased() : variable.lowercased()
    let isOther = node.symbols.contains(other) && !node.symbols.contains(variable)
    let read = isOther ? node.replacing(other, by: .symbol(variable)) : node
    return judge(read, details)
  }

  private func judge(_ node: MathNode, _ details: [String: String]) -> Verdict {
    // One constant of integration, and nothing of it but a summand: `C*X` would be another function.
    guard node.symbols.subtracting([variable]).count <= 1, let slope = node.derivative(by: variable),
      slope.symbols.isSubset(of: [variable])
    else { return .rejected("wrong-answer", details) }
    return slope.equals(integrand) ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }
}
