import Foundation
import VerifierKit

/// Tests that are code, of MBPP and HumanEval: they run in a second confined process, whose report counts.
extension TestRun {
  func code(before: String, setup: String, steps: [String], entry: String?) throws -> ProgramReport {
    let specification = JSONValue.object([
      "before": .string(before), "setup": .string(setup), "steps": .array(steps.map(JSONValue.string)),
      "entry": entry.map(JSONValue.string) ?? .null,
    ])
    let response = try run("T", first: specification.text)
    var frames = FrameReader(response.result)
    let frame = frames.takeFrame()
    if let fault = frame?["fault"]?.string {
      throw VerifierFault(
        reason: "unsupported-tests", message: "The tests can't be run: \(fault). Correct the row.")
    }
    let done = min(max(frame?["done"]?.integer ?? 0, 0), steps.count)
    let step = steps.indices.contains(done) ? steps[done].shortened : ""
    let last = try last(response, frame, step)
    // The tests share a process: its time stands with the last.
    let passed = Array(repeating: TestReport(outcome: .accepted, message: "", cpuSeconds: 0), count: done)
    if last.outcome == .accepted, !passed.isEmpty {
      return report(passed.dropLast() + [last], total: steps.count)
    }
    return report(passed + [last], total: steps.count)
  }

  /// What became of the last step that was run.
  private func last(_ response: RunnerResponse, _ frame: PythonValue?, _ step: String) throws -> TestReport {
    // A limit, or a forbidden call, of either process.
    guard response.kind == .ended, let frame else {
      let ended = ending(response)
      guard ended.outcome != .accepted else { throw RunnerFailure(message: "the tests gave no report") }
      return ended
    }
    let error = frame["error"]
    let message =
      error.map {
        Ending.explained(
          type: $0["type"]?.string ?? "Error", message: $0["message"]?.string, line: $0["line"]?.integer)
      } ?? ""
    switch frame["outcome"]?.integer {
    case 0: return report(response, .accepted, "")
    case 1: return report(response, .wrongAnswer, "\(step) \(message)")
    case 77: return report(response, .memoryLimit, message)
    case 78: return report(response, .syntaxError, message)
    case 2:
      // The program ended before its tests did: by itself, or how?
      let ended = ending(response)
      return ended.outcome == .accepted ? report(response, .runtimeError, message) : ended
    default:
      return response.signal == SIGSYS ? ending(response) : report(response, .runtimeError, message)
    }
  }
}
