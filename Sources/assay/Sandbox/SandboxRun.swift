import ArgumentParser
import Foundation
import Rows
import Sandbox
import Trainer
import VerifierKit

/// One program, for a person who looks.
struct SandboxRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run one program: on some input, or against the tests of a row.",
    discussion: """
      Examples:
        assay sandbox run sum.py --stdin numbers.txt
        assay sandbox run sum.py --stdin numbers.txt --expect sum.txt
        assay sandbox run solution.py --tests mbpp.jsonl.gz --id 11 --json
      Without tests, the program's output and errors go where its own would, and how it ended to standard error.
      Exit status: 0 accepted (or ended well), 1 anything else that the program did, 70 a fault of the sandbox.
      """)

  @Argument(help: "The program.", completion: .file(extensions: ["py"])) var program: String
  @Option(help: "A file that becomes its standard input; - is this one's.", completion: .file()) var stdin:
    String?
  @Option(help: "A file with what it should print.", completion: .file()) var expect: String?
  @Option(help: "Rows with “tests”, .jsonl or .jsonl.gz; the first, or that of --id.", completion: .file())
  var tests: String?
  @Option(help: "Which row of --tests.") var id: String?
  @Option(help: "Seconds of processor time, a test. Default: the row's, or 3.") var cpu: Double?
  @Option(help: "Seconds of wall time, a test, less the wait for a processor. Default: the row's, or 6.")
  var wall: Double?
  @Option(help: "MiB of memory beyond the interpreter's. Default: the row's, or 256.") var memory: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup(title: "Sandbox") var sandbox: SandboxArguments

  func validate() throws {
    if tests != nil, stdin != nil || expect != nil {
      throw ValidationError("--tests brings its own input. Drop --stdin and --expect.")
    }
    if tests == nil, id != nil { throw ValidationError("--id picks a row of --tests, which is not given.") }
    for (name, value) in [("cpu", cpu), ("wall", wall), ("memory", memory.map(Double.init))] {
      if let value, !(value > 0 && value < 1e6) { throw ValidationError("--\(name) is a positive number.") }
    }
  }

  func run() async throws {
    let text = try file(program)
    let options = sandbox.options()
    do {
      if let tests = try givenTests() {
        let report = try await PythonSandbox(options).judge(text, against: tests)
        print(json ? encoded(report).text : described(report))
        if report.outcome != .accepted { throw ExitCode(1) }
      } else {
        try await runAlone(text, options)
      }
    } catch let fault as VerifierFault {
      if json {
        print(
          JSONValue.object([
            "outcome": .string("fault"), "reason": .string(fault.reason), "message": .string(fault.message),
          ]).text)
      } else {
        tell("fault: \(fault.message)\n")
      }
      throw ExitCode(70)
    }
  }

  private func runAlone(_ text: String, _ options: SandboxOptions) async throws {
    let input = try stdin.map(file) ?? ""
    let (report, output, errors, isolation) = try await PythonSandbox(options).run(
      text, stdin: input, limits: limits(CodeTests.Limits()))
    if json {
      print(
        JSONValue.object([
          "outcome": .string(report.outcome == .accepted ? "ended" : report.outcome.rawValue),
          "message": .string(report.message), "cpu_seconds": .number(report.cpuSeconds),
          "stdout": .string(String(decoding: output, as: UTF8.self)),
          "stderr": .string(String(decoding: errors, as: UTF8.self)),
          "isolation": .array(isolation.map(JSONValue.string)),
          "level": .string(IsolationLevel(layers: isolation).rawValue),
        ]).text)
    } else {
      try FileHandle.standardOutput.write(contentsOf: Data(output))
      try? FileHandle.standardError.write(contentsOf: Data(errors))
      let how = report.outcome == .accepted ? "ended" : "\(report.outcome.rawValue): \(report.message)"
      let time = String(format: "%.3f", report.cpuSeconds)
      tell("\(how); \(time) s; isolation \(IsolationLevel(layers: isolation).rawValue)\n")
    }
    if report.outcome != .accepted { throw ExitCode(1) }
  }

  private func givenTests() throws -> CodeTests? {
    if let expect {
      let one = CodeTests.StdioCase(stdin: try stdin.map(file) ?? "", stdout: try file(expect))
      return CodeTests(kind: .stdio(cases: [one], checker: nil), limits: limits(CodeTests.Limits()))
    }
    guard let tests else { return nil }
    for row in try RowReader(tests) {
      let problem = try row.get().problem
      guard id == nil || problem.id == id else { continue }
      guard var found = problem.tests else {
        throw ValidationError("\(tests): row \(problem.id) has no tests.")
      }
      found.limits = limits(found.limits)
      return found
    }
    throw ValidationError("\(tests) has no row\(id.map { " “\($0)”" } ?? "").")
  }

  private func limits(_ given: CodeTests.Limits) -> CodeTests.Limits {
    var limits = given
    if let cpu {
      limits.cpuSeconds = cpu
      limits.wallSeconds = max(limits.wallSeconds, 2 * cpu)
    }
    if let wall { limits.wallSeconds = wall }
    if let memory { limits.memoryMB = memory }
    return limits
  }

  private func file(_ path: String) throws -> String {
    if path == "-" {
      return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("\(path) can't be read.")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func described(_ report: ProgramReport) -> String {
    var lines = report.tests.enumerated().map { index, test in
      let time = String(format: "%7.1f ms", test.cpuSeconds * 1000)
      return "test \(index + 1)  \(test.outcome.rawValue)  \(time)  \(test.message)"
    }
    lines.append(
      "\(report.outcome.rawValue): \(report.passed) of \(report.total) tests; isolation "
        + IsolationLevel(layers: report.isolation).rawValue)
    return lines.joined(separator: "\n")
  }

  private func encoded(_ report: ProgramReport) -> JSONValue {
    .object([
      "outcome": .string(report.outcome.rawValue), "passed": .integer(report.passed),
      "total": .integer(report.total),
      "tests": .array(
        report.tests.map {
          .object([
            "outcome": .string($0.outcome.rawValue), "message": .string($0.message),
            "cpu_seconds": .number($0.cpuSeconds),
          ])
        }),
      "isolation": .array(report.isolation.map(JSONValue.string)),
      "level": .string(IsolationLevel(layers: report.isolation).rawValue),
    ])
  }
}
