import Synchronization
import VerifierKit

/// The verdict, or a fault once `limit` has passed. No signal, no alarm: works on any thread.
///
/// The two are not one structured task: a group would wait for a verifier that never returns. Such a
/// verifier keeps its thread; what may hang belongs into a worker process.
func within(
  _ limit: Duration, of name: String,
  _ judge: @escaping @Sendable () async throws(VerifierFault) -> Verdict
) async throws(VerifierFault) -> Verdict {
  let race = Race()
  let result = await withTaskCancellationHandler {
    await withCheckedContinuation { (continuation: CheckedContinuation<Race.Result, Never>) in
      race.begin(continuation)
      let judging = Task {
        do throws(VerifierFault) {
          race.finish(.success(try await judge()))
        } catch {
          race.finish(.failure(error))
        }
      }
      let timer = Task {
        do {
          try await Task.sleep(for: limit)
        } catch {
          return  // cancelled: the verdict came first
        }
        race.finish(nil)
        judging.cancel()
      }
      race.onFinish { timer.cancel() }
      race.onCancel { judging.cancel() }
    }
  } onCancel: {
    race.cancel()
  }
  switch result {
  case .success(let verdict): return verdict
  case .failure(let fault): throw fault
  case nil:
    throw VerifierFault(
      reason: "deadline",
      message: "\(name) gave no verdict within \(limit). Raise the deadline, or mend the verifier.")
  }
}

/// Resumes a continuation with the first result; later ones are dropped.
private final class Race: Sendable {
  typealias Result = Swift.Result<Verdict, VerifierFault>?
  private let waiting = Mutex<CheckedContinuation<Result, Never>?>(nil)

  func begin(_ continuation: CheckedContinuation<Result, Never>) {
    waiting.withLock { $0 = continuation }
  }

  /// What a cancelled task does: the verifier is told, and its answer still waited for.
  private let cancelling = Mutex<(isCancelled: Bool, act: (@Sendable () -> Void)?)>((false, nil))

  func onCancel(_ act: @escaping @Sendable () -> Void) {
    let isCancelled = cancelling.withLock { state in
      state.act = act
      return state.isCancelled
    }
    if isCancelled { act() }
  }

  func cancel() {
    let act = cancelling.withLock { state in
      state.isCancelled = true
      return state.act
    }
    act?()
  }

  private let finishing = Mutex<(isFinished: Bool, act: (@Sendable () -> Void)?)>((false, nil))

  /// Called once there is a result, at once where there is one.
  func onFinish(_ act: @escaping @Sendable () -> Void) {
    let isFinished = finishing.withLock { state in
      if !state.isFinished { state.act = act }
      return state.isFinished
    }
    if isFinished { act() }
  }

  func finish(_ result: Result) {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(returning: result)
    let act = finishing.withLock { state in
      state.isFinished = true
      defer { state.act = nil }
      return state.act
    }
    act?()
  }
}
