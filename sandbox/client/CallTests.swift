import Foundation
import VerifierKit

/// Tests that call a function: arguments go in, the value comes back and is compared here.
extension TestRun {
  /// All cases in one fork first: a right program costs one. Each that does not pass there gets a fork of its own,
  /// so that no case fails by what another left behind or broke.
  func calls(_ function: String, _ cases: [CodeTests.CallCase]) throws -> ProgramReport {
    let together = cases.count > 1 ? try run("C", first: function, cases: cases[...]) : nil
    let passed = together.map { passes($0, cases) } ?? 0
    var reports = (0..<passed).map { index in
      let time = together.flatMap { $0.times.indices.contains(index) ? $0.times[index] : nil }
      return TestReport(outcome: .accepted, message: "", cpuSeconds: time ?? 0)
    }
    for index in cases[passed...].indices {
      let response = try run("C", first: function, cases: cases[index...index])
      reports.append(alone(response, expected: cases[index].expected))
      if let last = reports.last, ends(after: last) { break }
    }
    return report(reports, total: cases.count)
  }

  /// How many cases, from the first, one process passed in a row within the limits of one test each.
  private func passes(_ response: RunnerResponse, _ cases: [CodeTests.CallCase]) -> Int {
    var frames = FrameReader(response.result)
    var passed = 0
    while passed < cases.count, let value = frames.takeFrame(),
      value.equals(cases[passed].expected, tests.comparison)
    {
      passed += 1
    }
    // All answers and then a crash is no pass: the last case is tried again alone.
    return passed == cases.count && ending(response).outcome != .accepted ? passed - 1 : passed
  }

  /// A frame and a clean end: a program that answers and then breaks has not passed.
  private func alone(_ response: RunnerResponse, expected: JSONValue) -> TestReport {
    let ended = ending(response)
    guard ended.outcome == .accepted else { return ended }
    var frames = FrameReader(response.result)
    guard let given = frames.takeFrame(), frames.isAtEnd else {
      return report(response, .runtimeError, "the program ended without a result")
    }
    if given.equals(expected, tests.comparison) { return report(response, .accepted, "") }
    return report(
      response, .wrongAnswer, "returned \(given.text.shortened), expected \(expected.text.shortened)")
  }
}
