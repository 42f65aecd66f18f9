import Foundation
public import VerifierKit

/// A score for the number of words.
///
/// `soft_overlong`: 1 up to the limit, then falling to 0 over a margin: the soft overlong punishment of DAPO
/// (arXiv:2503.14476, eq. 13) in the form of a score. `cosine`: (1 + cos(π·words/limit)) / 2, 0 beyond the limit: the
/// length scaling of Yeo et al. (arXiv:2502.03373, eq. 1) for correct answers, which pays for brevity; weigh it beside a
/// verdict on the answer.
public struct Length: Verifier {
  enum Form: String, CaseIterable {
    case softOverlong = "soft_overlong"
    case cosine
  }

  private let limit: Int
  private let margin: Int
  private let form: Form

  init(_ options: inout VerifierOptions) throws(VerifierFault) {
    limit = Int(try options.number("max_words", default: 1000, in: 1...1e9))
    margin = max(1, Int(try options.number("margin", default: 200, in: 1...1e9)))
    let names = Form.allCases.map(\.rawValue)
    form =
      try options.names("form", among: names, default: [names[0]]).first.flatMap(Form.init) ?? .softOverlong
  }

  public func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    let words = WordHashes(completion.text).words.count
    let details = ["words": String(words)]
    guard words > 0 else { return .rejected("empty", details) }
    switch form {
    case .cosine:
      guard words <= limit else { return .rejected("too-long", details) }
      let score = (1 + cos(Double.pi * Double(words) / Double(limit))) / 2
      return .accepted("within-limit", score: min(1, max(0, score)), details)
    case .softOverlong:
      if words <= limit { return .accepted("within-limit", details) }
      let score = max(0, 1 - Double(words - limit) / Double(margin))
      return .rejected("too-long", score: score, details)
    }
  }
}
