public import VerifierKit

/// Distinct steps of reasoning (`ReasoningStep`) that hang together with the question, as a share of a target number.
///
/// A step counts where it shares a number or a word with the prompt, or with a step that counts before it. Where the row
/// asks for steps (`AskedSteps`), their share instead. Says nothing of whether the reasoning is right: it is worth little
/// beside a verdict on the answer.
public struct ReasoningSteps: Verifier {
  private let target: Int
  public init(target: Int = 3) { self.target = max(1, target) }

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    let asked = try AskedSteps(problem)
    guard let block = ThinkBlock(completion.text) else { return .rejected("no-think-block") }
    if let asked {
      let found = asked.found(in: block.reasoning)
      let details = ["steps": "\(found) of \(asked.count)"]
      return found == asked.count
        ? .accepted("all-steps", details)
        : .rejected("missing-steps", score: Double(found) / Double(asked.count), details)
    }
    let steps = count(block.reasoning, prompt: problem.prompt.text)
    let details = ["steps": String(steps)]
    if steps >= target { return .accepted("enough-steps", details) }
    return .rejected("too-few-steps", score: Double(steps) / Double(target), details)
  }

  /// Up to the target.
  private func count(_ thought: Substring, prompt: String) -> Int {
    var seen: Set<String> = []
    var known = ReasoningStep.marks(prompt)
    let isOpen = known.isEmpty
    for line in thought.split(whereSeparator: { $0.isNewline || $0 == ";" }) where seen.count < target {
      guard let step = ReasoningStep(line.prefix(2000)), !seen.contains(step.text) else { continue }
      // `9-5=4` of a question about 15 and 19: columns are worked digit by digit.
      let isConnected =
        isOpen || !known.isDisjoint(with: step.marks)
        || step.marks.contains { mark in
          mark.count == 1 && mark.first?.isNumber == true
            && known.contains { $0.first?.isNumber == true && $0.contains(mark) }
        }
      guard isConnected else { continue }
      seen.insert(step.text)
      known.formUnion(step.marks)
    }
    return seen.count
  }
}

/// A line that takes the reasoning on: a computation that is true, or a sentence that says something.
///
/// `1=1` computes nothing, `2+2=5` is false, and a list of words that only connect (`first, then, therefore`) says nothing:
/// none of them is a step.
struct ReasoningStep {
  /// Without blanks, numbering and case: what is the same step twice.
  let text: String
  /// Numbers, and words that say something.
  let marks: Set<String>

  init?(_ line: Substring) {
    let said = Self.unnumbered(line)
    text = said.lowercased().filter { $0.isLetter || $0.isNumber || "+-*/=<>&|^~".contains($0) }
    marks = Self.marks(said)
    guard !text.isEmpty, Self.isComputation(said) ?? Self.isSentence(said) else { return nil }
  }

  /// Nil for a line without an equals sign.
  private static func isComputation(_ line: Substring) -> Bool? {
    let sides = line.split(separator: "=", omittingEmptySubsequences: false).map { side in
      // `so 7 + 8`: what is said before a computation is none of it.
      side.drop { $0.isWhitespace }.filter { !$0.isWhitespace && $0 != "." }
    }
    guard sides.count > 1 else { return nil }
    guard sides.allSatisfy(\.hasLetterOrDigit), Set(sides).count == sides.count else { return false }
    let values = sides.map { side -> Rational? in
      var arithmetic = PlainArithmetic(side)
      return side.utf8.count <= 200 ? arithmetic.value() : nil
    }
    let known = values.compactMap(\.self)
    guard known.count == sides.count else {
      return sides.contains { $0.contains(where: isOperator) || $0.count <= 12 }
    }
    return known.allSatisfy { $0 == known[0] }
      && sides.contains { $0.dropFirst().contains(where: isOperator) }
  }

  private static func isOperator(_ character: Character) -> Bool { "+-−*×·/÷^&|~<>∧∨¬(".contains(character) }

  /// At least four words, two of which say something.
  private static func isSentence(_ line: Substring) -> Bool {
    let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map { $0.lowercased() }
    if words.count >= 4, Set(words.filter(saysSomething)).count >= 2 { return true }
    // A script whose words have no blanks between.
    return line.count { !$0.isASCII && $0.isLetter } >= 8
  }

  static func marks(_ text: some StringProtocol) -> Set<String> {
    Set(text.split { !$0.isLetter && !$0.isNumber }.prefix(500).map { $0.lowercased() }.filter(saysSomething))
  }

  private static func saysSomething(_ word: String) -> Bool {
    word.first?.isNumber == true || word.count >= 3 && !connectives.contains(word)
      || !(word.first?.isASCII ?? true)
  }

  /// Words that join steps, or fill them, and say nothing of the question.
  private static let connectives: Set<String> = [
    "first", "firstly", "second", "secondly", "third", "thirdly", "next", "then", "therefore", "thus",
    "hence", "because",
    "since", "finally", "lastly", "also", "moreover", "furthermore", "however", "consequently", "accordingly",
    "step",
    "steps", "wait", "now", "let", "lets", "let's", "think", "thinking", "reason", "reasoning", "consider",
    "conclude",
    "conclusion", "follows", "means", "implies", "given", "suppose", "assume", "the", "and", "but", "for",
    "this", "that",
    "these", "those", "with", "from", "have", "has", "are", "was", "were", "will", "would", "can", "could",
    "should", "must",
    "not", "all", "any", "its", "our", "out", "into", "what", "which", "when", "where", "how", "why",
    "answer", "problem",
    "question", "solution", "well", "okay", "hmm", "need", "get", "got",
  ]

  /// Without `1.` or `2)` before it.
  private static func unnumbered(_ line: Substring) -> Substring {
    let text = line.drop(while: \.isWhitespace)
    let rest = text.drop(while: \.isNumber)
    guard rest.count < text.count, rest.first == "." || rest.first == ")", rest.dropFirst().first == " "
    else {
      return text
    }
    return rest.dropFirst().drop(while: \.isWhitespace)
  }
}
