import BigInt
public import VerifierKit

/// An expression of + − × ÷ and brackets over given numbers, each used at most once, that makes the target.
/// Reference: `{"numbers": [3, 7, 25], "target": 46}`, with `"use_all": true` where all must be used.
public struct Countdown: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let list = problem.reference?["numbers"]?.array, !list.isEmpty,
      let target = problem.reference?["target"]?.integer
    else { throw .unreadableReference(problem, wanted: "an object with “numbers” and “target”") }
    let numbers = list.compactMap(\.integer)
    guard numbers.count == list.count else {
      throw .unreadableReference(problem, wanted: "a puzzle of whole numbers")
    }
    guard let text = FinalAnswer.text(of: completion.text), text.utf8.count <= 1000 else {
      return .rejected("no-answer")
    }
    let details = ["extracted": text]
    // `3*(7+8) = 45` gives its value too; the expression counts.
    let expression = text.split(separator: "=", maxSplits: 1).first.map(String.init) ?? text
    var parser = ArithmeticParser(expression)
    guard let value = parser.value() else { return .rejected("no-answer", details) }
    var left = numbers
    for number in parser.used {
      guard let index = left.firstIndex(of: number) else { return .rejected("wrong-numbers", details) }
      left.remove(at: index)
    }
    if problem.reference?["use_all"]?.bool == true, !left.isEmpty {
      return .rejected("wrong-numbers", details)
    }
    return value == Rational(BigInt(target))
      ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }
}

/// Evaluates `3*(7+8)` exactly and lists the numbers it is made of.
struct ArithmeticParser {
  private var rest: Substring
  private var depth = 0
  private(set) var used: [Int] = []
  private let text: String

  init(_ text: String) {
    self.text = text.filter { !$0.isWhitespace && $0 != "$" }
      .replacing("×", with: "*").replacing("÷", with: "/").replacing("−", with: "-")
    rest = self.text[...]
  }

  mutating func value() -> Rational? {
    let value = sum()
    return rest.isEmpty ? value : nil
  }

  private mutating func sum() -> Rational? {
    guard var value = product() else { return nil }
    while let sign = rest.first, sign == "+" || sign == "-" {
      rest.removeFirst()
      guard let next = product() else { return nil }
      value = sign == "+" ? value + next : value - next
    }
    return value
  }

  private mutating func product() -> Rational? {
    guard var value = atom() else { return nil }
    while let sign = rest.first, sign == "*" || sign == "/" {
      rest.removeFirst()
      guard let next = atom() else { return nil }
      guard let result = sign == "*" ? value * next : value.divided(by: next) else { return nil }
      value = result
    }
    return value
  }

  private mutating func atom() -> Rational? {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { return nil }
    if rest.first == "(" {
      rest.removeFirst()
      guard let value = sum(), rest.popFirst() == ")" else { return nil }
      return value
    }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else { return nil }
    rest = rest.dropFirst(digits.count)
    used.append(number)
    return Rational(BigInt(number))
  }
}
