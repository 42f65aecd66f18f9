public import VerifierKit

/// An expression of + − × ÷ and brackets over given numbers, each used at most once, that makes the target.
///
/// Reference: `{"numbers": [3, 7, 25], "target": 46}`, or the same fields in the metadata or its `puzzle`; with `"use_all": true` where all
/// must be used. Read by the mathematical parser, so LaTeX will do (`3 \times (7 + 8)`); powers, roots, factorials and
/// digits put together are `other-operations`. A sign before a bracket is a subtraction written otherwise, and allowed.
/// The second opinion is `PlainArithmetic`, a reader of its own.
public struct Countdown: Verifier {
  private let secondOpinion: SecondOpinion

  init(secondOpinion: SecondOpinion = SecondOpinion()) { self.secondOpinion = secondOpinion }

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let puzzle = CountdownPuzzle(problem) else {
      throw .unreadableReference(problem, wanted: "an object with “numbers” and “target”, whole numbers")
    }
    let text: String
    switch FinalAnswer.read(completion.text) {
    case .success(let answer): text = answer
    case .failure(let missing): return missing.verdict
    }
    let verdict = puzzle.judge(text)
    guard secondOpinion.isAsked(problem.id, completion.text) else { return verdict }
    return secondOpinion.compare(verdict, CountdownOpinion(isRight: puzzle.secondJudge(text)))
  }
}

struct CountdownOpinion: SecondOpinion.Opinion {
  let isRight: Bool?
  var name: String { "plain arithmetic" }
}

struct CountdownPuzzle: AnswerPuzzle {
  let numbers: [Int]
  let target: Int
  let usesAll: Bool

  init(numbers: [Int], target: Int, usesAll: Bool) {
    (self.numbers, self.target, self.usesAll) = (numbers, target, usesAll)
  }

  init?(_ json: JSONValue) {
    guard let numbers = json["numbers"]?.integers, !numbers.isEmpty, numbers.count <= 100,
      let target = json["target"]?.integer
    else { return nil }
    self.init(numbers: numbers, target: target, usesAll: json["use_all"]?.bool == true)
  }

  init?(_ problem: Problem) {
    let places = [problem.reference, problem.metadata["puzzle"], .object(problem.metadata)].compactMap(\.self)
    guard let place = places.first(where: { $0["numbers"] != nil }) else { return nil }
    self.init(place)
  }

  func judge(_ text: String) -> Verdict {
    let details = ["extracted": text.shortened(to: 500)]
    guard text.utf8.count <= 1000 else { return .rejected("no-answer", details) }
    // `3*(7+8) = 3*15 = 45` gives its value too; the first side counts.
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count <= 6, let expression = sides.first, let node = Self.expression(String(expression))
    else {
      return .rejected("no-answer", details)
    }
    var used: [Int] = []
    guard Self.collect(node, &used) else { return .rejected("other-operations", details) }
    guard allows(used) else { return .rejected("wrong-numbers", details) }
    guard let value = node.exact(), value == Rational(target) else {
      return .rejected("wrong-answer", details)
    }
    for side in sides.dropFirst() where Self.expression(String(side))?.exact() != value {
      return .rejected("wrong-answer", details)
    }
    return .accepted("equal", details)
  }

  /// Right, wrong, or not readable this way.
  func secondJudge(_ text: String) -> Bool? {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    var arithmetic = PlainArithmetic(sides.first ?? "")
    guard let value = arithmetic.value() else { return nil }
    for side in sides.dropFirst() {
      var other = PlainArithmetic(side)
      guard let said = other.value() else { return nil }
      if said != value { return false }
    }
    return allows(arithmetic.used) && value == Rational(target)
  }

  private func allows(_ used: [Int]) -> Bool {
    var left = numbers
    for number in used {
      guard let index = left.firstIndex(of: number) else { return false }
      left.remove(at: index)
    }
    return !usesAll || left.isEmpty
  }

  /// Nil unless it is one expression of numbers, as many as are written: `2 3/4` would be a sum in disguise.
  private static func expression(_ text: String) -> MathNode? {
    guard let tokens = MathLexer.tokens(text) else { return nil }
    let trimmed = tokens[...].dropLast(tokens.last == .sign(".") ? 1 : 0)
    let isPlain = trimmed.allSatisfy { token in
      switch token {
      case .number(let digits): digits.utf8.allSatisfy { $0 &- 48 < 10 }
      case .sign(let sign): "+-*/()[]{}".unicodeScalars.contains(sign)
      case .function("frac"): true
      default: false
      }
    }
    var parser = MathParser(trimmed)
    guard let node = parser.whole() else { return nil }
    guard isPlain else { return .call("other", node) }
    var used: [Int] = []
    let written = trimmed.count { if case .number = $0 { true } else { false } }
    return collect(node, &used) && used.count != written ? nil : node
  }

  /// The numbers of an expression; false where it is not made by the four operations.
  private static func collect(_ node: MathNode, _ numbers: inout [Int]) -> Bool {
    switch node {
    case .number(let value):
      guard value.isInteger, let number = Int(exactly: value.numerator) else { return false }
      numbers.append(number)
      return true
    case .add(let a, let b), .multiply(let a, let b), .divide(let a, let b):
      return collect(a, &numbers) && collect(b, &numbers)
    case .negate(let a): return collect(a, &numbers)
    default: return false
    }
  }
}
