import ArgumentParser
import Foundation
import Sandbox
import VerifierKit

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "Run a Python program that nobody trusts.",
    subcommands: [Run.self])

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run one program on some input, and compare what it prints where --expect is given.",
      discussion: "Example:\n  assay sandbox run sum.py --stdin numbers.txt --expect sum.txt")
    @Argument(help: "The program.", completion: .file(extensions: ["py"])) var program: String
    @Option(help: "A file that becomes its standard input.", completion: .file()) var stdin: String?
    @Option(help: "A file with what it should print.", completion: .file()) var expect: String?

    func run() async throws {
      let text = try String(contentsOfFile: program, encoding: .utf8)
      let input = try stdin.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ""
      let expected = try expect.map { try String(contentsOfFile: $0, encoding: .utf8) }
      let report = try await PythonSandbox().judge(
        text,
        against: CodeTests(
          kind: .stdio(cases: [.init(stdin: input, stdout: expected ?? "")], checker: nil)))
      for test in report.tests { print(test.message) }
      let ran = expected == nil && report.outcome == .wrongAnswer ? "ran" : report.outcome.rawValue
      print("\(ran); isolation: \(report.isolation.joined(separator: ", "))")
    }
  }
}
