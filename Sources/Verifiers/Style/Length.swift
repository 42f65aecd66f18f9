public import VerifierKit

/// 1 up to a number of words, then falling to 0 over a margin: the soft overlong punishment of DAPO
/// (arXiv:2503.14476, eq. 13) in the form of a score, in words.
public struct Length: Verifier {
  private let limit: Int
  private let margin: Int

  public init(limit: Int, margin: Int) {
    self.limit = limit
    self.margin = max(1, margin)
  }

  public func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    let words = completion.text.split(whereSeparator: \.isWhitespace).count
    let details = ["words": String(words)]
    guard words > 0 else { return .rejected("empty", details) }
    if words <= limit { return .accepted("within-limit", details) }
    let score = max(0, 1 - Double(words - limit) / Double(margin))
    return .rejected("too-long", score: score, details)
  }
}
