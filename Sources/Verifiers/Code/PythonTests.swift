public import VerifierKit

/// Runs the completion's program against the problem's tests, in a sandbox, and believes the tests alone.
public struct PythonTests: Verifier {
  private let judge: any ProgramJudge
  private let partialCredit: Bool
  private let auditShare: Double

  /// - Parameters:
  ///   - partialCredit: The score is the share of tests passed; otherwise all or nothing.
  ///   - auditShare: In [0, 1): of the tests, those that don't pay but watch over the program (`CodeTests.split`). What
  ///     becomes of them is in the details: `audit`, `audit_passed`.
  public init(judge: any ProgramJudge, partialCredit: Bool = false, auditShare: Double = 0) {
    self.judge = judge
    self.partialCredit = partialCredit
    self.auditShare = auditShare
  }

  public func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    guard var tests = problem.tests else {
      throw VerifierFault(
        reason: "unreadable-tests",
        message: "Problem \(problem.id) has no tests. Add “tests” to its row, or route its domain elsewhere.")
    }
    guard let program = Self.program(in: completion.text, for: tests) else { return .rejected("no-code") }
    var audit: CodeTests?
    if let split = tests.split(auditShare: auditShare, prompt: problem.prompt.text) {
      (tests, audit) = (split.reward, split.audit)
    }
    tests.stopsEarly = !partialCredit
    audit?.stopsEarly = true
    let report = try await judge.judge(program, against: tests)
    var details = [
      "passed": "\(report.passed)/\(report.total)", "isolation": report.isolation.joined(separator: ","),
    ]
    if let audit { details.merge(await self.audit(program, audit, report)) { first, _ in first } }
    if report.outcome == .accepted { return .accepted("passed", details) }
    if let index = report.tests.firstIndex(where: { $0.outcome != .accepted }) {
      details["test"] = String(index + 1)
      details["message"] = String(report.tests[index].message.prefix(500))
    }
    let share = report.total > 0 ? Double(report.passed) / Double(report.total) : 0
    return .rejected(report.outcome.rawValue, score: partialCredit ? min(share, 1) : 0, details)
  }

  /// A run of its own: what the tests that pay say does not hang on it, and a fault of it is none of theirs.
  private func audit(_ program: String, _ tests: CodeTests, _ report: ProgramReport) async -> [String: String]
  {
    // Nothing runs of what is no Python.
    if report.outcome == .syntaxError { return ["audit": AuditOutcome.failed.rawValue] }
    do throws(VerifierFault) {
      let audit = try await judge.judge(program, against: tests)
      let outcome = audit.outcome == .accepted ? AuditOutcome.passed : .failed
      return ["audit": outcome.rawValue, "audit_passed": "\(audit.passed)/\(audit.total)"]
    } catch {
      return ["audit": AuditOutcome.fault.rawValue, "audit_fault": error.reason]
    }
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
