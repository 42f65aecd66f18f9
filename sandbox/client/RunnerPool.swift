import Foundation
import Synchronization
import VerifierKit

/// One program's stay in the sandbox: what a cancelled task ends.
final class Job: Sendable {
  private struct State {
    var isCancelled = false
    var runner: Runner?
  }
  private let state = Mutex(State())
  /// Sees what programs print, whole: for trials that look for what should not be there.
  let observe: (@Sendable (_ output: ArraySlice<UInt8>, _ errors: ArraySlice<UInt8>) -> Void)?

  init(observe: (@Sendable (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void)? = nil) { self.observe = observe }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      state.runner?.cancel()
    }
  }

  /// The runner that works on it, so that a cancellation finds it.
  func with<T>(_ runner: Runner, _ body: () throws -> T) rethrows -> T {
    state.withLock { $0.runner = runner }
    defer { state.withLock { $0.runner = nil } }
    return try body()
  }
}

/// Runners in turn: whoever asks first gets the next that is free.
final class RunnerPool: Sendable {
  /// One runner and the thread that talks to it. Only its holder touches it.
  final class Slot: @unchecked Sendable {
    let queue = DispatchQueue(label: "assay.sandbox.runner")
    var runner: Runner? { didSet { process.store(runner?.process.pid ?? 0, ordering: .relaxed) } }
    let process = Atomic<Int32>(0)
    /// Programs that this runner has had.
    var served = 0
  }

  private struct State {
    var free: [Slot]
    /// In the order of asking.
    var waiting: [(job: ObjectIdentifier, continuation: CheckedContinuation<Slot?, Never>)] = []
  }
  private let state: Mutex<State>
  private let slots: [Slot]

  init(size: Int) {
    slots = (0..<size).map { _ in Slot() }
    state = Mutex(State(free: slots))
  }

  var runners: [Int32] { slots.map { $0.process.load(ordering: .relaxed) }.filter { $0 > 0 } }

  /// - Returns: nil when the job was cancelled while it waited.
  func take(for job: Job) async -> Slot? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let slot: Slot?? = state.withLock { state in
          if job.isCancelled { return .some(nil) }
          if let slot = state.free.popLast() { return slot }
          state.waiting.append((ObjectIdentifier(job), continuation))
          return nil
        }
        if let slot { continuation.resume(returning: slot) }
      }
    } onCancel: {
      job.cancel()
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.job == ObjectIdentifier(job) }.map { state.waiting.remove(at: $0) }
      }
      waiter?.continuation.resume(returning: nil)
    }
  }

  func give(back slot: Slot) {
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
