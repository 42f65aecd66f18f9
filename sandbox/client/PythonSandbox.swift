import Foundation
import Glibc
import Synchronization
public import VerifierKit

/// Runs programs that nobody trusts in confined forks of a runner process, and decides outside of them.
///
/// As many runners as processors, each busy with one program; what comes on top waits in line, and a cancelled
/// task ends its program. A runner that dies is replaced and the program tried again, twice at most; then it is a fault.
/// See sandbox/README.md.
public final class PythonSandbox: ProgramJudge {
  private let path: String?
  private let options: SandboxOptions
  private let pool: RunnerPool
  private let known = Mutex<[String]?>(nil)

  public init(_ options: SandboxOptions = SandboxOptions()) {
    self.options = options
    path = options.runner ?? Self.findRunner()
    pool = RunnerPool(size: max(1, options.workers ?? ProcessInfo.processInfo.activeProcessorCount))
    // A write to a runner that died is an error to handle, not a signal.
    signal(SIGPIPE, SIG_IGN)
  }

  public func judge(
    _ program: String, against tests: CodeTests
  ) async throws(VerifierFault) -> ProgramReport {
    try await onRunner { runner, job in
      try TestRun(runner: runner, job: job, program: program, tests: tests).report()
    }
  }

  /// Runs one program once and hands over what it printed.
  ///
  /// - Returns: How it ended (`accepted`: by itself, with status 0), standard output, standard error.
  public func run(
    _ program: String, stdin: String, limits: CodeTests.Limits = CodeTests.Limits()
  ) async throws(VerifierFault) -> (report: TestReport, output: [UInt8], errors: [UInt8], isolation: [String])
  {
    try await onRunner { runner, job in
      let tests = CodeTests(kind: .stdio(cases: [], checker: nil), limits: limits)
      let run = TestRun(runner: runner, job: job, program: program, tests: tests)
      let response = try run.run("S", first: stdin)
      return (run.ending(response), Array(response.output), Array(response.errors), runner.isolation)
    }
  }

  /// Process numbers of the runners that are up.
  public var runners: [Int32] { pool.runners }

  /// Layers of isolation that a runner has here: for `assay doctor`.
  /// Asked once: while runners are up, nobody waits in line for them to say it again.
  public func isolation() async throws(VerifierFault) -> [String] {
    if let known = known.withLock({ $0 }), !runners.isEmpty { return known }
    let found = try await onRunner { runner, _ in runner.isolation }
    known.withLock { $0 = found }
    return found
  }

  private func onRunner<T: Sendable>(
    _ body: @escaping @Sendable (Runner, Job) throws -> T
  ) async throws(VerifierFault) -> T {
    guard let path else {
      throw VerifierFault(
        reason: "sandbox-unavailable",
        message:
          "sandbox-runner is not beside the executable. Build it with `make build`, or set ASSAY_SANDBOX_RUNNER."
      )
    }
    let job = Job(observe: options.observe)
    let result: Result<T, VerifierFault> = await withTaskCancellationHandler {
      guard let slot = await pool.take(for: job) else { return .failure(Self.cancelled) }
      let result = await withCheckedContinuation { continuation in
        slot.queue.async { continuation.resume(returning: self.attempt(slot, job, path, body)) }
      }
      pool.give(back: slot)
      return result
    } onCancel: {
      job.cancel()
    }
    return try result.get()
  }

  private static let cancelled = VerifierFault(reason: "cancelled", message: "The task was cancelled.")

  /// On the slot's thread; three times at most, with a pause for a machine that is short of something.
  private func attempt<T>(
    _ slot: RunnerPool.Slot, _ job: Job, _ path: String, _ body: (Runner, Job) throws -> T
  ) -> Result<T, VerifierFault> {
    var last = ""
    for attempt in 0..<3 {
      if attempt > 0 { usleep(UInt32(attempt) * 100_000) }
      do {
        if slot.served >= options.programsPerRunner { slot.runner = nil }
        let runner = try slot.runner ?? start(path)
        if slot.runner == nil { slot.served = 0 }
        slot.runner = runner
        slot.served += 1
        return .success(try job.with(runner) { try body(runner, job) })
      } catch let fault as VerifierFault {
        return .failure(fault)
      } catch {
        if job.isCancelled { return .failure(Self.cancelled) }
        last = (error as? RunnerFailure)?.message ?? "\(error)"
        slot.runner = nil
      }
    }
    return .failure(
      VerifierFault(
        reason: "sandbox-failed", message: "The sandbox failed three times: \(last). Run `assay doctor`."))
  }

  /// A runner that has the layers asked for, and tells a right program from a wrong one.
  private func start(_ path: String) throws -> Runner {
    let runner = try Runner(path: path, arguments: options.arguments)
    let missing = options.isolation.missing(in: runner.isolation)
    guard missing.isEmpty else {
      let advice =
        options.isolation == .strong
        ? "Run elsewhere, or demand less with `isolation: container`."
        : "Programs could read files or send them. Run elsewhere, or pass --allow-weak."
      throw VerifierFault(
        reason: "sandbox-unavailable",
        message:
          "The isolation “\(options.isolation.rawValue)” needs \(missing.joined(separator: ", ")), which can't be had here. \(advice)"
      )
    }
    let job = Job()
    let tests = CodeTests(kind: .stdio(cases: [.init(stdin: "20 22", stdout: "42")], checker: nil))
    for (program, expected) in [
      ("print(sum(map(int, input().split())))", ProgramOutcome.accepted), ("print(41)", .wrongAnswer),
    ] {
      let outcome = try TestRun(runner: runner, job: job, program: program, tests: tests).report().outcome
      guard outcome == expected else {
        throw RunnerFailure(message: "a program known to be \(expected.rawValue) is \(outcome.rawValue)")
      }
    }
    return runner
  }

  /// `ASSAY_SANDBOX_RUNNER`, or beside the executable; nil when it is in neither place.
  public static func findRunner() -> String? {
    if let path = ProcessInfo.processInfo.environment["ASSAY_SANDBOX_RUNNER"] { return path }
    return findProgram("sandbox-runner")
  }

  /// A program of Assay's beside the one that runs; nil when it is not there.
  public static func findProgram(_ name: String) -> String? {
    // Beside the executable, or beside the test bundle that another executable loads.
    var folders = [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()]
    folders += CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
      .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    folders += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    return folders.compactMap(\.self).map { $0.appending(path: name).path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
