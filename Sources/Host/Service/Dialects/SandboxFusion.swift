import Foundation
import Hummingbird
import Sandbox
import VerifierKit
import Verifiers

/// SandboxFusion's `/run_code` and `/submit`, which verl and others call; Python alone.
///
/// Whatever the sandbox can't do is `SandboxError` with status 200, as its own server has it: verl takes that as
/// no verdict.
enum SandboxFusion {
  static let runCode: Dialect = { exchange async throws(Refusal) in
    let fields = Fields(value: exchange.body)
    let code = try fields.needed("code")
    let language = try fields.needed("language")
    let run = try FusionRun(fields, code: code)
    guard language == "python" else {
      return Reply.json(failed("The language “\(language)” can't be run here: only “python” can."))
    }
    let environment = exchange.environment
    try environment.programs.enter(1)
    defer { environment.programs.leave(1) }
    return try await exchange.bounded { () async throws(Refusal) in
      Reply.json(await run.response(in: environment.sandbox))
    }
  }

  /// Tests in `config.provided_data`: `{"input": {"stdin"}, "output": {"stdout"}}`, each run by itself.
  static let submit: Dialect = { exchange async throws(Refusal) in
    let completion = try Fields(value: exchange.body).needed("completion")
    let config = JSONValue.object(try Fields(value: exchange.body).object("config") ?? [:])
    let settings = Fields(value: config, place: "config.")
    let extra = Fields(value: .object(try settings.object("extra") ?? [:]), place: "config.extra.")
    let runsAll = try extra.flag("run_all_cases") ?? false
    if let language = try settings.text("language"), language != "python" {
      throw Refusal(.unprocessableContent, "The language “\(language)” can't be run here: only “python” can.")
    }
    let cases = try cases(in: config["provided_data"] ?? .null)
    let environment = exchange.environment
    try environment.programs.enter(1)
    defer { environment.programs.leave(1) }
    let found = CodeExtraction.program(in: completion)
    let code = found ?? ""
    var runs: [FusionRun] = []
    for one in cases { runs.append(try FusionRun(settings, code: code, stdin: one.stdin)) }
    let id = exchange.body["id"] ?? .integer(0)
    return try await exchange.bounded { [runs] () async throws(Refusal) in
      var tests: [JSONValue] = []
      var isAccepted = found != nil
      for (one, run) in zip(cases, runs) where found != nil && (isAccepted || runsAll) {
        let response = await run.response(in: environment.sandbox)
        if response["status"]?.string == "SandboxError" {
          throw Refusal(.serviceUnavailable, response["message"]?.string ?? "", retryAfter: 1)
        }
        let output = response["run_result"]?["stdout"]?.string ?? ""
        let isPassed =
          response["status"]?.string == "Success"
          && OutputComparison(.float(absolute: 0, relative: 1e-6)).matches(
            expected: one.stdout, given: output)
        isAccepted = isAccepted && isPassed
        tests.append(
          .object([
            "passed": .bool(isPassed), "exec_info": response,
            "test_info": .object([
              "input": .object(["stdin": .string(one.stdin)]),
              "output": .object(["stdout": .string(one.stdout)]),
            ]),
          ]))
      }
      return Reply.json(
        .object([
          "id": id, "accepted": .bool(isAccepted),
          "extracted_code": .string(code), "full_code": .string(code), "test_code": .null,
          "tests": .array(tests),
          "extracted_type": .string(
            found == nil ? "empty" : completion.contains("```") ? "fenced" : "heuristic"),
          "extra": .null,
        ]))
    }
  }

  /// A list of cases; or an object that holds one, or JSON of one, under `test`, `tests` or `test_cases`.
  private static func cases(in data: JSONValue) throws(Refusal) -> [CodeTests.StdioCase] {
    var items = data.array
    for key in ["test", "tests", "test_cases"] where items == nil {
      items = data[key]?.array ?? data[key]?.string.flatMap { try? JSONValue(parsing: $0) }?.array
    }
    guard let items, !items.isEmpty else {
      throw Refusal(
        .unprocessableContent,
        "“config.provided_data” holds no tests. Send [{“input”: {“stdin”}, “output”: {“stdout”}}, ...]: no data set "
          + "is stored here.")
    }
    var cases: [CodeTests.StdioCase] = []
    for item in items {
      let test = Fields(value: item, place: "config.provided_data.")
      let output = Fields(value: .object(try test.object("output") ?? [:]), place: "output.")
      let input = Fields(value: .object(try test.object("input") ?? [:]), place: "input.")
      cases.append(.init(stdin: try input.text("stdin") ?? "", stdout: try output.needed("stdout")))
    }
    return cases
  }

  static func failed(_ message: String) -> JSONValue {
    .object([
      "status": .string("SandboxError"), "message": .string(message), "compile_result": .null,
      "run_result": .null, "executor_pod_name": .null, "files": .object([:]),
    ])
  }
}

/// One program, run once.
struct FusionRun {
  private let code: String
  private let stdin: String
  private let limits: CodeTests.Limits
  private let fetched: [String]

