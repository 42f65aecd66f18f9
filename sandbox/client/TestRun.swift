import Foundation
import VerifierKit

/// One program against its tests on one runner: what to ask for, and what the answers mean.
struct TestRun {
  let runner: Runner
  let program: String
  let tests: CodeTests

  func report() throws -> ProgramReport {
    switch tests.kind {
    case .stdio(let cases, let checker):
      guard checker == nil else {
        throw VerifierFault(
          reason: "unsupported-tests",
          message: "“tests” name a checker, which this version does not run. Use a comparison instead.")
      }
      return try eachTest(cases) { test in
        let response = try run("S", first: test.stdin)
        let (outcome, message) = ended(response)
        guard outcome == .accepted else { return report(response, outcome, message) }
        let output = String(decoding: response.output, as: UTF8.self)
        if OutputComparison(tests.comparison).matches(expected: test.stdout, given: output) {
          return report(response, .accepted, shortened(output))
        }
        return report(
          response, .wrongAnswer, "printed “\(shortened(output))”, expected “\(shortened(test.stdout))”")
      }
    case .call(let function, let cases):
      // All cases in one fork first: a right program costs one. From the first that is not passed on, each
      // gets a fork of its own, so that no case depends on what another left behind or broke.
      let passed = try passedTogether(function, cases)
      let rest = try eachTest(cases.dropFirst(passed)) { test in
        let response = try run(
          "C", first: function, second: JSONValue.array([.array(test.arguments)]).text)
        return call(response, expected: test.expected)
      }
      let done = Array(
        repeating: TestReport(outcome: .accepted, message: "", cpuSeconds: 0), count: passed)
      return ProgramReport(
        outcome: rest.outcome, tests: done + rest.tests, total: cases.count, isolation: runner.isolation)
    case .assert(let setup, let asserts):
      return try codeTests(
        before: "", setup: setup, steps: asserts, entry: nil)
    case .check(let test, let entry, let prompt):
      return try codeTests(before: prompt, setup: test, steps: ["check(candidate)"], entry: entry)
    }
  }

  /// In order, up to the first that is not passed where that is enough.
  private func eachTest<Case>(
    _ cases: some Collection<Case>, _ run: (Case) throws -> TestReport
  ) throws -> ProgramReport {
    var reports: [TestReport] = []
    for test in cases {
      let one = try run(test)
      reports.append(one)
      // A program that ran against its limits would do so again; a wrong answer says nothing of the next.
      if ![.accepted, .wrongAnswer, .runtimeError].contains(one.outcome) { break }
      if tests.stopsEarly, one.outcome != .accepted { break }
    }
    let worst = reports.first { $0.outcome != .accepted }?.outcome ?? .accepted
    return ProgramReport(
      outcome: worst, tests: reports, total: cases.count, isolation: runner.isolation)
  }

  /// How many cases, from the first, one process passes in a row within the limits of one test.
  private func passedTogether(_ function: String, _ cases: [CodeTests.CallCase]) throws -> Int {
    guard cases.count > 1 else { return 0 }
    let response = try run(
      "C", first: function, second: JSONValue.array(cases.map { .array($0.arguments) }).text)
    var frames = response.result[...]
    var passed = 0
    while passed < cases.count, let frame = frames.popFrame(),
      let value = frame["v"].flatMap({ PythonValue($0) }),
      value.equals(cases[passed].expected, tests.comparison)
    {
      passed += 1
    }
    // All answers and then a crash is no pass: the last case is tried again alone.
    return passed == cases.count && ended(response).0 != .accepted ? passed - 1 : passed
  }

  private func run(_ mode: Character, first: String, second: String = "") throws -> RunnerResponse {
    let response = try runner.run(
      RunnerRequest(mode: mode, limits: tests.limits, program: program, first: first, second: second))
    if response.kind == .failed {
      throw RunnerFailure(
        message:
          "the program could not be started: \(shortened(String(decoding: response.errors, as: UTF8.self)))")
    }
    return response
  }

  private func report(_ response: RunnerResponse, _ outcome: ProgramOutcome, _ message: String) -> TestReport
  {
    TestReport(outcome: outcome, message: message, cpuSeconds: response.cpuSeconds)
  }

