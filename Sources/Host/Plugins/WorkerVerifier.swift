import Dispatch
import Glibc
import Synchronization
import VerifierKit

/// A plugin that runs in workers: as many at once as its manifest says, each with one sample at a time.
///
/// Samples wait in line, in the order of asking; a worker that breaks is ended with all that it started, its
/// sample is a fault, and the next sample gets a new one. After so many failures in a row no worker is started
/// any more: the plugin is quarantined.
final class WorkerVerifier: Verifier {
  let description: PluginDescription
  private let folder: PluginFolder
  private let stamp: PluginStamp
  private let name: String
  private let command: WorkerCommand
  private let deadline: Duration
  private let quarantineAfter: Int

  /// One worker and the thread that talks to it. Only its holder touches it.
  private final class Slot: @unchecked Sendable {
    let queue = DispatchQueue(label: "assay.plugin.worker")
    var worker: WorkerProcess?
  }

  private struct State {
    var free: [Slot]
    var waiting: [(number: Int, continuation: CheckedContinuation<Slot?, Never>)] = []
    var asked = 0
    /// Failures since the last answer.
    var failures = 0
    var lastFailure = ""
  }
  private let state: Mutex<State>

  /// Starts the first worker, which says what the plugin is.
  init(
    _ folder: PluginFolder, stamp: PluginStamp, options: [String: JSONValue], deadline: Duration?
  ) throws(PluginError) {
    signal(SIGPIPE, SIG_IGN)
    let manifest = folder.manifest
    self.folder = folder
    self.stamp = stamp
    name = manifest.name
    command = try WorkerCommand(folder, options: options)
    self.deadline = deadline ?? .seconds(manifest.deadlineSeconds)
    quarantineAfter = manifest.quarantineAfter
    let slots = (0..<manifest.workers).map { _ in Slot() }
    do {
      let worker = try WorkerProcess(command)
      description = worker.description
      slots.last?.worker = worker
    } catch {
      throw PluginError(plugin: name, message: error.message)
    }
    state = Mutex(State(free: slots))
  }

  /// What broke last, once that was often enough in a row.
  var quarantine: String? {
    state.withLock { $0.failures >= quarantineAfter ? $0.lastFailure : nil }
  }

  func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    guard let slot = await take() else {
      throw VerifierFault(reason: "cancelled", message: "The task was cancelled.")
    }
    defer { give(back: slot) }
    if Task.isCancelled { throw VerifierFault(reason: "cancelled", message: "The task was cancelled.") }
    if let quarantine {
      throw VerifierFault(
        reason: "quarantined",
        message: "Plugin \(name) broke \(quarantineAfter) times in a row: \(quarantine)")
    }
    let sample = Sample(problem: problem, completion: completion).json
    // The gate's completions are longer than what a run's deadline is made for.
    let deadline = PluginGate.isTrying ? max(deadline, .seconds(30)) : deadline
    let result = await withCheckedContinuation { continuation in
      slot.queue.async { continuation.resume(returning: self.judge(sample, on: slot, within: deadline)) }
    }
    return try result.get()
  }

  /// On the slot's thread.
  private func judge(
    _ sample: JSONValue, on slot: Slot, within deadline: Duration
  ) -> Result<Verdict, VerifierFault> {
    do throws(WorkerFailure) {
      if slot.worker == nil {
        // A new version is taken between two steps, after its gate, and never in the place of another.
        guard PluginStamp(folder) == stamp else {
          // Counted as a failure: a version that does not pass its gate must not make faults for ever.
          throw WorkerFailure(
            reason: "plugin-changed",
            message:
              "was changed, and its new version is not taken yet. It counts from the next step, if it passes."
          )
        }
        slot.worker = try WorkerProcess(command)
      }
      guard let worker = slot.worker else {
        return .failure(VerifierFault(reason: "worker-start", message: name))
      }
      let result = try worker.judge(sample, within: deadline)
      state.withLock { $0.failures = 0 }
      return result.mapError { VerifierFault(reason: $0.reason, message: "Plugin \(name): \($0.message)") }
    } catch {
      slot.worker = nil
      state.withLock {
        $0.failures += 1
        $0.lastFailure = error.message
      }
      return .failure(VerifierFault(reason: error.reason, message: "Plugin \(name): \(error.message)"))
    }
  }

  /// Nil where the task was cancelled while it was in line.
  private func take() async -> Slot? {
    let number = state.withLock { state in
      state.asked += 1
      return state.asked
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let slot: Slot?? = state.withLock { state in
          if Task.isCancelled { return .some(nil) }
          if let slot = state.free.popLast() { return slot }
          state.waiting.append((number, continuation))
          return nil
        }
        if let slot { continuation.resume(returning: slot) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
      }
      waiter?.continuation.resume(returning: nil)
    }
  }

  private func give(back slot: Slot) {
    let next = state.withLock { state -> CheckedContinuation<Slot?, Never>? in
      if state.waiting.isEmpty {
        state.free.append(slot)
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume(returning: slot)
  }
}
