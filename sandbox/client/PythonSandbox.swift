import Foundation
import Glibc
import Synchronization
public import VerifierKit

/// Runs programs that nobody trusts in confined forks of a runner process, and decides outside of them.
///
/// As many runners as processors, each busy with one program; what comes on top waits in line. A runner that
/// dies is replaced and the program tried once more; then it is a fault. See sandbox/README.md.
public final class PythonSandbox: ProgramJudge {
  private let path: String?
  private let allowWeak: Bool
  private let pool: RunnerPool

  /// - Parameters:
  ///   - runner: Path of `sandbox-runner`; nil: `ASSAY_SANDBOX_RUNNER`, or beside the executable.
  ///   - workers: Runners; nil: one a processor.
  ///   - allowWeak: Go on where neither Landlock nor seccomp can be had.
  public init(runner: String? = nil, workers: Int? = nil, allowWeak: Bool = false) {
    path = runner ?? Self.find()
    self.allowWeak = allowWeak
    pool = RunnerPool(size: max(1, workers ?? ProcessInfo.processInfo.activeProcessorCount))
    // A write to a runner that died is an error to handle, not a signal.
    signal(SIGPIPE, SIG_IGN)
  }

  public func judge(
    _ program: String, against tests: CodeTests
  ) async throws(VerifierFault) -> ProgramReport {
    try await onRunner { runner in try TestRun(runner: runner, program: program, tests: tests).report() }
  }

  /// Layers of isolation that a runner has here: for `assay doctor`.
  public func isolation() async throws(VerifierFault) -> [String] {
    try await onRunner { runner in runner.isolation }
  }

  private func onRunner<T: Sendable>(
    _ body: @escaping @Sendable (Runner) throws -> T
  ) async throws(VerifierFault) -> T {
    guard let path else {
      throw VerifierFault(
        reason: "sandbox-unavailable",
        message:
          "sandbox-runner is not beside the executable. Build it with `make build`, or set ASSAY_SANDBOX_RUNNER."
      )
    }
    let slot = await pool.take()
    let result = await withCheckedContinuation { continuation in
      slot.queue.async { continuation.resume(returning: self.attempt(slot, path, body)) }
    }
    pool.give(back: slot)
    return try result.get()
  }

  /// On the slot's thread; twice at most.
  private func attempt<T>(
    _ slot: RunnerPool.Slot, _ path: String, _ body: (Runner) throws -> T
  ) -> Result<T, VerifierFault> {
    var last = ""
    for _ in 0..<2 {
      do {
        let runner = try slot.runner ?? Runner(path: path)
        slot.runner = runner
        let layers = runner.isolation
        let strong =
          layers.contains("seccomp") && (layers.contains("landlock") || layers.contains("mount-namespace"))
        guard strong || allowWeak else {
          return .failure(
            VerifierFault(
              reason: "sandbox-unavailable",
              message:
                "Without seccomp, or without Landlock and a private root, programs could read files or send them. "
                + "Run elsewhere, or pass --allow-weak."))
        }
        return .success(try body(runner))
      } catch let fault as VerifierFault {
        return .failure(fault)
      } catch {
        last = (error as? RunnerFailure)?.message ?? "\(error)"
        slot.runner = nil
      }
    }
    return .failure(
      VerifierFault(
        reason: "sandbox-failed", message: "The sandbox failed twice: \(last). Run `assay doctor`."))
  }

  private static func find() -> String? {
    if let path = ProcessInfo.processInfo.environment["ASSAY_SANDBOX_RUNNER"] { return path }
    // Beside the executable, or beside the test bundle that another executable loads.
    var folders = [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()]
    folders += CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
      .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    folders += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    return folders.compactMap(\.self).map { $0.appending(path: "sandbox-runner").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

/// Runners in turn: whoever asks first gets the next that is free.
final class RunnerPool: Sendable {
  /// One runner and the thread that talks to it. Only its holder touches it.
  final class Slot: @unchecked Sendable {
    let queue = DispatchQueue(label: "assay.sandbox.runner")
    var runner: Runner?
  }

  private struct State {
    var free: [Slot]
    var waiting: [CheckedContinuation<Slot, Never>] = []
  }
  private let state: Mutex<State>

  init(size: Int) { state = Mutex(State(free: (0..<size).map { _ in Slot() })) }

  func take() async -> Slot {
    await withCheckedContinuation { continuation in
      let slot = state.withLock { state -> Slot? in
        if let slot = state.free.popLast() { return slot }
        state.waiting.append(continuation)
        return nil
      }
      if let slot { continuation.resume(returning: slot) }
    }
  }

  func give(back slot: Slot) {
    let next = state.withLock { state -> CheckedContinuation<Slot, Never>? in
      if state.waiting.isEmpty {
        state.free.append(slot)
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume(returning: slot)
  }
}
