import Hummingbird
import VerifierKit
import Verifiers

/// open-instruct's code service (`open_instruct/code_utils/api.py`): a program and its tests in, 0 or 1 and
/// seconds a test out.
enum OpenInstruct {
  /// `tests`: statements, each an `assert`.
  static let asserts: Dialect = { exchange async throws(Refusal) in
    var kinds: [CodeTests.Kind] = []
    for test in try tests(exchange) {
      guard let text = test.string else {
        throw Refusal(.badRequest, "“tests” holds something that is no text.")
      }
      kinds.append(.assert(setup: "", asserts: [text]))
    }
    return try await judge(exchange, kinds, comparison: .exact)
  }

  /// `tests`: `{"input", "output"}`.
  static let stdio: Dialect = { exchange async throws(Refusal) in
    var kinds: [CodeTests.Kind] = []
    for test in try tests(exchange) {
      guard let input = test["input"]?.scalarText, let output = test["output"]?.scalarText else {
        throw Refusal(.badRequest, "“tests” holds something that is no {“input”, “output”} of texts.")
      }
      kinds.append(.stdio(cases: [.init(stdin: input, stdout: output)], checker: nil))
    }
    return try await judge(exchange, kinds, comparison: .tokens)
  }

  /// Handed on as the label stands: a list, or JSON of one in a string.
  private static func tests(_ exchange: Exchange) throws(Refusal) -> [JSONValue] {
    let given = exchange.body["tests"]
    guard let tests = given?.array ?? given?.string.flatMap({ try? JSONValue(parsing: $0) })?.array else {
      throw Refusal(.badRequest, "“tests” is no list.")
    }
    guard !tests.isEmpty else {
      throw Refusal(.badRequest, "“tests” is empty: nothing could be said of the program.")
    }
    return tests
  }

  /// Each test by itself: what one leaves behind, or ends, is not the next one's.
  private static func judge(
    _ exchange: Exchange, _ kinds: [CodeTests.Kind], comparison: CodeTests.Comparison
  ) async throws(Refusal) -> Response {
    let text = try exchange.fields.needed("program")
    let seconds = try exchange.fields.seconds("max_execution_time") ?? 1
    let limits = CodeTests.Limits(cpuSeconds: seconds, wallSeconds: 2 * seconds, memoryMB: 1024)
    let environment = exchange.environment
    try environment.programs.enter(1)
    defer { environment.programs.leave(1) }
    let program = CodeExtraction.program(in: text) ?? text
    return try await exchange.bounded { () async throws(Refusal) in
      var results: [JSONValue] = []
      var runtimes: [JSONValue] = []
      for kind in kinds {
        do throws(VerifierFault) {
          let report = try await environment.sandbox.judge(
            program, against: CodeTests(kind: kind, limits: limits, comparison: comparison))
          let isPassed = report.outcome == .accepted
          results.append(.integer(isPassed ? 1 : 0))
          runtimes.append(.number(isPassed ? report.tests.last?.cpuSeconds ?? 0 : -1))
        } catch {
          throw Refusal(.serviceUnavailable, error.message, retryAfter: 1)
        }
      }
      return Reply.json(.object(["results": .array(results), "runtimes": .array(runtimes)]))
    }
  }
}
