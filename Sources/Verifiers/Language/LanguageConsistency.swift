public import VerifierKit

/// Num(words of the target language) / Num(words) over the chain of thought: the language reward of
/// DeepSeek-R1 (arXiv:2501.12948, §2.3.2), which defines neither "word" nor the identifier.
///
/// Code, formulas and numbers are no words. Each sentence is identified whole by CLD2, and its words count for
/// the language found; in scripts without spaces each character counts as half a word. The target is the
/// row's `language`, or that of its prompt; abstains where neither tells.
public struct LanguageConsistency: Verifier {
  private let threshold: Double
  /// - Parameter threshold: Accepted from this score on.
  public init(threshold: Double = 0.8) { self.threshold = threshold }

  public func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    guard let target = problem.language.map(LanguageTag.init) ?? Self.language(of: problem.prompt.text) else {
      return .abstained("no-target-language")
    }
    let reasoning = String(ThinkBlock.reasoning(of: completion.text))
    guard reasoning.hasLetterOrDigit else { return .rejected("no-words") }
    var total = 0.0, matching = 0.0
    for sentence in ReasoningText.sentences(reasoning) {
      let words = ReasoningText.words(sentence)
      guard words > 0 else { continue }
      total += words
      if target.matches(sentence) { matching += words }
    }
    guard total > 0 else {
      // Formulas alone hold no word of a wrong language; words hidden in code or formulas do.
      guard reasoning.allSatisfy({ !$0.isLetter || $0.isASCII }), reasoning.contains(where: \.isNumber) else {
        return .rejected("no-words", ["language": target.code])
      }
      return .accepted("formulas-only", ["language": target.code])
    }
    let score = matching / total
    let details = ["language": target.code, "words": String(Int(total.rounded()))]
    return score >= threshold
      ? .accepted("consistent", score: score, details) : .rejected("mixed", score: score, details)
  }

  /// Of a prompt long enough to tell.
  private static func language(of prompt: String) -> LanguageTag? {
    let text = ReasoningText.sentences(prompt).joined(separator: " ")
    guard ReasoningText.words(text) >= 3, let found = LanguageTag.detect(text), found.isReliable else {
      return nil
    }
    return found.tag
  }
}
