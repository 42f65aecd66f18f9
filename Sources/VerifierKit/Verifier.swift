/// Judges one completion of one problem. Same arguments, same verdict, on every machine.
public protocol Verifier: Sendable {
  func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict
}

/// Runs programs that nobody trusts against tests; declared here so that verifiers need not know how.
public protocol ProgramJudge: Sendable {
  /// - Throws: `VerifierFault` when the sandbox itself failed (a runner died, a full disk); whatever the
  ///   program did is a report.
  func judge(_ program: String, against tests: CodeTests) async throws(VerifierFault) -> ProgramReport
}

/// What became of a program, overall and test by test.
public struct ProgramReport: Sendable, Hashable {
  public var outcome: ProgramOutcome
  /// In the order of the tests; those after an early stop are absent.
  public var tests: [TestReport]
  /// How many tests there are.
  public var total: Int
  /// Which layers of isolation were on: `seccomp`, `landlock`, `user-namespace`, ...
  public var isolation: [String]

  public init(outcome: ProgramOutcome, tests: [TestReport], total: Int, isolation: [String]) {
    self.outcome = outcome
    self.tests = tests
    self.total = total
    self.isolation = isolation
  }

  public var passed: Int { tests.count { $0.outcome == .accepted } }
}

public struct TestReport: Sendable, Hashable {
  public var outcome: ProgramOutcome
  /// Shortened: what came and what was expected, or type, message and line of an error.
  public var message: String
  public var cpuSeconds: Double

  public init(outcome: ProgramOutcome, message: String, cpuSeconds: Double) {
    self.outcome = outcome
    self.message = message
    self.cpuSeconds = cpuSeconds
  }
}

public enum ProgramOutcome: String, Sendable, Hashable, CaseIterable {
  case accepted
  case wrongAnswer = "wrong-answer"
  case runtimeError = "runtime-error"
  case timeLimit = "time-limit"
  case memoryLimit = "memory-limit"
  case outputLimit = "output-limit"
  case syntaxError = "syntax-error"
  case securityViolation = "security-violation"
}
