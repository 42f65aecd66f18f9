import Foundation
import Sandbox
import Testing
import VerifierKit

private let tests = CodeTests(kind: .stdio(cases: [.init(stdin: "", stdout: "5")], checker: nil))

private func sandbox(_ change: (inout SandboxOptions) -> Void) -> PythonSandbox {
  var options = SandboxOptions()
  options.workers = 1
  change(&options)
  return PythonSandbox(options)
}

@Test("isolation names its layers, and a layer left out is not named")
func isolation() async throws {
  let layers = try await sandbox { _ in }.isolation()
  #expect(layers.contains("seccomp") || layers.contains("landlock"))
  let fewer = try await sandbox { $0.without = ["landlock"] }.isolation()
  #expect(!fewer.contains("landlock") && fewer.count == layers.count - (layers.contains("landlock") ? 1 : 0))
}

@Test(
  "a demanded level that can't be had is a fault, not a weaker sandbox",
  arguments: [
    (IsolationLevel.strong, ["user-namespace"]), (.strong, ["landlock"]), (.container, ["seccomp"]),
    (.container, ["landlock", "mount-namespace"]),
  ])
func demanded(level: IsolationLevel, without layers: [String]) async throws {
  let refusing = sandbox {
    $0.isolation = level
    $0.without = layers
  }
  do {
    _ = try await refusing.judge("print(5)", against: tests)
    Issue.record("it ran")
  } catch {
    #expect(error.reason == "sandbox-unavailable" && error.message.contains(layers[0]))
  }
  let weak = sandbox {
    $0.isolation = .weak
    $0.without = layers
  }
  let report = try await weak.judge("print(5)", against: tests)
  #expect(report.outcome == .accepted && IsolationLevel(layers: report.isolation) < level)
}

@Test("a runner that dies is replaced twice, then it is a fault", arguments: [(2, true), (3, false)])
func replaced(deaths: Int, works: Bool) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-runner-\(getpid())-\(deaths)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let runner = try #require(PythonSandbox.findRunner())
  let script = folder.appending(path: "runner")
  try """
  #!/bin/bash
  echo x >> \(folder.path)/starts
  [[ $(wc -l < \(folder.path)/starts) -gt \(deaths) ]] || exit 1
  exec \(runner) "$@"
  """.write(to: script, atomically: true, encoding: .utf8)
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
  let sandbox = sandbox { $0.runner = script.path }
  if works {
    #expect(try await sandbox.judge("print(5)", against: tests).outcome == .accepted)
  } else {
    let fault = await #expect(throws: VerifierFault.self) {
      try await sandbox.judge("print(5)", against: tests)
    }
    #expect(fault?.message.contains("the runner has died (exit status 1)") == true)
  }
}

