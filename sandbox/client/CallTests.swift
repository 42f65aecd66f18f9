import Foundation
import VerifierKit

/// Tests that call a function: arguments go in, the value comes back and is compared here.
extension TestRun {
  /// All cases in one fork first: a right program costs one, and so does one that fails its first case. Each later
  /// case that does not pass there gets a fork of its own, so that none fails by what another left behind or broke.
  func calls(_ function: String, _ cases: [CodeTests.CallCase]) throws -> ProgramReport {
    let together = try run("C", first: function, cases: cases[...])
    let passed = passes(together, cases)
    var reports = (0..<passed).map { index in
      TestReport(
        outcome: .accepted, message: "",
        cpuSeconds: together.times.indices.contains(index) ? together.times[index] : 0)
    }
    for index in cases[passed...].indices {
      let isFirst = index == 0
      let response = isFirst ? together : try run("C", first: function, cases: cases[index...index])
      reports.append(judged(response, of: cases[index], isAlone: !isFirst || cases.count == 1))
      if let last = reports.last, ends(after: last) { break }
    }
    return report(reports, total: cases.count)
  }

  /// How many cases, from the first, one process passed in a row within the limits of one test each.
  private func passes(_ response: RunnerResponse, _ cases: [CodeTests.CallCase]) -> Int {
    var frames = FrameReader(response.result)
    var passed = 0
    while passed < cases.count, let value = frames.takeFrame(),
      isRight(value, cases[passed])
    {
      passed += 1
    }
    // All answers and then a crash is no pass: the last case is tried again alone.
    return passed == cases.count && ending(response).outcome != .accepted ? passed - 1 : passed
  }

  /// The first answer of a process. One that had this case alone has to end well, too: a program that answers and
  /// then breaks has not passed.
  private func judged(_ response: RunnerResponse, of one: CodeTests.CallCase, isAlone: Bool) -> TestReport {
    let ended = ending(response)
    var frames = FrameReader(response.result)
    let given = frames.takeFrame()
    if isAlone || given == nil, ended.outcome != .accepted { return ended }
    guard let given, !isAlone || frames.isAtEnd else {
      return report(response, .runtimeError, "the program ended without a result")
    }
    if isRight(given, one) { return report(response, .accepted, "") }
    return report(
      response, .wrongAnswer, "returned \(given.text.shortened), expected \(one.expected.text.shortened)")
  }

  private func isRight(_ value: PythonValue, _ one: CodeTests.CallCase) -> Bool {
    value.equals(one.expected, tests.comparison)
      || one.alternative.map { value.equals($0, tests.comparison) } ?? false
  }
}
