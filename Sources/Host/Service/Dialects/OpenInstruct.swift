import Hummingbird
import Verifiers
import VerifierKit

/// open-instruct's code service (`open_instruct/code_utils/api.py`): a program and its tests in, 0 or 1 and
/// seconds a test out.
enum OpenInstruct {
  /// `tests`: statements, each an `assert`.
  static let asserts: Dialect = { exchange async throws(Refusal) in
    var asserts: [String] = []
    for test in try tests(exchange) {
      guard let text = test.string else {
        throw Refusal(.badRequest, "“tests” holds something that is no text.")
      }
      asserts.append(text)
    }
    return try await judge(exchange, .assert(setup: "", asserts: asserts), comparison: .exact)
  }

  /// `tests`: `{"input", "output"}`.
  static let stdio: Dialect = { exchange async throws(Refusal) in
    var cases: [CodeTests.StdioCase] = []
    for test in try tests(exchange) {
      guard let input = test["input"]?.scalarText, let output = test["output"]?.scalarText else {
        throw Refusal(.badRequest, "“tests” holds something that is no {“input”, “output”} of texts.")
      }
      cases.append(.init(stdin: input, stdout: output))
    }
    return try await judge(exchange, .stdio(cases: cases, checker: nil), comparison: .tokens)
  }

  private static func tests(_ exchange: Exchange) throws(Refusal) -> [JSONValue] {
    // Handed on as the label stands: a list, or JSON of one in a string.
    let given = exchange.body["tests"]
    guard let tests = given?.array ?? given?.string.flatMap({ try? JSONValue(parsing: $0) })?.array else { throw Refusal(.badRequest, "“tests” is no list.") }
    return tests
  }

  private static func judge(
    _ exchange: Exchange, _ kind: CodeTests.Kind, comparison: CodeTests.Comparison
  ) async throws(Refusal) -> Response {
    guard let text = exchange.body["program"]?.string else {
      throw Refusal(.badRequest, "“program” is no text.")
    }
    let seconds = exchange.body["max_execution_time"]?.double ?? 1
    guard seconds > 0, seconds <= 600 else {
      throw Refusal(.badRequest, "“max_execution_time” is a number of seconds, above 0 and at most 600.")
    }
    let tests = CodeTests(
      kind: kind,
      limits: .init(cpuSeconds: seconds, wallSeconds: 2 * seconds, memoryMB: 1024), comparison: comparison)
    let environment = exchange.environment
    try environment.programs.enter(1)
    defer { environment.programs.leave(1) }
    let program = CodeExtraction.program(in: text) ?? text
    do throws(VerifierFault) {
      let report = try await environment.sandbox.judge(program, against: tests)
      let results = (0..<report.total).map { $0 < report.tests.count ? report.tests[$0] : nil }
      return Reply.json(
        .object([
          "results": .array(results.map { .integer($0?.outcome == .accepted ? 1 : 0) }),
          "runtimes": .array(results.map { .number($0?.outcome == .accepted ? $0?.cpuSeconds ?? -1 : -1) }),
        ]))
    } catch {
      throw Refusal(.serviceUnavailable, error.message, retryAfter: 1)
    }
  }
}
