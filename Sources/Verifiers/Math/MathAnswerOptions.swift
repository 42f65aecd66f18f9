import VerifierKit

/// How `math-answer` is asked to judge.
public struct MathAnswerOptions: Sendable {
  /// Which places of a completion count, the first that is there.
  var sources = AnswerExtraction.Source.allCases
  /// Whether `3.14159` is right where the gold answer is `3.14`; off, because most decimal golds are exact.
  var acceptsMoreDigits = false
  var secondOpinion = SecondOpinion()

  public init() {}

  init(_ options: inout VerifierOptions) throws(VerifierFault) {
    let names = AnswerExtraction.Source.allCases.map(\.rawValue)
    let given = try options.names("extract", among: names, default: names)
    sources = given.compactMap(AnswerExtraction.Source.init)
    acceptsMoreDigits = try options.flag("more_digits", default: false)
    secondOpinion = try SecondOpinion(&options)
  }
}
