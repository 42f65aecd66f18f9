import Foundation
import Rows
import Sandbox
import Testing
import VerifierKit
import Verifiers

private let sandbox = PythonSandbox()

private func outcome(
  _ program: String, stdin: String = "", stdout: String = "", limits: CodeTests.Limits = quick
) async throws -> ProgramOutcome {
  let kind = CodeTests.Kind.stdio(cases: [.init(stdin: stdin, stdout: stdout)], checker: nil)
  return try await sandbox.judge(program, against: CodeTests(kind: kind, limits: limits)).outcome
}

private let quick = CodeTests.Limits(cpuSeconds: 1, wallSeconds: 2, memoryMB: 128, outputKB: 256)

@Test(
  "programs that read and print in the usual ways",
  arguments: [
    "a, b = map(int, input().split())\nprint(a + b)",
    "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
    "import sys\nfor line in sys.stdin:\n  print(sum(map(int, line.split())))",
    "print(sum(map(int, open(0).read().split())))",
    "import os\nprint(sum(map(int, os.read(0, 100).split())))",
    "import sys\nprint(sum(map(int, sys.stdin.buffer.readline().split())))\nexit()",
    "if __name__ == '__main__':\n  print(sum(int(x) for x in input().split()))\n  raise SystemExit",
    "import threading\nt = threading.Thread(target=lambda: print(5))\nt.start()",
    "import atexit\natexit.register(lambda: print(5))",
    "import tempfile\nf = tempfile.TemporaryFile('w+')\nf.write('5')\nf.seek(0)\nprint(f.read())",
    "import sys\nsys.setrecursionlimit(20000)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(9000) - 8995)",
    "print(len(str(2 ** 20000)) - 6016)",
    "print('5  ')\nprint()",
  ])
func friendly(program: String) async throws {
  #expect(try await outcome(program, stdin: "2 3\n", stdout: "5\n") == .accepted)
}

@Test(
  "programs that go beyond a limit, or break",
  arguments: [
    ("while True: pass", ProgramOutcome.timeLimit),
    (
      "import signal\nfor s in range(1, 65):\n  try: signal.signal(s, lambda *a: 0)\n  except Exception: pass\nwhile 1: pass",
      .timeLimit
    ),
    ("import time\ntime.sleep(60)", .timeLimit),
    ("x = bytearray(10 ** 9)", .memoryLimit),
    ("x = []\nwhile True: x.append(' ' * 10 ** 6)", .memoryLimit),
    ("print('x' * 10 ** 7)", .outputLimit),
    ("while True: print('x' * 1000)", .outputLimit),
    ("import sys\nwhile True: sys.stderr.write('x' * 1000)", .outputLimit),
    ("def f(:", .syntaxError),
    ("raise ValueError(3)", .runtimeError),
    ("import os\nos._exit(3)", .runtimeError),
    ("import sys\nsys.exit(1)", .runtimeError),
    ("print(6)", .wrongAnswer),
    ("", .wrongAnswer),
    ("import os\nos.fork()", .securityViolation),
    ("import os\nos.system('id')", .securityViolation),
    ("import subprocess\nsubprocess.run(['id'])", .securityViolation),
    ("import socket\nsocket.socket()", .securityViolation),
    ("import os\nos.execv('/bin/sh', ['sh'])", .securityViolation),
    ("print(open('/etc/passwd').read())", .runtimeError),
    ("open('/usr/lib/python3.11/json/__init__.py', 'a').write('x')", .runtimeError),
    ("import os\nos.kill(1, 9)\nos.kill(os.getppid(), 9)", .runtimeError),
    ("f = open('/scratch/big', 'wb')\nwhile True: f.write(b'x' * 10 ** 6)", .runtimeError),
  ] as [(String, ProgramOutcome)])
func stopped(program: String, expected: ProgramOutcome) async throws {
  #expect(try await outcome(program, stdout: "5\n") == expected)
  #expect(try await outcome("print(5)", stdout: "5") == .accepted, "the host does not work on")
}

private func call(
  _ program: String, _ cases: [(String, String)], function: String = "f"
) async throws -> ProgramReport {
  let cases = try cases.map {
    CodeTests.CallCase(
      arguments: try JSONValue(parsing: $0).array ?? [], expected: try JSONValue(parsing: $1))
  }
  return try await sandbox.judge(
    program, against: CodeTests(kind: .call(function: function, cases: cases), limits: quick))
}

