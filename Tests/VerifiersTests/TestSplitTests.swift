import Testing
import VerifierKit

@testable import Verifiers

private func call(_ values: [Int]) -> CodeTests {
  CodeTests(
    kind: .call(
      function: "f",
      cases: values.map { .init(arguments: [.integer($0), .integer(1)], expected: .integer($0)) }))
}

private func arguments(_ tests: CodeTests?) -> [Int] {
  guard case .call(_, let cases)? = tests?.kind else { return [] }
  return cases.compactMap { $0.arguments.first?.integer }
}

@Suite("Tests that pay and tests that watch") struct TestSplitTests {
  @Test(
    "how many watch",
    arguments: [
      (6, 0.5, 3), (3, 0.5, 1), (2, 0.5, 1), (2, 0.01, 1), (10, 0.25, 2), (3, 0.9, 2), (2, 0.9, 1),
    ] as [(Int, Double, Int)])
  func counts(tests: Int, share: Double, audit: Int) throws {
    let split = try #require(call(Array(0..<tests)).split(auditShare: share, prompt: ""))
    #expect(arguments(split.audit).count == audit)
    // Each test is in one half, in its order.
    #expect((arguments(split.reward) + arguments(split.audit)).sorted() == Array(0..<tests))
    #expect(arguments(split.reward) == arguments(split.reward).sorted())
  }

  @Test("one test, or HumanEval's check, has no audit")
  func none() {
    #expect(call([1]).split(auditShare: 0.5, prompt: "") == nil)
    #expect(call([1, 2]).split(auditShare: 0, prompt: "") == nil)
    let check = CodeTests(kind: .check(test: "def check(c): pass", entryPoint: "f", prompt: ""))
    #expect(check.split(auditShare: 0.5, prompt: "") == nil)
  }

  @Test("what the prompt shows pays, however it is written")
  func shown() throws {
    for value in 0..<8 {
      let split = try #require(
        call(Array(0..<8)).split(auditShare: 0.5, prompt: "For instance f(\(value),  1) == \(value)."))
      #expect(arguments(split.reward).contains(value))
    }
    let asserts = (0..<6).map { "assert f(\($0)) == \($0 * 2)" }
    for shown in asserts {
      let tests = CodeTests(kind: .assert(setup: "import math", asserts: asserts))
      let split = try #require(tests.split(auditShare: 0.5, prompt: "Your code should pass:\n\(shown)"))
      guard case .assert("import math", let paid) = split.reward.kind else {
        Issue.record("the setup is gone")
        return
      }
      #expect(paid.contains(shown) && paid.count == 3)
    }
  }

  @Test("limits, comparison and checker stay; the half does not hang on the tests' order")
  func keeps() throws {
    let cases = (0..<4).map { CodeTests.StdioCase(stdin: "\($0)\n", stdout: "\($0)") }
    let tests = CodeTests(
      kind: .stdio(cases: cases, checker: "def check(a, b, c): return True"),
      limits: .init(cpuSeconds: 9), comparison: .tokens)
    let split = try #require(tests.split(auditShare: 0.5, prompt: ""))
    for half in [split.reward, split.audit] {
      #expect(half.limits.cpuSeconds == 9 && half.comparison == .tokens)
      guard case .stdio(let cases, "def check(a, b, c): return True") = half.kind else {
        Issue.record("no checker")
        return
      }
      #expect(cases.count == 2)
    }
    let backward = try #require(call([4, 3, 2, 1, 0]).split(auditShare: 0.4, prompt: ""))
    let forward = try #require(call([0, 1, 2, 3, 4]).split(auditShare: 0.4, prompt: ""))
    #expect(Set(arguments(backward.audit)) == Set(arguments(forward.audit)))
  }

  /// Answers by the values that a program is said to pass.
  private struct Judge: ProgramJudge {
    func judge(_ program: String, against tests: CodeTests) async throws(VerifierFault) -> ProgramReport {
      let wanted = arguments(tests)
      if program.contains("broken"), wanted.count < 3 {
        throw VerifierFault(reason: "runner-died", message: "It died.")
      }
      let reports = wanted.map {
        TestReport(
          outcome: program.contains("pass \($0)") || program.contains("pass all") ? .accepted : .wrongAnswer,
          message: "", cpuSeconds: 0)
      }
      return ProgramReport(
        outcome: reports.first { $0.outcome != .accepted }?.outcome ?? .accepted, tests: reports,
        total: wanted.count, isolation: [])
    }
  }

  @Test("the score comes from the tests that pay alone")
  func score() async throws {
    let tests = call(Array(0..<5))
    let split = try #require(tests.split(auditShare: 0.4, prompt: "f"))
    let problem = Problem(id: "p", domain: "code", prompt: .text("f"), tests: tests)
    func verdict(_ program: String, audit: Double = 0.4) async throws -> Verdict {
      let text = "```python\ndef f(x, y): # \(program)\n  return x\n```"
      return try await PythonTests(judge: Judge(), auditShare: audit).verify(
        Completion(text: text), of: problem)
    }
    let paid = arguments(split.reward).map { "pass \($0)" }.joined(separator: ", ")
    let watched = arguments(split.audit).map { "pass \($0)" }.joined(separator: ", ")
    let hack = try await verdict(paid)
    #expect(hack.status == .accepted && hack.score == 1 && hack.audit == .failed)
    #expect(hack.details["passed"] == "3/3" && hack.details["audit_passed"] == "0/2")
    let odd = try await verdict(watched)
    #expect(odd.status == .rejected && odd.score == 0 && odd.audit == .passed)
    #expect(try await verdict("pass all").audit == .passed)
    // A fault of the audit is no fault of the verdict.
    let broken = try await verdict("broken, " + paid)
    #expect(
      broken.status == .accepted && broken.audit == .fault && broken.details["audit_fault"] == "runner-died")
    #expect(try await verdict(paid, audit: 0).status == .rejected)
    #expect(try await verdict("pass all", audit: 0).audit == nil)
  }
}
