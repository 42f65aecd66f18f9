import ArgumentParser
import Foundation
import Rows
import Sandbox
import VerifierKit
import Verifiers

/// How fast the sandbox is on this machine.
struct SandboxBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the sandbox on this machine, beside a bare Python where there is one.",
    discussion: """
      Examples:
        assay sandbox bench
        assay sandbox bench --humaneval humaneval.jsonl
      Throughputs are of one core unless said; medians of several rounds. Let nothing else run beside it.
      """)

  @Option(help: "Rounds of each measurement.") var rounds = 7
  @Option(help: "HumanEval's rows: their reference programs are timed on all cores.", completion: .file())
  var humaneval: String?
  @OptionGroup(title: "Sandbox") var arguments: SandboxArguments

  func validate() throws {
    if rounds < 1 { throw ValidationError("--rounds is at least 1.") }
  }

  func run() async throws {
    var options = arguments.options()
    options.workers = 1
    try Cores.only(0)
    let sandbox = PythonSandbox(options)
    let layers = try await sandbox.isolation()
    say("isolation \(IsolationLevel(layers: layers).rawValue): \(layers.joined(separator: ", "))\n")
    try await throughput(sandbox)
    try Cores.all()
    try await latency(PythonSandbox(options))
    try await limits(PythonSandbox(options))
    try await memory(PythonSandbox(options))
    if let humaneval { try await references(humaneval) }
  }

  private func show(_ what: String, _ value: String) {
    say("\(what.padding(toLength: 58, withPad: " ", startingAt: 0)) \(value)")
  }

  // --- Throughput, on one core ---

  private func throughput(_ sandbox: PythonSandbox) async throws {
    var ours: [Double] = [], peers: [Double] = []
    for _ in 0..<rounds {
      ours.append(try await rate(500) { _ = try await sandbox.run("pass", stdin: "") })
      if let python = BarePython.path { peers.append(try await rate(60) { try BarePython.run(python) }) }
    }
    show("trivial programs", "\(number(median(ours)))/s")
    if !peers.isEmpty {
      let ratios = zip(ours, peers).map { $0 / $1 }
      show(
        "  python3 -I -S -c pass, in turn with them",
        "\(number(median(peers)))/s, ratio \(String(format: "%.1f", median(ratios)))")
    }
    let sums = (0..<10).map { ($0, 3 * $0) }
    let call = CodeTests(
      kind: .call(
        function: "f",
        cases: sums.map { .init(arguments: [.integer($0), .integer($1)], expected: .integer($0 + $1)) }))
    let stdio = CodeTests(
      kind: .stdio(cases: sums.map { .init(stdin: "\($0) \($1)\n", stdout: "\($0 + $1)\n") }, checker: nil))
    var calls: [Double] = [], stdios: [Double] = []
    for _ in 0..<rounds {
      calls.append(
        try await rate(400) { try await accepted(sandbox, "def f(a, b):\n    return a + b\n", call) })
      stdios.append(
        try await rate(40) {
          try await accepted(sandbox, "a, b = map(int, input().split())\nprint(a + b)\n", stdio)
        })
    }
    show("programs with 10 call tests", "\(number(median(calls)))/s")
    show("stdin programs with 10 tests, a fork a test", "\(number(median(stdios)))/s")
  }

  private func accepted(_ sandbox: PythonSandbox, _ program: String, _ tests: CodeTests) async throws {
    let report = try await sandbox.judge(program, against: tests)
    guard report.outcome == .accepted else {
      throw ValidationError("a right program is \(report.outcome.rawValue): \(report.tests)")
    }
  }

  private func rate(_ count: Int, _ body: () async throws -> Void) async throws -> Double {
    for _ in 0..<max(count / 20, 2) { try await body() }
    let start = ContinuousClock.now
    for _ in 0..<count { try await body() }
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
  }

  // --- Latency, limits, memory ---

  private func latency(_ sandbox: PythonSandbox) async throws {
    var times: [Double] = []
    for index in 0..<(rounds * 150 + 20) {
      try await Task.sleep(for: .milliseconds(4))
      let start = ContinuousClock.now
      _ = try await sandbox.run("print(sum(map(int, input().split())))", stdin: "2 3\n")
      if index >= 20 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
    }
    times.sort()
    show(
      "latency of one small program, idle",
      String(format: "median %.2f ms, p99 %.2f ms", median(times), times[times.count * 99 / 100]))
  }

  private func limits(_ sandbox: PythonSandbox) async throws {
    var cpu: [Double] = [], wall: [Double] = []
    let limits = CodeTests.Limits(cpuSeconds: 0.2, wallSeconds: 0.2)
    for _ in 0..<rounds {
      let busy = try await sandbox.run("while True: pass", stdin: "", limits: limits)
      cpu.append((busy.report.cpuSeconds - 0.2) * 1000)
      let start = ContinuousClock.now
      _ = try await sandbox.run("import time\ntime.sleep(9)", stdin: "", limits: limits)
      wall.append((ContinuousClock.now - start) / .milliseconds(1) - 200)
    }
    show(
      "from limit hit to process gone",
      String(format: "processor time %.1f ms, wall time %.1f ms", median(cpu), median(wall)))
  }

  private func memory(_ sandbox: PythonSandbox) async throws {
    _ = try await sandbox.run("pass", stdin: "")
    try await Task.sleep(for: .milliseconds(100))
    let unique = WaitingChildren.uniqueKiB()
    show(
      "memory of a waiting child that is its own",
      unique.isEmpty ? "not readable for this user" : unique.map { "\($0) KiB" }.joined(separator: ", "))
  }

  // --- HumanEval, on all cores ---

  private func references(_ path: String) async throws {
    let rows = try RowReader(path).map { try $0.get() }
    let verifier = PythonTests(judge: PythonSandbox(arguments.options()))
    var times: [Double] = []
    for round in 0...rounds {
      let start = ContinuousClock.now
      let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
        for row in rows {
          let completion = Completion(text: row.referenceCompletion ?? "")
          group.addTask { try await verifier.verify(completion, of: row.problem).status != .accepted }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      guard refused == 0 else { throw ValidationError("\(refused) of \(path) are not accepted.") }
      if round > 0 { times.append(Double(rows.count) / ((ContinuousClock.now - start) / .seconds(1))) }
    }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    show("\(rows.count) programs of HumanEval, all accepted, \(cores) cores", "\(number(median(times)))/s")
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
  private func number(_ value: Double) -> String { String(format: "%.0f", value) }
}
