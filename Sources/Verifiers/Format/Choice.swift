public import VerifierKit

/// Accepts a final answer that names the reference's letter and no other: `B`, `(B)`, `B.`, `B) text`,
/// `\boxed{B}`.
public struct Choice: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let gold = problem.reference?.scalarText.flatMap(Self.letter) else {
      throw .unreadableReference(problem, wanted: "one letter")
    }
    var answer = ThinkBlock.answer(of: completion.text)
    if let box = answer.lastRange(of: "\\boxed{") {
      answer = answer[box.upperBound...].prefix { $0 != "}" }
    } else {
      switch FinalAnswer.read(completion.text) {
      case .success(let text): answer = text[...]
      case .failure(let missing): return missing.verdict
      }
    }
    let letters = Set(
      answer.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).filter {
        $0.count == 1 && $0.first?.isUppercase == true
      })
    if letters.count > 1 { return .rejected("several-answers", ["extracted": String(answer.prefix(200))]) }
    guard let given = Self.letter(String(answer)) else { return .rejected("no-answer") }
    let details = ["extracted": String(given)]
    return given == gold ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }

  /// The letter that the text begins with; nil when it begins with a word.
  private static func letter(_ text: String) -> Character? {
    var rest = text.drop { $0.isWhitespace || $0 == "(" || $0 == "*" || $0 == "[" || $0 == "$" }
    for wrapper in ["\\text{", "\\textbf{", "\\mathrm{"] where rest.hasPrefix(wrapper) {
      rest = rest.dropFirst(wrapper.count).drop { $0 == "(" }
    }
    guard let letter = rest.first, letter.isLetter, letter.isASCII else { return nil }
    if let next = rest.dropFirst().first, next.isLetter || next.isNumber { return nil }
    return letter.uppercased().first
  }
}
