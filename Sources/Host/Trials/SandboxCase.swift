import Foundation
import Rows
public import VerifierKit
import Verifiers

/// A program with what a correct sandbox must report of it.
///
/// Two forms of file are read: `.jsonl` rows with `completion`, `tests`, `category`, `expect`, `must` and
/// `hit_is_failure`; and `.py` files of the project's own catalogue, see sandbox/cases/README.md.
public struct SandboxCase: Sendable {
  public var id: String
  /// `resource`, `escape`, `reward-hack` or `control`.
  public var category: String
  public var program: String
  public var tests: CodeTests
  public var expected: Set<String>
  /// In words, what else has to hold.
  public var must: String
  /// Whether the text `ATTACK-HIT` in its output says that it got what it wanted.
  public var hitIsFailure: Bool

  /// - Parameter path: a file, or a folder of which all `.py` and `.jsonl` files are read.
  public static func read(_ path: String) throws -> [SandboxCase] {
    let file = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      let files = try FileManager.default.contentsOfDirectory(at: file, includingPropertiesForKeys: nil)
      return try files.filter { ["py", "jsonl"].contains($0.pathExtension) }
        .sorted { $0.path < $1.path }.flatMap { try read($0.path) }
    }
    let text = try String(contentsOf: file, encoding: .utf8)
    return file.pathExtension == "py"
      ? try cells(
        text, category: file.deletingPathExtension().lastPathComponent, file: file.lastPathComponent)
      : try rows(path, text)
  }

  private static func rows(_ path: String, _ text: String) throws -> [SandboxCase] {
    let objects = try text.split(separator: "\n").map { try JSONValue(parsing: $0) }
    return try zip(RowReader(path), objects).map { result, object in
      let row = try result.get()
      guard let tests = row.problem.tests, let expected = object["expect"]?.array?.compactMap(\.string),
        let program = CodeExtraction.program(in: row.completion ?? "")
      else {
        throw RowError(line: row.line, message: "lacks “tests”, “expect” or a program in “completion”.")
      }
      return SandboxCase(
        id: row.problem.id, category: object["category"]?.string ?? "", program: program, tests: tests,
        expected: Set(expected), must: object["must"]?.string ?? "",
        hitIsFailure: object["hit_is_failure"] != .bool(false))
    }
  }

  /// `# %% id | kind of tests | outcomes | what must hold`, then the program.
  private static func cells(_ text: String, category: String, file: String) throws -> [SandboxCase] {
    var cases: [SandboxCase] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.hasPrefix("# %% ") else {
        // What stands before the first cell is the file's introduction.
        if !cases.isEmpty { cases[cases.count - 1].program += line + "\n" }
        continue
      }
      let parts = line.dropFirst(5).split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 4, let tests = standardTests[parts[1]] else {
        throw RowError(
          line: index + 1, message: "of \(file) must read “# %% id | \(kinds) | outcomes | what must hold”.")
      }
      let expected = parts[2].split(separator: " ").map { $0.trimmingCharacters(in: .punctuationCharacters) }
      cases.append(
        SandboxCase(
          id: parts[0], category: category, program: "", tests: tests, expected: Set(expected),
          must: parts[3],
          hitIsFailure: true))
    }
    return cases
  }

  private static var kinds: String { standardTests.keys.sorted().joined(separator: "/") }

  /// All of them ask for a sum: `add(a, b)`, or two numbers on standard input.
  private static let standardTests: [String: CodeTests] = {
    let sums = [(2, 3), (10, -4), (7, 0)]
    let limits = CodeTests.Limits(cpuSeconds: 1, wallSeconds: 2)
    return [
      "call": CodeTests(
        kind: .call(
          function: "add",
          cases: sums.map { .init(arguments: [.integer($0), .integer($1)], expected: .integer($0 + $1)) }),
        limits: limits),
      "stdio": CodeTests(
        kind: .stdio(cases: sums.map { .init(stdin: "\($0) \($1)\n", stdout: "\($0 + $1)\n") }, checker: nil),
        limits: limits),
      "assert": CodeTests(
        kind: .assert(setup: "", asserts: sums.map { "assert add(\($0), \($1)) == \($0 + $1)" }),
        limits: limits),
      "check": CodeTests(
        kind: .check(
          test: "def check(candidate):\n"
            + sums.map { "  assert candidate(\($0), \($1)) == \($0 + $1)\n" }.joined(),
          entryPoint: "add", prompt: ""),
        limits: limits),
    ]
  }()
}
