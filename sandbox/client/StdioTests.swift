import Foundation
import VerifierKit

/// Whole programs: each test has a fork of its own, on real descriptors.
extension TestRun {
  func stdio(_ cases: [CodeTests.StdioCase], _ checker: String?) throws -> ProgramReport {
    var reports: [TestReport] = []
    for test in cases {
      let response = try run("S", first: test.stdin)
      var one = ending(response)
      if one.outcome == .accepted {
        let output = String(decoding: response.output, as: UTF8.self)
        one =
          try checker.map { try judged(by: $0, test, output, response) } ?? compared(test, output, response)
      }
      reports.append(one)
      if ends(after: one) { break }
    }
    return report(reports, total: cases.count)
  }

  private func compared(
    _ test: CodeTests.StdioCase, _ output: String, _ response: RunnerResponse
  ) -> TestReport {
    if OutputComparison(tests.comparison).matches(expected: test.stdout, given: output) {
      return report(response, .accepted, "")
    }
    return report(
      response, .wrongAnswer, "printed “\(output.shortened)”, expected “\(test.stdout.shortened)”")
  }

  /// The checker is Python of the problem's author: it runs confined, like tests that are code, beside an empty
  /// program. What it can't do is its fault, not the program's.
  private func judged(
    by checker: String, _ test: CodeTests.StdioCase, _ output: String, _ response: RunnerResponse
  ) throws -> TestReport {
    let specification = JSONValue.object([
      "checker": .string(checker), "input": .string(test.stdin), "expected": .string(test.stdout),
      "output": .string(output),
    ])
    let judgement = try run("T", first: specification.text, program: "")
    var frames = FrameReader(judgement.result)
    let report = frames.takeFrame()
    if let fault = report?["fault"]?.string {
      throw VerifierFault(
        reason: "unsupported-tests", message: "The checker can't be run: \(fault). Correct the row.")
    }
    guard judgement.kind == .ended, case .bool(let isAccepted) = report?["accepted"] else {
      throw VerifierFault(
        reason: "unsupported-tests",
        message:
          "The checker gave no verdict: \(Ending(response: judgement, limits: tests.limits).message). Correct the row."
      )
    }
    if isAccepted { return self.report(response, .accepted, "") }
    let why = report?["message"]?.string ?? ""
    return self.report(
      response, .wrongAnswer,
      "the checker refuses “\(output.shortened)”\(why.isEmpty ? "" : ": \(why.shortened)")")
  }
}
