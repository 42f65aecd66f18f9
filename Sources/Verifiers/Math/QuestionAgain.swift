import VerifierKit

/// Whether an answer that is equal to the gold one only repeats the prompt: `2^{10}` to `What is 2^{10}?`,
/// `x^2 - 5x + 6` to `Factor ...`, `2x + 3 < 7` to `Solve ...`. A policy that is rewarded for it learns nothing else.
///
/// Numbers, letters, fractions in lowest terms, and what has the gold answer's own notation (`MathNode.notation`) are
/// answers wherever they stand. Lists, tuples, sets of numbers, matrices and texts are not looked at.
enum QuestionAgain {
  static func isAsked(
    _ answer: String, _ given: MathForm, gold: MathForm, goldText: String, in prompt: Prompt
  ) -> Bool {
    guard given.mayRepeat(answer, of: gold), let parts = PromptExpressions.whole(answer),
      parts != PromptExpressions.whole(goldText)
    else { return false }
    // What it calls the value is said besides.
    var named: Set<String> = []
    if case .named(let names, _) = given { named = Set(names) }
    let repeated = parts.filter { !named.contains($0) }
    return !repeated.isEmpty && PromptExpressions.all(question(prompt)).isSuperset(of: repeated)
  }

  /// Examples before it, and the system's words, are not the question.
  private static func question(_ prompt: Prompt) -> String {
    switch prompt {
    case .text(let text): text
    case .messages(let messages): messages.last { $0.role == "user" }?.content ?? prompt.text
    }
  }
}

extension MathForm {
  /// Whether there is something in it to be worked out or rewritten, and it is not the gold answer's own notation.
  fileprivate func mayRepeat(_ answer: String, of gold: MathForm) -> Bool {
    let isNamed = if case .named = gold { true } else { false }
    switch (unnamed, gold.unnamed) {
    case (.value(let a), .value(let b)):
      let given = b.unit.isEmpty ? a : a.withUnitLetter
      let wanted = a.unit.isEmpty ? b : b.withUnitLetter
      // `1202_3` for 47.
      if given.base != nil, wanted.base == nil { return true }
      return !given.node.isLowest
        && given.node.withoutDegrees.notation != wanted.node.withoutDegrees.notation
    case (.value, .finiteSet(let items)), (.value, .list(let items)):
      return items.allSatisfy { unnamed.mayRepeat(answer, of: $0) }
    case (.value(let a), _): return !a.node.isLowest
    // `2^{10} = 1024` says what it is; `x + 5 = 0` does not say what x is.
    case (.equation(let nodes), .value(let b)) where !isNamed || nodes.count > 2:
      let wanted = b.node.withoutDegrees.notation
      return nodes.allSatisfy { !$0.isLowest && $0.withoutDegrees.notation != wanted }
    case (.equation(let a), .equation(let b)):
      return a.map(\.notation).sorted() != b.map(\.notation).sorted() && a.contains { !$0.isLowest }
    case (.equation(let nodes), _): return nodes.contains { !$0.isLowest }
    case (.set, _), (.relation, _): return Self.isUnsolved(answer)
    default: return false
    }
  }

  /// `2x + 3 < 7`: an inequality with a side that has a letter in it and is not one.
  private static func isUnsolved(_ answer: String) -> Bool {
    guard let whole = PromptExpressions.whole(answer), whole.count == 1, let text = whole.first else {
      return false
    }
    let sides = text.split { "<>≤≥".contains($0) }.map { MathAnswer.form(String($0)) }
    return sides.count > 1
      && sides.contains { side in
        guard case .value(let scalar)? = side else { return false }
        if case .symbol = scalar.node { return false }
        return !scalar.node.symbols.isEmpty
      }
  }
}

extension MathNode {
  /// A number, a letter, or a fraction in lowest terms.
  fileprivate var isLowest: Bool {
    switch self {
    case .number, .symbol: return true
    case .negate(let a), .degrees(let a): return a.isLowest
    case .divide(let a, let b):
      guard isLiteral, let x = a.exact(), let y = b.exact(), x.isInteger, y.isInteger else { return false }
      return x.divided(by: y).map { $0.denominator == y.numerator.magnitude } ?? false
    default: return false
    }
  }
}
