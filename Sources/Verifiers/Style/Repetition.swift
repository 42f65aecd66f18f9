public import VerifierKit

/// 1 less the share of word n-grams that repeat an earlier one: loops and padding score low.
public struct Repetition: Verifier {
  private let n: Int
  private let threshold: Double

  /// - Parameters:
  ///   - n: Words a gram.
  ///   - threshold: Accepted from this score on.
  public init(n: Int = 4, threshold: Double = 0.7) {
    self.n = max(1, n)
    self.threshold = threshold
  }

  public func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    let words = completion.text.split(whereSeparator: \.isWhitespace)
    guard !words.isEmpty else { return .rejected("empty") }
    guard words.count > n else { return .accepted("short") }
    var seen: Set<[Substring]> = []
    let grams = words.count - n + 1
    for start in 0..<grams { seen.insert(Array(words[start..<start + n])) }
    let score = Double(seen.count) / Double(grams)
    return score >= threshold ? .accepted("varied", score: score) : .rejected("repetitive", score: score)
  }
}