@Test("a runner is replaced after so many programs")
func recycled() async throws {
  let sandbox = sandbox { $0.programsPerRunner = 3 }
  for _ in 0..<10 { #expect(try await sandbox.judge("print(5)", against: tests).outcome == .accepted) }
}

@Test("a cancelled task ends its program, running or waiting")
func cancelled() async throws {
  let sandbox = sandbox { _ in }
  let long = CodeTests(
    kind: .stdio(cases: [.init(stdin: "", stdout: "")], checker: nil),
    limits: CodeTests.Limits(cpuSeconds: 3600, wallSeconds: 3600))
  let start = ContinuousClock.now
  let tasks = (0..<3).map { _ in Task { try await sandbox.judge("while True: pass", against: long) } }
  try await Task.sleep(for: .milliseconds(300))
  for task in tasks { task.cancel() }
  for task in tasks { await #expect(throws: VerifierFault.self) { try await task.value } }
  #expect(try await sandbox.judge("print(5)", against: tests).outcome == .accepted)
  #expect(ContinuousClock.now - start < .seconds(600))
}

@Test("processor time decides: twenty at once on few processors have the verdicts that one has alone")
func crowded() async throws {
  var options = SandboxOptions()
  options.workers = 20
  let sandbox = PythonSandbox(options)
  let limits = CodeTests.Limits(cpuSeconds: 1, wallSeconds: 3)
  let busy = "import time\nwhile time.process_time() < 0.4: pass\nprint(5)"
  let outcomes = try await withThrowingTaskGroup(of: ProgramOutcome.self) { group in
    for index in 0..<20 {
      group.addTask {
        let kind = CodeTests.Kind.stdio(cases: [.init(stdin: "", stdout: "5")], checker: nil)
        let program = index % 10 == 9 ? "while True: pass" : busy
        return try await sandbox.judge(program, against: CodeTests(kind: kind, limits: limits)).outcome
      }
    }
    return try await group.reduce(into: [ProgramOutcome: Int]()) { $0[$1, default: 0] += 1 }
  }
  #expect(outcomes == [.accepted: 18, .timeLimit: 2])
}

@Test("a forbidden call is named")
func named() async throws {
  let report = try await sandbox { _ in }.judge("import os\nos.fork()", against: tests)
  #expect(report.outcome == .securityViolation)
  if report.isolation.contains("seccomp-notify") { #expect(report.tests[0].message.contains("clone")) }
}

@Test("packages can be imported where they are allowed, and nowhere else")
func packages() async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-packages-\(getpid())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try "value = 5\n".write(to: folder.appending(path: "given.py"), atomically: true, encoding: .utf8)
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
  let program = "import given\nprint(given.value)"
  for preimports in [[], ["given"]] {
    let with = sandbox {
      $0.packages = [folder.path]
      $0.preimports = preimports
    }
    #expect(try await with.judge(program, against: tests).outcome == .accepted)
  }
  #expect(try await sandbox { _ in }.judge(program, against: tests).outcome == .runtimeError)
}

@Test(
  "a checker judges what several answers are right; what it can't do is its own fault",
  arguments: [
    (
      "def check(input, expected, output): return sorted(output.split()) == sorted(expected.split())",
      ProgramOutcome.accepted
    ),
    ("def check(input, expected, output): return False, 'not today'", .wrongAnswer),
    ("def check(input, expected, output): return int(output.split()[0]) > int(input)", .accepted),
  ])
func checkers(checker: String, expected: ProgramOutcome) async throws {
  let kind = CodeTests.Kind.stdio(cases: [.init(stdin: "1", stdout: "2 3")], checker: checker)
  let report = try await sandbox { _ in }.judge("print(3, 2)", against: CodeTests(kind: kind))
  #expect(report.outcome == expected)
  if expected == .wrongAnswer { #expect(report.tests[0].message.contains("not today")) }
}

@Test(
  "a checker that breaks is a fault",
  arguments: [
    "def check(input, expected, output): return 1 / 0", "def check(", "def other(): pass",
    "def check(input, expected, output):\n  while True: pass", "import os\nos._exit(0)",
  ])
func brokenCheckers(checker: String) async throws {
  let kind = CodeTests.Kind.stdio(cases: [.init(stdin: "", stdout: "")], checker: checker)
  let tests = CodeTests(kind: kind, limits: CodeTests.Limits(cpuSeconds: 0.3, wallSeconds: 1))
  await #expect(throws: VerifierFault.self) { try await sandbox { _ in }.judge("print(1)", against: tests) }
}

@Test("what the program does to arguments is seen by the tests, by name and nested too")
func mutated() async throws {
  let asserts = [
    "a = [[1], 2]\nb = a[0]\nf(a)\nassert a == [[1, 9], 2] and b == [1, 9]",
    "d = {'x': [1]}\nx = d['x']\ng(d=d)\nassert d == {'x': [1, 8], 'y': 7} and x == [1, 8]",
  ]
  let program = "def f(a): a[0].append(9)\ndef g(d):\n  d['x'].append(8)\n  d['y'] = 7"
  let report = try await sandbox { _ in }.judge(
    program, against: CodeTests(kind: .assert(setup: "", asserts: asserts)))
  #expect(report.outcome == .accepted, "\(report)")
}

@Test("random bytes on the link are the program's fault, whatever they are")
func fuzzed() async throws {
  let program = """
    import os, random
    random.seed(SEED)
    tags = b'NTFiIfcsblt' + b'Szdhnu' + bytes(4)
    def f(x):
        body = bytes(random.choice(tags) if random.random() < .6 else random.randrange(256) for _ in range(random.randrange(60)))
        length = len(body) if random.random() < .9 else random.randrange(2 ** 32)
        os.write(3, length.to_bytes(4, 'little') + body)
        return x
    """
  let sandbox = sandbox { _ in }
  for seed in 0..<60 {
    let text = program.replacing("SEED", with: "\(seed)")
    let call = CodeTests(
      kind: .call(function: "f", cases: [.init(arguments: [.integer(1)], expected: .string("no"))]))
    let assert = CodeTests(kind: .assert(setup: "", asserts: ["assert f(1) == 'no'"]))
    for tests in [call, assert] {
      let outcome = try await sandbox.judge(text, against: tests).outcome
      #expect(outcome != .accepted)
    }
  }
}

@Test("the time that tests take for themselves is not the program's")
func slowTests() async throws {
  let steps = ["sum(range(20_000_000)); assert f(1) == 2"]
  let slow = CodeTests(
    kind: .assert(setup: "", asserts: steps), limits: .init(cpuSeconds: 20, wallSeconds: 0.05))
  let report = try await sandbox { _ in }.judge("def f(x):\n    return x + 1\n", against: slow)
  #expect(report.outcome == .accepted)
  let asleep = "import time\ndef f(x):\n    time.sleep(9)\n"
  let late = try await sandbox { _ in }.judge(asleep, against: slow)
  #expect(late.outcome == .timeLimit)
}

@Test("a program finds nothing of the tests of others in its memory")
func memoryOfOthers() async throws {
  let one = sandbox { _ in }
  let marks = String(repeating: "m4711rk of another, ", count: 2000)
  let marked = CodeTests(kind: .assert(setup: "", asserts: ["assert f(1) == 2, '\(marks)'"]))
  #expect(try await one.judge("def f(x):\n    return x + 1\n", against: marked).outcome == .accepted)
  // write(2) refuses what is not mapped, so all of the address space near the heap, the arenas and the stack may
  // be tried.
  let program = """
    import ctypes, os, re
    c = ctypes.CDLL(None)
    c.malloc.restype = ctypes.c_void_p
    c.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    mark = re.compile(rb"[m]4711[r]k of anothe[r]")
    read, write = os.pipe()
    found = pages = 0
    for near in (c.malloc(64), c.malloc(1 << 20), id(object()), id(c), id(ctypes)):
        start = near - near % 4096
        for page in range(start - (24 << 20), start + (24 << 20), 4096):
            if c.write(write, page, 4096) == 4096:
                pages += 1
                found += mark.search(os.read(read, 4096)) is not None
    print(pages > 1000, found)
    """
  let run = try await one.run(program, stdin: "", limits: .init(cpuSeconds: 20, wallSeconds: 60))
  let said = String(decoding: run.output + run.errors, as: UTF8.self)
  #expect(said == "True 0\n", "\(run.report)")
}

@Test("packages may lie where only their owner may go")
func ownPackages() async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  let packages = folder.appending(path: "packages")
  try FileManager.default.createDirectory(at: packages, withIntermediateDirectories: true)
  try Data("five = 5\n".utf8).write(to: packages.appending(path: "numbers_of_ours.py"))
  chmod(folder.path, 0o700)
  let report = try await sandbox { $0.packages = [packages.path] }
    .judge("import numbers_of_ours\nprint(numbers_of_ours.five)", against: tests)
  #expect(report.outcome == .accepted, "\(report)")
}
