import VerifierKit

/// A share of the verdicts is checked by a second way that was written on its own.
struct SecondOpinion: Sendable {
  /// In [0, 1]: of the samples.
  var share = 0.0
  /// Whether a disagreement leaves the sample without a verdict.
  var abstains = false

  init() {}

  init(_ options: inout VerifierOptions) throws(VerifierFault) {
    share = try options.number("second_opinion", default: 0, in: 0...1)
    abstains = try options.flag("abstain_on_disagreement", default: false)
  }

  /// The same for the same sample on every machine.
  func isAsked(_ id: String, _ completion: String) -> Bool {
    guard share > 0 else { return false }
    if share >= 1 { return true }
    var sample = StableHash(id)
    sample.combine(completion.utf8.prefix(4096))
    let hash = sample.value ^ (sample.value >> 32)
    return Double((hash &* 0x9e37_79b9_7f4a_7c15) >> 11) < share * Double(1 << 53)
  }

  /// What a second way makes of a sample.
  protocol Opinion {
    /// What it is called in the details: `normal form`.
    var name: String { get }
    /// Whether the answer is right; nil where it can't say.
    var isRight: Bool? { get }
  }

  /// The verdict with both opinions in its details; `abstained` where they differ and that is asked for.
  func compare(_ verdict: Verdict, _ opinion: some Opinion) -> Verdict {
    var verdict = verdict
    guard let isRight = opinion.isRight else {
      verdict.details["second_opinion"] = "\(opinion.name): can't say"
      return verdict
    }
    let says = "\(opinion.name): \(isRight ? "right" : "wrong")"
    verdict.details["second_opinion"] = says
    guard isRight != (verdict.status == .accepted), verdict.status != .abstained else { return verdict }
    verdict.details["disagreement"] = "\(verdict.reason), but \(says)"
    return abstains ? .abstained("disagreement", verdict.details) : verdict
  }
}