  /// How the program ended, whatever it answered.
  private func ended(_ response: RunnerResponse) -> (ProgramOutcome, String) {
    switch response.kind {
    case .cpuLimit: return (.timeLimit, "more than \(tests.limits.cpuSeconds) s of processor time")
    case .wallLimit: return (.timeLimit, "more than \(tests.limits.wallSeconds) s")
    case .outputLimit: return (.outputLimit, "more than \(tests.limits.outputKB) KiB of output")
    case .failed, .ended: break
    }
    if let signal = response.signal {
      switch signal {
      case SIGSYS: return (.securityViolation, "a system call that the sandbox forbids")
      case SIGXCPU: return (.timeLimit, "more than \(tests.limits.cpuSeconds) s of processor time")
      case SIGXFSZ: return (.outputLimit, "a file beyond the limit")
      default: return (.runtimeError, "ended by signal \(signal)")
      }
    }
    let errors = String(decoding: response.errors, as: UTF8.self)
    switch response.exitCode ?? 0 {
    case 0: return (.accepted, "")
    case 77: return (.memoryLimit, "more than \(tests.limits.memoryMB) MiB")
    case 78: return (.syntaxError, explained(errors))
    case 76: return (.runtimeError, explained(errors))
    case let code: return (.runtimeError, "exit status \(code)")
    }
  }

  /// `TypeError: … (line 3)` from the last line of standard error, which bootstrap.py writes.
  private func explained(_ errors: String) -> String {
    guard let line = errors.split(separator: "\n").last,
      let json = try? JSONValue(parsing: line), json["type"] != nil
    else { return shortened(errors) }
    return explained(json)
  }

  private func explained(_ json: JSONValue) -> String {
    let line = json["line"]?.integer ?? 0
    let text = "\(json["type"]?.string ?? "Error"): \(json["message"]?.string ?? "")"
    return shortened(line > 0 ? "\(text) (line \(line))" : text)
  }

  private func call(_ response: RunnerResponse, expected: JSONValue) -> TestReport {
    let (outcome, message) = ended(response)
    // A frame and a clean end: a program that answers and then breaks has not passed.
    guard outcome == .accepted else { return report(response, outcome, message) }
    var frames = response.result[...]
    guard let frame = frames.popFrame(), frames.isEmpty else {
      return report(response, .runtimeError, "the program ended without a result")
    }
    if let why = frame["u"]?.string { return report(response, .wrongAnswer, "returned \(why)") }
    guard let given = frame["v"].flatMap({ PythonValue($0) }) else {
      return report(response, .runtimeError, "the program ended without a result")
    }
    if given.equals(expected, tests.comparison) { return report(response, .accepted, "") }
    return report(
      response, .wrongAnswer, "returned \(shortened(given.text)), expected \(shortened(expected.text))")
  }

  /// Tests that are code: they run in a second confined process, whose report counts.
  private func codeTests(
    before: String, setup: String, steps: [String], entry: String?
  ) throws -> ProgramReport {
    let specification = JSONValue.object([
      "before": .string(before), "setup": .string(setup), "steps": .array(steps.map(JSONValue.string)),
      "entry": entry.map(JSONValue.string) ?? .null,
    ])
    let response = try run("T", first: specification.text)
    var frames = response.result[...]
    let frame = frames.popFrame()
    let done = frame?["done"]?.integer ?? 0
    var last: TestReport
    switch (response.kind, frame) {
    case (.ended, let frame?):
      if let fault = frame["fault"]?.string {
        throw VerifierFault(
          reason: "unsupported-tests", message: "The tests can't be run: \(fault). Correct the row.")
      }
      let message = frame["error"].map(explained) ?? ""
      switch frame["outcome"]?.integer {
      case 0: last = report(response, .accepted, "")
      case 1:
        last = report(
          response, .wrongAnswer, "\(shortened(steps.indices.contains(done) ? steps[done] : "")) \(message)")
      case 77: last = report(response, .memoryLimit, message)
      case 78: last = report(response, .syntaxError, message)
      case 2:
        let (outcome, why) = ended(response)
        last = report(response, outcome == .accepted ? .runtimeError : outcome, why.isEmpty ? message : why)
      default: last = report(response, .runtimeError, message)
      }
    case (.ended, nil):
      throw RunnerFailure(message: "the tests gave no report")
    default:
      let (outcome, message) = ended(response)
      last = report(response, outcome, message)
    }
    if last.outcome == .runtimeError, response.signal == SIGSYS {
      last = report(response, .securityViolation, "a system call that the sandbox forbids")
    }
    let passed = Array(
      repeating: TestReport(outcome: .accepted, message: "", cpuSeconds: 0), count: min(done, steps.count))
    let all = last.outcome == .accepted ? passed : passed + [last]
    return ProgramReport(
      outcome: last.outcome, tests: all, total: steps.count, isolation: runner.isolation)
  }

  private func shortened(_ text: String) -> String {
    text.count <= 200 ? text : text.prefix(120) + " … " + text.suffix(60)
  }
}

extension Data {
  /// The next frame, a length and so many bytes of JSON, taken off the front; nil when there is none.
  fileprivate mutating func popFrame() -> JSONValue? {
    guard count >= 4 else { return nil }
    let length = Int(little(at: 0))
    guard length <= count - 4 else { return nil }
    let frame = dropFirst(4).prefix(length)
    self = dropFirst(4 + length)
    return try? JSONDecoder().decode(JSONValue.self, from: Data(frame))
  }
}
