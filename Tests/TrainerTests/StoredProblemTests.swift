import Foundation
import Rows
import Testing
import VerifierKit

@testable import Trainer

@Suite("Problems in the store") struct StoredProblemTests {
  static let limits = CodeTests.Limits(cpuSeconds: 1.5, wallSeconds: 2, memoryMB: 64, outputKB: 9)
  static let problems: [Problem] = [
    Problem(id: "1", domain: "math", prompt: .text("6 × 7?"), reference: .integer(42)),
    Problem(
      id: "2", domain: "math", prompt: .messages([Message(role: "user", content: "a\n\"b\"")]),
      reference: .number(2), language: "de",
      metadata: ["task": .string("sums"), "big": .bigInteger("123456789012345678901234567890"), "x": .null]),
    Problem(
      id: "3", domain: "code", prompt: .text("x"),
      tests: CodeTests(
        kind: .call(
          function: "A.f", cases: [.init(arguments: [.number(1), .integer(1)], expected: .number(.infinity))]),
        limits: limits, comparison: .float(absolute: 1e-6, relative: 0), stopsEarly: true)),
    Problem(
      id: "4", domain: "code", prompt: .text("x"),
      tests: CodeTests(
        kind: .stdio(cases: [.init(stdin: "1\n", stdout: "2\n")], checker: "def check(i, e, o): return True"),
        comparison: .tokens)),
    Problem(
      id: "5", domain: "code", prompt: .text("x"),
      tests: CodeTests(kind: .assert(setup: "import math", asserts: ["assert f(1) == 2"]), comparison: .exact)
    ),
    Problem(
      id: "6", domain: "code", prompt: .text("x"),
      tests: CodeTests(
        kind: .check(test: "def check(c): pass", entryPoint: "f", prompt: "def f():"),
        comparison: .json(absolute: 1e-9, isOrdered: false))),
  ]

  @Test("comes back as it went in, to the type of each number", arguments: problems)
  func roundTrip(problem: Problem) throws {
    let text = StoredProblem.json(problem).pythonText
    #expect(StoredProblem.problem(try JSONValue(parsing: text)) == problem)
  }

  /// So that what a run drew can be judged by other trainers, over the service.
  @Test("what is kept is a row, but for how it stops", arguments: problems)
  func row(problem: Problem) throws {
    let fields = try #require(try JSONValue(parsing: StoredProblem.json(problem).pythonText).object)
    var row = try Row(fields, line: 1).problem
    // A row does not say these.
    row.tests?.stopsEarly = problem.tests?.stopsEarly ?? false
    row.metadata = problem.metadata
    #expect(row.tests == problem.tests && row.reference == problem.reference && row.prompt == problem.prompt)
  }

  @Test("each problem is stored once")
  func once() throws {
    try withFolder { root in
      let store = try RolloutStore(root.appending(path: "rollouts.sqlite"))
      func record(_ problem: Problem, _ group: Int) -> RolloutRecord {
        RolloutRecord(
          group: group, sample: 0, problem: problem, completion: Completion(text: "x"), tokens: 1,
          reward: Reward(value: 0, outcomes: [:]))
      }
      for step in 1...3 {
        try store.insert(Self.problems.enumerated().map { record($1, $0) }, stage: "rl", step: step)
      }
      let reading = try RolloutStore(reading: root.appending(path: "rollouts.sqlite"))
      let found = try reading.rollouts()
      #expect(found.count == 18 && Set(found.map(\.problemID)).count == 6)
      #expect(try found.suffix(6).map { try reading.problem(of: $0) } == Self.problems)
    }
  }

  @Test("reading creates no file, and says what is missing")
  func missing() throws {
    try withFolder { root in
      let file = root.appending(path: "rollouts.sqlite")
      #expect(throws: RunError.self) { try RolloutStore(reading: file) }
      #expect(!FileManager.default.fileExists(atPath: file.path))
      try Data("rubbish, and more of it than a header has: \(String(repeating: "x", count: 4096))".utf8)
        .write(to: file)
      let error = try #require(throws: RunError.self) { try RolloutStore(reading: file) }
      #expect(error.message.contains(file.path))
    }
  }
}
