public import VerifierKit

/// Accepts a final answer that names the reference's letter and no other: `B`, `(B)`, `B.`, `B) text`,
/// `\boxed{B}`.
public struct Choice: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let gold = problem.reference?.scalarText.flatMap(Self.letter) else {
      throw .unreadableReference(problem, wanted: "one letter")
    }
    let answer: String
    switch FinalAnswer.read(completion.text) {
    case .success(let text): answer = text
    case .failure(let missing): return missing.verdict
    }
    let details = ["extracted": answer.shortened(to: 200)]
    let letters = Set(
      answer.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        .filter { $0.count == 1 && $0.first?.isUppercase == true })
    // `B or c`: another letter, whatever its case, or a word that leaves it open or denies it.
    let head = answer.split(whereSeparator: { !$0.isLetter }).prefix(3).map { $0.lowercased() }
    if letters.count > 1 || answer.contains("?") || head.dropFirst().contains(where: PuzzleWords.isHedged) {
      return .rejected("several-answers", details)
    }
    guard let given = Self.letter(answer) else { return .rejected("no-answer", details) }
    return given == gold
      ? .accepted("equal", ["extracted": String(given)])
      : .rejected("wrong-answer", ["extracted": String(given)])
  }

  /// The letter that the text begins with; nil when it begins with a word.
  private static func letter(_ text: String) -> Character? {
    var rest = text[...]
    for lead in ["The answer is", "the answer is", "Option", "option", "Choice", "choice"]
    where rest.hasPrefix(lead) {
      rest = rest.dropFirst(lead.count)
    }
    rest = rest.drop { $0.isWhitespace || "(*[$`\"“{\\".contains($0) }
    for wrapper in ["text{", "textbf{", "mathrm{"] where rest.hasPrefix(wrapper) {
      rest = rest.dropFirst(wrapper.count).drop { $0 == "(" }
    }
    guard let letter = rest.popFirst(), letter.isLetter, letter.isASCII else { return nil }
    // `B`, `B.`, `B) text`, `B: text`, and no sentence that begins with the letter: `I do not know`.
    let after = rest.drop {
      $0 == ")" || $0 == "*" || $0 == "]" || $0 == "}" || $0 == "$" || $0 == "`" || $0 == "\""
    }
    let isParted = after.count < rest.count || after.first.map { ".:,-–—\\".contains($0) } ?? true
    guard isParted || after.allSatisfy(\.isWhitespace) else { return nil }
    if let next = rest.first, next.isLetter || next.isNumber { return nil }
    return letter.uppercased().first
  }
}
