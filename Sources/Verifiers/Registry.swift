public import VerifierKit

/// One built-in verifier: how it is listed, and how it is made.
public struct BuiltInVerifier: Sendable {
  public let name: String
  /// One line.
  public let summary: String
  public let make:
    @Sendable (inout VerifierOptions, (any ProgramJudge)?) throws(VerifierFault) -> any Verifier
}

/// Every built-in verifier: a new one adds a file, a test file and an entry here.
public let builtInVerifiers: [BuiltInVerifier] = [
  BuiltInVerifier(
    name: "math-answer", summary: "The final answer is mathematically equal to the reference."
  ) { options, _ throws(VerifierFault) in MathAnswer(try MathAnswerOptions(&options)) },
  BuiltInVerifier(
    name: "exact-match", summary: "The final answer is the reference, to the letter but for blanks."
  ) { _, _ in ExactMatch() },
  BuiltInVerifier(
    name: "choice", summary: "The final answer is the reference's letter: B, (B), B. text."
  ) { _, _ in Choice() },
  BuiltInVerifier(
    name: "think-format",
    summary: "The shape <think> text, or another: a thought in its tags, then an answer."
  ) { options, _ throws(VerifierFault) in
    try ThinkFormat(&options)
  },
  BuiltInVerifier(
    name: "language-consistency", summary: "Share of the reasoning's words that are in the target language."
  ) { options, _ throws(VerifierFault) in
    LanguageConsistency(threshold: try options.number("threshold", default: 0.8, in: 0...1))
  },
  BuiltInVerifier(
    name: "reasoning-steps", summary: "The steps that the row asks for, or a number of distinct ones."
  ) { options, _ throws(VerifierFault) in
    ReasoningSteps(target: Int(try options.number("target", default: 3, in: 1...1000)))
  },
  BuiltInVerifier(
    name: "repetition", summary: "1 less the share of n-grams that repeat an earlier one."
  ) { options, _ throws(VerifierFault) in
    Repetition(
      n: Int(try options.number("n", default: 4, in: 1...64)),
      threshold: try options.number("threshold", default: 0.7, in: 0...1))
  },
  BuiltInVerifier(
    name: "length", summary: "Few enough words: 1 up to a number and falling beyond, or by a cosine."
  ) { options, _ throws(VerifierFault) in
    try Length(&options)
  },
  BuiltInVerifier(
    name: "countdown", summary: "An expression over given numbers that makes the target."
  ) { options, _ throws(VerifierFault) in Countdown(secondOpinion: try SecondOpinion(&options)) },
  BuiltInVerifier(
    name: "logic-puzzle",
    summary: "Any solution of the row's puzzle: knights, zebra, formulas, boards, ..."
  ) { _, _ in LogicPuzzle() },
  BuiltInVerifier(
    name: "reasoning-gym", summary: "Items of reasoning-gym, by the source_dataset of their metadata."
  ) { _, _ in ReasoningGym() },
  BuiltInVerifier(
    name: "python-tests", summary: "The program passes its tests, in the sandbox."
  ) { options, judge throws(VerifierFault) in
    guard let judge else {
      throw VerifierFault(
        reason: "sandbox-unavailable",
        message: "python-tests needs a sandbox, and there is none here. Run `assay doctor`.")
    }
    return PythonTests(
      judge: judge, partialCredit: try options.flag("partial_credit", default: false),
      auditShare: try options.number("audit_share", default: 0, in: 0...0.9))
  },
]

/// A built-in verifier by name.
public func makeVerifier(
  _ name: String, options: [String: JSONValue] = [:], judge: (any ProgramJudge)? = nil
) throws(VerifierFault) -> any Verifier {
  guard let known = builtInVerifiers.first(where: { $0.name == name }) else {
    let names = builtInVerifiers.map(\.name)
    throw VerifierFault(
      reason: "unknown-verifier",
      message: "There is no verifier “\(name)”.\(nearest(to: name, among: names)) Use one of: "
        + names.joined(separator: ", ") + "; or name a folder with plugins.")
  }
  var options = VerifierOptions(options, verifier: name)
  let verifier = try known.make(&options, judge)
  try options.finish()
  return verifier
}
