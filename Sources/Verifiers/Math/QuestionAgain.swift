import VerifierKit

/// Whether an answer that is equal to the gold one only repeats the prompt: `2^{10}` to `What is 2^{10}?`,
/// `x^2 - 5x + 6` to `Factor ...`, `2x + 3 < 7` to `Solve ...`. A policy that is rewarded for it learns nothing else.
///
/// Numbers, letters, fractions in lowest terms, and what has the gold answer's own notation but for the order of sums
/// and products, are always answers.
enum QuestionAgain {
  /// Bytes of a prompt or an answer that are looked at; longer ones pass.
  private static let mostOfPrompt = 20_000
  private static let mostOfAnswer = 1000

  /// Whether all expressions of the answer are expressions of the question.
  static func isAsked(
    _ answer: String, _ given: MathForm, gold: MathForm, goldText: String, in prompt: Prompt
  ) -> Bool {
    let question = question(prompt)
    guard !question.isEmpty, question.utf8.count <= mostOfPrompt, answer.utf8.count <= mostOfAnswer,
      given.mayRepeat(answer, of: gold)
    else { return false }
    var parts = expressions(answer)
    // `x = 2^{10}` names what is asked.
    if case .named = given, parts.count > 1 { parts.removeFirst() }
    guard !parts.isEmpty, parts != expressions(goldText) else { return false }
    return Set(expressions(question)).isSuperset(of: parts)
  }

  /// Examples before it, and the system's words, are not the question.
  private static func question(_ prompt: Prompt) -> String {
    switch prompt {
    case .text(let text): text
    case .messages(let messages): messages.last { $0.role == "user" }?.content ?? prompt.text
    }
  }

  /// What TeX prints as the same, or not at all. Braces go as well: both sides are read alike.
  private static let spellings: [(String, String)] = [
    ("\\\\", "$"), ("\\left", ""), ("\\right", ""), ("\\displaystyle", ""), ("\\,", ""), ("\\!", ""),
    ("\\;", ""),
    ("\\ ", ""), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\cdot", "*"), ("\\times", "*"),
    ("\\div", "/"),
    ("\\leq", "≤"), ("\\le", "≤"), ("\\geq", "≥"), ("\\ge", "≥"), ("\\text", "$"), ("\\mathrm", "$"),
    ("×", "*"),
    ("·", "*"), ("÷", "/"), ("−", "-"), ("–", "-"), ("\\(", "$"), ("\\)", "$"), ("\\[", "$"), ("\\]", "$"),
    ("**", "$"), ("{", ""), ("}", ""),
  ]

  /// What stands between words, equals signs, quotation marks, stops and line breaks, without blanks.
  private static func expressions(_ text: String) -> [String] {
    var text = text
    for (spelling, plain) in spellings where text.utf8.contains(spelling.utf8.first ?? 0) {
      text = text.replacing(spelling, with: plain)
    }
    let scalars = Array(text.unicodeScalars)
    func isLetter(_ index: Int) -> Bool {
      scalars.indices.contains(index) && (scalars[index].value | 32) &- 97 < 26
    }
    func isDigit(_ index: Int) -> Bool {
      scalars.indices.contains(index) && scalars[index].value &- 48 < 10
    }
    var (found, current): ([String], String.UnicodeScalarView) = ([], .init())
    func end() {
      if let part = bare(current) { found.append(part) }
      current = .init()
    }
    var index = 0
    while index < scalars.count {
      if isLetter(index) {
        let start = index
        while isLetter(index) { index += 1 }
        // Words part expressions; `\sqrt`, `x` and `xy` belong to one.
        let isCommand = start > 0 && scalars[start - 1] == "\\"
        let isWord =
          index - start > 2
          || index - start == 2
            && MathToken.shortWords.contains(String(String.UnicodeScalarView(scalars[start..<index])))
        if isCommand || !isWord { current.append(contentsOf: scalars[start..<index]) } else { end() }
        continue
      }
      let scalar = scalars[index]
      switch scalar {
      case "\n", "\r", "$", "=", "?", ":", ";", "`", "\"", "“", "”", "|": end()
      case ".", ",": if isDigit(index - 1), isDigit(index + 1) { current.append(scalar) } else { end() }
      case _ where scalar.value <= 32: if isDigit(index - 1), isDigit(index + 1) { end() }
      // Letters of other scripts are words; π and θ are not.
      case _ where scalar.value > 127 && scalar.properties.isAlphabetic && !(0x370...0x3FF ~= scalar.value):
        end()
      default: current.append(scalar)
      }
      index += 1
    }
    end()
    return found
  }

