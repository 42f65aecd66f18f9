public import VerifierKit

/// Accepts a final answer that is the reference to the letter, blanks at its ends aside.
public struct ExactMatch: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let gold = problem.reference?.scalarText?.trimmed(), !gold.isEmpty else {
      throw .unreadableReference(problem, wanted: "a string or a number")
    }
    let given: String
    switch FinalAnswer.read(completion.text) {
    case .success(let text): given = text
    case .failure(let missing): return missing.verdict
    }
    let details = ["extracted": String(given.prefix(200))]
    return given == gold ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }
}

extension VerifierFault {
  static func unreadableReference(_ problem: Problem, wanted: String) -> VerifierFault {
    VerifierFault(
      reason: "unreadable-reference",
      message:
        "Problem \(problem.id): the reference “\(problem.reference.map { String($0.text.prefix(100)) } ?? "none")”"
        + " is not \(wanted). Correct the row, or name another verifier.")
  }
}
