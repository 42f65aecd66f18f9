public import VerifierKit

/// Runs the completion's program against the problem's tests, in a sandbox, and believes the tests alone.
public struct PythonTests: Verifier {
  private let judge: any ProgramJudge
  private let partialCredit: Bool

  /// - Parameter partialCredit: The score is the share of tests passed; otherwise all or nothing.
  public init(judge: any ProgramJudge, partialCredit: Bool = false) {
    self.judge = judge
    self.partialCredit = partialCredit
  }

  public func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    guard var tests = problem.tests else {
      throw VerifierFault(
        reason: "unreadable-tests",
        message: "Problem \(problem.id) has no tests. Add “tests” to its row, or route its domain elsewhere.")
    }
    guard let program = Self.program(in: completion.text, for: tests) else { return .rejected("no-code") }
    tests.stopsEarly = !partialCredit
    let report = try await judge.judge(program, against: tests)
    var details = [
      "passed": "\(report.passed)/\(report.total)", "isolation": report.isolation.joined(separator: ","),
    ]
    if report.outcome == .accepted { return .accepted("passed", details) }
    if let index = report.tests.firstIndex(where: { $0.outcome != .accepted }) {
      details["test"] = String(index + 1)
      details["message"] = String(report.tests[index].message.prefix(500))
    }
    let share = report.total > 0 ? Double(report.passed) / Double(report.total) : 0
    return .rejected(report.outcome.rawValue, score: partialCredit ? min(share, 1) : 0, details)
  }

  /// What is run of a completion; nil when there is no program in it.
  public static func program(in completion: String, for tests: CodeTests) -> String? {
    // What some data sets write: carriage returns.
    program(completion, tests)?.replacing("\r\n", with: "\n")
  }

  /// A completion of HumanEval may be the body of the prompt's function alone.
  private static func program(_ text: String, _ tests: CodeTests) -> String? {
    if case .check(_, let entry, let prompt) = tests.kind, !prompt.isEmpty {
      let program = CodeExtraction.program(in: text)
      if let program, program.contains("def \(entry)") { return program }
      let body = ThinkBlock.answer(of: text)
      if body.first == " " || body.first == "\t" || body.hasPrefix("\n ") { return prompt + body }
      return program.map { prompt + "\n" + $0 }
    }
    return CodeExtraction.program(in: text)
  }
}