@Test(
  "call tests: what counts as equal",
  arguments: [
    ("def f(x): return x + 1", "[1]", "2", true),
    ("def f(x): return x + 1.0", "[1]", "2", true),
    ("def f(x): return (x, [x])", "[1]", "[1,[1]]", true),
    ("def f(x): return {1: 'a'}", "[1]", #"{"1":"a"}"#, true),
    ("def f(x): return {3, 1, 2}", "[1]", "[1,2,3]", true),
    ("def f(x): return 0.1 + 0.2", "[1]", "0.3", true),
    ("def f(x): yield x", "[1]", "[1]", true),
    ("class Solution:\n  def f(self, x): return x", "[1]", "1", true),
    (
      "def f(x): return x * x", "[1267650600228229401496703205376]",
      "1606938044258990275541962092341162602522202993782792835301376", true
    ),
    (
      "def f(x): return x * x + 1", "[1267650600228229401496703205376]",
      "1606938044258990275541962092341162602522202993782792835301376", false
    ),
    ("def f(x): return -x", "[18446744073709551616]", "-18446744073709551616", true),
    ("def f(x): return x", "[18446744073709551616]", "-18446744073709551616", false),
    ("def f(x): return True", "[1]", "1", false),
    ("def f(x): return '2'", "[1]", "2", false),
    ("def f(x): return 2", "[1]", "2.1", false),
    ("def f(x): return None", "[1]", "0", false),
    ("class E:\n  def __eq__(self, o): return True\ndef f(x): return E()", "[1]", "2", false),
    ("class I(int):\n  def __eq__(self, o): return True\ndef f(x): return I(7)", "[1]", "2", false),
    ("def g(x): return x", "[1]", "1", false),
    (
      "import os\ndef f(x): os.write(3, b'\\x09\\0\\0\\0i\\3\\0\\0\\0\\0\\0\\0\\0'); return 2", "[1]", "2",
      false
    ),
    ("import os\nos.write(3, b'\\xff\\xff\\xff\\xff')\ndef f(x): return 2", "[1]", "2", false),
  ] as [(String, String, String, Bool)])
func calls(program: String, arguments: String, expected: String, isAccepted: Bool) async throws {
  let function = program.contains("class Solution") ? "Solution.f" : "f"
  let report = try await call(program, [(arguments, expected)], function: function)
  #expect((report.outcome == .accepted) == isAccepted, "\(report)")
}

@Test("call tests: each has its own report, and state does not leak into a verdict")
func callReports() async throws {
  let report = try await call("def f(x): return 1 // x", [("[1]", "1"), ("[0]", "0"), ("[-1]", "-1")])
  #expect(report.outcome == .runtimeError && report.passed == 2 && report.total == 3)
  #expect(report.tests[1].message.contains("ZeroDivisionError"))
  let counting = "n = 0\ndef f(x):\n  global n\n  n += 1\n  return n"
  #expect(try await call(counting, [("[1]", "1"), ("[1]", "1")]).outcome == .accepted)
}

private func asserts(_ program: String, _ asserts: [String], setup: String = "") async throws
  -> ProgramOutcome
{
  try await sandbox.judge(
    program, against: CodeTests(kind: .assert(setup: setup, asserts: asserts), limits: quick)
  ).outcome
}

@Test("assert tests run apart from the program")
func assertTests() async throws {
  #expect(
    try await asserts("def f(x): return x * 2", ["assert f(2) == 4", "assert f([1]) == [1, 1]"]) == .accepted)
  #expect(try await asserts("def f(x): return x * 2", ["assert f(2) == 5"]) == .wrongAnswer)
  #expect(try await asserts("def f(x): x.append(1)", ["a = []\nf(a)\nassert a == [1]"]) == .accepted)
  #expect(
    try await asserts(
      "class P:\n  def __init__(self, a): self.a = a\ndef f(p): return p.a", ["assert f(P(3)) == 3"])
      == .accepted)
  #expect(
    try await asserts("def f(x): raise KeyError(x)", ["try:\n  f(1)\n  assert False\nexcept KeyError: pass"])
      == .accepted)
}

@Test(
  "programs that try to please the tests without solving them are not paid",
  arguments: [
    "class E:\n  def __eq__(self, o): return True\ndef f(x): return E()",
    "class E(list):\n  def __eq__(self, o): return True\ndef f(x): return E()",
    "def set(x): return 0\ndef f(x): return 7",
    "import builtins\nbuiltins.set = lambda x: 0\ndef f(x): return 7",
    "import sys, os\nprint('passed')\nos._exit(0)",
    "import sys\nsys.exit(0)",
    "raise SystemExit(0)",
    "AssertionError = Exception\ndef f(x): return 7",
    "def f(x):\n  import os\n  os._exit(0)",
    "import os\nos.write(3, b'\\x0e\\0\\0\\0{\"outcome\": 0}' * 9)\ndef f(x): return 7",
    "import os\nfor fd in range(64):\n  try: os.write(fd, b'\\x17\\0\\0\\0{\"done\": 1, \"outcome\": 0}')\n  except OSError: pass\ndef f(x): return 7",
    "class math:\n  isclose = staticmethod(lambda *a, **k: True)\ndef f(x): return 7",
    "def f(x): raise StopIteration",
    "import os\nos._exit(99)",
    "import os\nos._exit(98)",
    "import gc, inspect\ndef f(x): return [o for o in gc.get_objects() if 'assert' in str(type(o))]",
  ])
