import ArgumentParser
import Foundation
import Glibc
import Host
import Sandbox
import Synchronization
import VerifierKit

/// Programs by the million.
struct SandboxSoak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Run very many programs, one in ten hostile, and watch for leaks and for verdicts that change.",
    discussion: """
      Example:
        assay sandbox soak --programs 1000000
      A line every so often: programs a second, memory and descriptors of host and runners, processes.
      Exit status: 0 when every verdict was as expected and there was no fault, 1 otherwise.
      """)

  @Option(help: "How many programs.") var programs = 1_000_000
  @Option(help: "A line every so many.") var every = 50_000
  @Option(help: "A file or a folder of cases to take the hostile ones from.", completion: .file())
  var cases = "sandbox/cases"
  @OptionGroup(title: "Sandbox") var arguments: SandboxArguments

  func validate() throws {
    if programs < 1 || every < 1 { throw ValidationError("--programs and --every are at least 1.") }
  }

  func run() async throws {
    let sandbox = PythonSandbox(arguments.options())
    say("isolation: \(try await sandbox.isolation().joined(separator: ", "))")
    let cases = try SandboxCase.read(self.cases).map { one in
      var one = one
      // Short limits where a program may run into them, or they would take all of the time; room for the others,
      // since a page is dearer while other work runs beside it.
      let room: Double = one.expected.contains("time-limit") ? 1 : 20
      one.tests.limits = CodeTests.Limits(
        cpuSeconds: 0.1 * room, wallSeconds: 0.2 * room, memoryMB: 64, outputKB: 256)
      one.tests.stopsEarly = true
      return one
    }
    // What a short limit ends otherwise than a long one, or takes long by its nature, is left to `attack`.
    let trial = try await Self.steady(cases, sandbox)
    let friendly = trial.filter { $0.category == "control" }
    let hostile = trial.filter { $0.category != "control" }
    guard !friendly.isEmpty, !hostile.isEmpty else {
      throw ValidationError("\(self.cases) lacks friendly or hostile cases.")
    }
    say("\(friendly.count) friendly and \(hostile.count) hostile programs, \(programs) runs")
    say(
      "     programs      a second   host KiB   fds   runners KiB   fds   processes   zombies   unexpected   faults"
    )
    let tally = Tally()
    var start = ContinuousClock.now
    var done = 0
    while done < programs {
      let batch = min(every, programs - done)
      await Self.run(batch, from: done, friendly, hostile, sandbox, tally)
      done += batch
      let rate = Double(batch) / ((ContinuousClock.now - start) / .seconds(1))
      start = .now
      say(line(done, rate, tally))
    }
    let unexpected = tally.unexpected
    for text in unexpected.prefix(20) { say(text) }
    if !unexpected.isEmpty || tally.faults > 0 { throw ExitCode(1) }
  }

  /// Those whose verdict under the short limits is the same five times, and that are quick: friendly ones as the
  /// programs of a training run, hostile ones so that a run of millions ends.
  private static func steady(_ cases: [SandboxCase], _ sandbox: PythonSandbox) async throws -> [SandboxCase] {
    var kept: [SandboxCase] = []
    for one in cases {
      let start = ContinuousClock.now
      var outcomes: Set<String> = []
      for _ in 0..<5 {
        outcomes.insert(try await sandbox.judge(one.program, against: one.tests).outcome.rawValue)
      }
      let most: Duration = one.category == "control" ? .milliseconds(15) : .milliseconds(60)
      guard outcomes.isSubset(of: one.expected), (ContinuousClock.now - start) / 5 < most
      else {
        continue
      }
      kept.append(one)
    }
    return kept
  }

  private static func run(
    _ count: Int, from first: Int, _ friendly: [SandboxCase], _ hostile: [SandboxCase],
    _ sandbox: PythonSandbox,
    _ tally: Tally
  ) async {
    let counter = Counter(first)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<(2 * ProcessInfo.processInfo.activeProcessorCount) {
        group.addTask {
          while true {
            let index = counter.next()
            guard index < first + count else { return }
            let one =
              index % 10 == 9 ? hostile[index / 10 % hostile.count] : friendly[index % friendly.count]
            do {
              let outcome = try await sandbox.judge(one.program, against: one.tests).outcome.rawValue
              if !one.expected.contains(outcome) { tally.add("\(one.id): \(outcome)") }
            } catch {
              tally.add(fault: "\(one.id): \((error as? VerifierFault)?.message ?? "\(error)")")
            }
          }
        }
      }
    }
  }

  private func line(_ done: Int, _ rate: Double, _ tally: Tally) -> String {
    let runners = ProcessFacts.runners()
    let children = runners.flatMap { ProcessFacts.children(of: $0) }
    let zombies = (runners + children).count { ProcessFacts.isZombie($0) }
    let descriptors = runners.compactMap { ProcessFacts.descriptors($0) }
    return String(
      format: "%13d %13.0f %10d %5d %13d %5d %11d %9d %12d %8d", done, rate, ProcessFacts.resident(getpid()),
      ProcessFacts.descriptors(getpid()) ?? 0, runners.map { ProcessFacts.resident($0) }.reduce(0, +),
      descriptors.reduce(0, +), runners.count + children.count, zombies, tally.unexpected.count, tally.faults)
  }
}

private final class Counter: Sendable {
  private let value: Atomic<Int>
  init(_ first: Int) { value = Atomic(first) }
  func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

private final class Tally: Sendable {
  private let state = Mutex<(unexpected: [String], faults: Int)>(([], 0))
  var unexpected: [String] { state.withLock { $0.unexpected } }
  var faults: Int { state.withLock { $0.faults } }
  func add(_ text: String) { state.withLock { $0.unexpected.append(text) } }
  func add(fault: String) {
    state.withLock { state in
      state.faults += 1
      state.unexpected.append("fault: \(fault)")
    }
  }
}
