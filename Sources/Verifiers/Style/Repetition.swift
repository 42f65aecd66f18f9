public import VerifierKit

/// 1 less the share of word n-grams that repeat an earlier one (the repetition penalty of Open-R1, as a score), or
/// of lines that do, whichever is less; a text that ends in a loop scores 0.
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
    let hashes = WordHashes(completion.text), words = hashes.words
    guard !words.isEmpty else { return .rejected("empty") }
    guard words.count > n else { return .accepted("short") }
    if Self.endsInLoop(Array(completion.text.utf8.suffix(4096))) { return .rejected("loop") }
    let grams = words.count - n + 1
    let score = min(Double(hashes.distinct(n)) / Double(grams), Self.distinctLines(completion.text))
    return score >= threshold ? .accepted("varied", score: score) : .rejected("repetitive", score: score)
  }

  /// The share of the lines with at least two words that no earlier line is; 1 for fewer than four of them.
  private static func distinctLines(_ text: String) -> Double {
    let lines = text.utf8.split { $0 == 10 || $0 == 13 }.map { Substring($0).trimmed() }
      .filter { $0.utf8.contains(32) }
    return lines.count < 4 ? 1 : Double(Set(lines).count) / Double(lines.count)
  }

  /// Whether the last bytes are one unit of up to 500 bytes, six times or more and over 60 bytes in all.
  private static func endsInLoop(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 60 else { return false }
    for period in 1...min(500, bytes.count / 6) {
      let span = max(6 * period, 60)
      guard span <= bytes.count else { break }
      let start = bytes.count - span
      if (start + period..<bytes.count).allSatisfy({ bytes[$0] == bytes[$0 - period] }) { return true }
    }
    return false
  }
}