func hacks(program: String) async throws {
  #expect(try await asserts(program, ["assert set(f(2)) == set([4])"]) != .accepted)
}

@Test("what the tests' prompt defines is not the program's to replace, and StopIteration ends no loop")
func promptHelpers() async throws {
  let prompt = "def helper(x): return x == 4\ndef f(x):\n  \"\"\"doubles\"\"\"\n"
  func check(_ program: String, _ test: String) async throws -> ProgramOutcome {
    try await sandbox.judge(
      program, against: CodeTests(kind: .check(test: test, entryPoint: "f", prompt: prompt), limits: quick)
    ).outcome
  }
  let test = "def check(candidate):\n  assert helper(candidate(2))"
  #expect(try await check("def f(x): return 2 * x", test) == .accepted)
  #expect(try await check("def helper(x): return True\ndef f(x): return 7", test) != .accepted)
  let loop = "def check(candidate):\n  assert all(map(lambda c: candidate(c) == 4, [2, 2]))"
  #expect(try await check("def f(x): raise StopIteration", loop) != .accepted)
  #expect(
    try await check("class O: pass\ndef f(x): return O()", "def check(c):\n  assert c(2) != 3") != .accepted)
}

@Test("a program's files are gone when the next one runs")
func scratch() async throws {
  let deep =
    "import os\nfor i in range(60):\n  os.mkdir('d' * 200)\n  os.chdir('d' * 200)\nopen('x', 'wb').write(b'x' * 10 ** 7)\nprint(5)"
  let look = "import os\nprint(len(os.listdir('/scratch')))"
  #expect(try await outcome(deep, stdout: "5") == .accepted)
  for _ in 0..<4 { #expect(try await outcome(look, stdout: "0") == .accepted) }
}

@Test("sixteen at once have the verdicts that they have alone")
func load() async throws {
  let programs: [(String, ProgramOutcome)] = [
    ("print(5)", .accepted), ("print(6)", .wrongAnswer), ("raise KeyError", .runtimeError),
    ("def", .syntaxError),
  ]
  let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
    for _ in 0..<4 {
      for (program, expected) in programs {
        group.addTask { try await outcome(program, stdout: "5") == expected }
      }
    }
    return try await group.reduce(into: [Bool]()) { $0.append($1) }
  }
  #expect(outcomes == Array(repeating: true, count: 16))
}

@Test("without a runner there is a fault that says what to do")
func missingRunner() async {
  var options = SandboxOptions()
  options.runner = "/nowhere/sandbox-runner"
  let missing = PythonSandbox(options)
  let tests = CodeTests(kind: .stdio(cases: [.init(stdin: "", stdout: "")], checker: nil))
  await #expect(throws: VerifierFault.self) { try await missing.judge("print(1)", against: tests) }
}

@Test("tests that are broken are the judge's fault")
func brokenTests() async {
  await #expect(throws: VerifierFault.self) { try await asserts("def f(): return 1", ["assert f( =="]) }
}

@Test(
  "text that is JSON: white space and the kind of number don't count, the order does unless it is left free",
  arguments: [
    (#"[1, 2.0, {"a": null}]"#, #"[1,2,{"a":null}]"#, true, true), ("[1.0000001]", "[1.0]", true, true),
    ("[1.1]", "[1.0]", true, false), ("[2,1]", "[1,2]", true, false), ("[2,1,1]", "[1,2,1]", false, true),
    ("[2,1,2]", "[1,2,1]", false, false), ("[1,2,1", "[1,2,1]", false, false), ("true", "1", true, false),
    ("2", "3", true, false),
  ])
func jsonText(given: String, expected: String, isOrdered: Bool, isAccepted: Bool) async throws {
  let kind = CodeTests.Kind.stdio(cases: [.init(stdin: given, stdout: expected)], checker: nil)
  let tests = CodeTests(kind: kind, limits: quick, comparison: .json(absolute: 1e-6, isOrdered: isOrdered))
  #expect((try await sandbox.judge("print(input())", against: tests).outcome == .accepted) == isAccepted)
}