  /// Without the brackets around all of it, and those that were opened or closed elsewhere.
  private static func bare(_ part: String.UnicodeScalarView) -> String? {
    var part = Array(part)
    while let first = part.first, let last = part.last {
      if last == "(" || last == "<" { part.removeLast(); continue }
      if first == ")" || first == ">" { part.removeFirst(); continue }
      // How deep each scalar is: brackets around all of it are closed by the last one.
      var (depth, least, whole) = (0, 0, first == "(" && last == ")")
      for (index, scalar) in part.enumerated() {
        depth += scalar == "(" ? 1 : scalar == ")" ? -1 : 0
        least = min(least, depth)
        if depth == 0, index < part.count - 1 { whole = false }
      }
      if whole { part = Array(part.dropFirst().dropLast()); continue }
      if least < 0, last == ")" { part.removeLast(); continue }
      if depth > 0, first == "(" { part.removeFirst(); continue }
      break
    }
    return part.isEmpty ? nil : String(String.UnicodeScalarView(part))
  }
}

extension MathForm {
  /// Whether there is something in it to be worked out or rewritten, and it is not the gold answer's own notation.
  fileprivate func mayRepeat(_ answer: String, of gold: MathForm) -> Bool {
    switch (unnamed, gold.unnamed) {
    case (.value(let a), .value(let b)):
      let given = b.unit.isEmpty ? a : a.withUnitLetter
      let wanted = a.unit.isEmpty ? b : b.withUnitLetter
      if given.base != wanted.base { return true }
      return !given.node.isLowest
        && given.node.withoutDegrees.notation != wanted.node.withoutDegrees.notation
    case (.value(let a), _): return !a.node.isLowest
    // `2^{10} = 1024` says what it is.
    case (.equation(let nodes), .value) where !gold.isNamed: return nodes.allSatisfy { !$0.isLowest }
    case (.equation(let a), .equation(let b)): return a != b && a.contains { !$0.isLowest }
    case (.equation(let nodes), _): return nodes.contains { !$0.isLowest }
    case (.list(let a), .list(let b)), (.finiteSet(let a), .finiteSet(let b)),
      (.list(let a), .finiteSet(let b)),
      (.finiteSet(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      return a.contains { item in b.allSatisfy { item.mayRepeat(answer, of: $0) } }
    case (.finiteSet(let a), _): return a.contains { $0.mayRepeat(answer, of: gold) }
    case (.set, _), (.relation, _): return Self.isUnsolved(answer)
    default: return false
    }
  }

  private var isNamed: Bool { if case .named = self { true } else { false } }

  /// `2x + 3 < 7`: an inequality with a side that is neither a number nor a letter.
  private static func isUnsolved(_ answer: String) -> Bool {
    guard answer.utf8.count <= 1000 else { return false }
    let sides = answer.replacing("\\le", with: "<").replacing("\\ge", with: ">")
      .split { "<>≤≥".contains($0) }
    return sides.count > 1
      && sides.contains { side in
        let letters = side.filter { $0.isLetter || $0.isNumber }
        return letters.count > 1 && letters.contains(where: \.isLetter) && !side.contains("\\")
          && side.contains { "+-*/^".contains($0) || $0.isNumber }
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

  /// The expression with its sums and products in one order: `1 - x` and `-x + 1` are the same.
  fileprivate var notation: String {
    switch self {
    case .add: terms(isNegative: false).sorted().joined(separator: " ").bracketed
    case .multiply: factors.sorted().joined(separator: "*").bracketed
    case .negate(let a): "-" + a.notation
    case .divide(let a, let b): "(\(a.notation))/(\(b.notation))"
    case .power(let a, let b): "(\(a.notation))^(\(b.notation))"
    case .root(let degree, let a): "root(\(degree.notation), \(a.notation))"
    case .call(let name, let a): "\(name)(\(a.notation))"
    default: String(describing: self)
    }
  }

  private func terms(isNegative: Bool) -> [String] {
    switch self {
    case .add(let a, let b): a.terms(isNegative: isNegative) + b.terms(isNegative: isNegative)
    case .negate(let a): a.terms(isNegative: !isNegative)
    default: [(isNegative ? "-" : "+") + notation]
    }
  }

  private var factors: [String] {
    if case .multiply(let a, let b) = self { a.factors + b.factors } else { [notation] }
  }
}

extension String {
  fileprivate var bracketed: String { "(\(self))" }
}
