import Foundation
import VerifierKit

/// One program against its tests on one runner: what to ask for, and what the answers mean.
struct TestRun {
  let runner: Runner
  let job: Job
  let program: String
  let tests: CodeTests

  func report() throws -> ProgramReport {
    switch tests.kind {
    case .stdio(let cases, let checker): try stdio(cases, checker)
    case .call(let function, let cases): try calls(function, cases)
    case .assert(let setup, let asserts): try code(before: "", setup: setup, steps: asserts, entry: nil)
    case .check(let test, let entry, let prompt):
      try code(before: prompt, setup: test, steps: ["check(candidate)"], entry: entry)
    }
  }

  func run(
    _ mode: Character, first: String, cases: ArraySlice<CodeTests.CallCase> = [], program: String? = nil
  ) throws(RunnerFailure) -> RunnerResponse {
    guard !job.isCancelled else { throw RunnerFailure(message: "cancelled") }
    let response = try runner.run(
      RunnerRequest(
        mode: mode, limits: tests.limits, program: program ?? self.program, first: first, cases: cases))
    job.observe?(response.output, response.errors)
    switch response.kind {
    case .failed: throw RunnerFailure(message: "a program could not be started")
    case .cancelled: throw RunnerFailure(message: "cancelled")
    default: return response
    }
  }

  func ending(_ response: RunnerResponse) -> TestReport {
    let ending = Ending(response: response, limits: tests.limits)
    return report(response, ending.outcome, ending.message)
  }

  func report(_ response: RunnerResponse, _ outcome: ProgramOutcome, _ message: String) -> TestReport {
    TestReport(outcome: outcome, message: message, cpuSeconds: response.cpuSeconds)
  }

  /// Of reports in the order of the tests.
  func report(_ reports: [TestReport], total: Int) -> ProgramReport {
    let worst = reports.first { $0.outcome != .accepted }?.outcome ?? .accepted
    return ProgramReport(outcome: worst, tests: reports, total: total, isolation: runner.isolation)
  }

  /// Whether no further test is worth a run. A program that ran against its limits would do so again.
  func ends(after report: TestReport) -> Bool {
    if report.outcome == .accepted { return false }
    return tests.stopsEarly || ![.wrongAnswer, .runtimeError].contains(report.outcome)
  }
}