  /// - Parameter stdin: nil: the field's.
  init(_ fields: Fields, code: String, stdin: String? = nil) throws(Refusal) {
    let seconds = try fields.seconds("run_timeout") ?? 10
    _ = try fields.seconds("compile_timeout")
    let memory = try fields.whole("memory_limit_MB") ?? -1
    limits = .init(
      cpuSeconds: seconds, wallSeconds: seconds, memoryMB: memory > 0 ? min(memory, 1 << 16) : 1024,
      outputKB: 16 << 10)
    let given = try fields.text("stdin") ?? ""
    self.stdin = stdin ?? given
    fetched = try fields.texts("fetch_files") ?? []
    let files = (try fields.object("files") ?? [:]).filter { $0.value != .null }
    for path in files.keys + fetched
    where path.isEmpty || path.hasPrefix("/") || path.split(separator: "/").contains("..") {
      throw Refusal(
        .unprocessableContent, "The file “\(path.prefix(100))” lies outside of the program's folder.")
    }
    for (path, content) in files {
      guard let text = content.string, Data(base64Encoded: text) != nil else {
        throw Refusal(.unprocessableContent, "The file “\(path.prefix(100))” is no base64.")
      }
    }
    self.code = files.isEmpty && fetched.isEmpty ? code : Self.wrapped(code, files: files, fetched: fetched)
  }

  private static let mark = "\u{1}assay-files\u{1}"

  /// The program among its files: written before it, and read back after it, through the end of standard error.
  private static func wrapped(_ code: String, files: [String: JSONValue], fetched: [String]) -> String {
    """
    def _prepare(files, fetched):
        import atexit, base64, json, os, sys
        for path, content in files.items():
            if os.path.dirname(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file:
                file.write(base64.b64decode(content))
        def collect():
            found = {}
            for path in fetched:
                try:
                    with open(path, 'rb') as file:
                        found[path] = base64.b64encode(file.read()).decode()
                except OSError:
                    pass
            sys.stdout.flush()
            sys.stderr.write(\(JSONValue.string(mark).text) + json.dumps(found))
            sys.stderr.flush()
        if fetched:
            atexit.register(collect)
    _prepare(\(JSONValue.object(files).text), \(JSONValue.array(fetched.map(JSONValue.string)).text))
    del _prepare
    exec(compile(\(JSONValue.string(code).text), 'main.py', 'exec'), globals())
    """
  }

  /// The runner's last line on a program that broke, in the words that an interpreter would have used; where
  /// something ended the program from outside it left no word of its own, and the sandbox's is taken.
  private static func asPython(_ errors: String, or message: String) -> String {
    var lines = errors.split(separator: "\n", omittingEmptySubsequences: false)[...]
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard let last = lines.last, let report = try? JSONValue(parsing: last),
      let type = report["type"]?.string, let text = report["message"]?.string
    else { return errors.isEmpty ? message : errors }
    let place = report["line"]?.integer.map { "  File \"main.py\", line \($0)\n" } ?? ""
    let before = lines.dropLast().map { $0 + "\n" }.joined()
    return before + "Traceback (most recent call last):\n" + place
      + "\(type)\(text.isEmpty ? "" : ": \(text)")\n"
  }

  func response(in sandbox: PythonSandbox) async -> JSONValue {
    let started = ContinuousClock.now
    let run: (report: TestReport, output: [UInt8], errors: [UInt8], isolation: [String])
    do throws(VerifierFault) {
      run = try await sandbox.run(code, stdin: stdin, limits: limits)
    } catch {
      return SandboxFusion.failed(error.message)
    }
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    var errors = String(decoding: run.errors, as: UTF8.self)
    var files: [String: JSONValue] = [:]
    if !fetched.isEmpty, let at = errors.range(of: Self.mark, options: .backwards) {
      // The program could write such a line itself: it gets no more than was asked for.
      let found = (try? JSONValue(parsing: errors[at.upperBound...]))?.object ?? [:]
      files = found.filter { fetched.contains($0.key) && $0.value.string != nil }
      errors = String(errors[..<at.lowerBound])
    }
    let isLate = run.report.outcome == .timeLimit
    let isDone = run.report.outcome == .accepted
    // What ended a program from outside left no word of its own.
    let exit = run.report.message.hasPrefix("exit status ") ? Int(run.report.message.dropFirst(12)) : nil
    if !isDone, exit == nil { errors = Self.asPython(errors, or: run.report.message) }
    return .object([
      "status": .string(isDone ? "Success" : "Failed"), "message": .string(""), "compile_result": .null,
      "run_result": .object([
        "status": .string(isLate ? "TimeLimitExceeded" : "Finished"), "execution_time": .number(seconds),
        "return_code": isLate ? .null : .integer(isDone ? 0 : exit ?? 1),
        "stdout": .string(String(decoding: run.output, as: UTF8.self)), "stderr": .string(errors),
      ]),
      "executor_pod_name": .null, "files": .object(files),
    ])
  }
}
