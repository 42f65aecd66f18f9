public import VerifierKit

/// Num(words of the target language) / Num(words) over the chain of thought: the language reward of
/// DeepSeek-R1 (arXiv:2501.12948, §2.3.2), which defines neither "word" nor the identifier.
///
/// Words are those of Unicode's UAX 29, without code, formulas, addresses, identifiers and numbers; each has a language
/// (`WordLabels`). The target is the row's `language`, or that of its prompt; abstains where neither tells, or where
/// the language is none that is known. A thought without a word that counts scores 0.
public struct LanguageConsistency: Verifier {
  private let threshold: Double
  /// - Parameter threshold: Accepted from this score on.
  public init(threshold: Double = 0.8) { self.threshold = threshold }

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let target = try target(of: problem) else { return .abstained("no-target-language") }
    guard LanguageCode.isKnown(target) else { return .abstained("unknown-language", ["language": target]) }
    let prose = ReasoningProse(ThinkBlock.reasoning(of: completion.text))
    let labels = try Self.labels(prose, target: target)
    let total = labels.labels.count
    var details = ["language": target, "words": String(total), "stripped": Self.share(prose.cutShare)]
    guard total > 0 else { return .rejected("no-words", details) }
    let counts = labels.counts
    let score = Double(counts[target] ?? 0) / Double(total)
    let others = counts.filter { $0.key != target && $0.value > 0 }.sorted {
      ($1.value, $0.key) < ($0.value, $1.key)
    }
    if !others.isEmpty {
      details["others"] = others.prefix(4).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    return score >= threshold
      ? .accepted("consistent", score: score, details) : .rejected("mixed", score: score, details)
  }

  private static func labels(_ prose: ReasoningProse, target: String?) throws(VerifierFault) -> WordLabels {
    guard let words = CountedWord.words(prose.bytes) else {
      throw VerifierFault(
        reason: "icu-failed", message: "ICU can't cut text into words. Install Debian's libicu72 anew.")
    }
    return WordLabels(words, of: prose.bytes, target: target)
  }

  private func target(of problem: Problem) throws(VerifierFault) -> String? {
    if let language = problem.language { return LanguageCode.normal(language) }
    // Of a prompt long enough to tell.
    let labels = try Self.labels(ReasoningProse(problem.prompt.text.prefix(4000)), target: nil)
    guard labels.labels.count >= 3,
      let most = labels.counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      2 * most.value > labels.labels.count
    else { return nil }
    return most.key
  }

  private static func share(_ value: Double) -> String {
    let percent = Int((value * 100).rounded())
    return "\(percent) %"
  }
}
