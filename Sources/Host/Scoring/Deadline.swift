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
  let result = await withCheckedContinuation { (continuation: CheckedContinuation<Race.Result, Never>) in
    race.begin(continuation)
    let timer = Task {
      do {
        try await Task.sleep(for: limit)
      } catch {
        return  // cancelled: the verdict came first
      }
      race.finish(nil)
    }
    Task {
      do throws(VerifierFault) {
        race.finish(.success(try await judge()))
      } catch {
        race.finish(.failure(error))
      }
      timer.cancel()
    }
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

  func finish(_ result: Result) {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(returning: result)
  }
}
