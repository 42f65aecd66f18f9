import Hummingbird
import Logging
import Sandbox
import Synchronization
import VerifierKit

/// What a route needs.
struct Environment: Sendable {
  let options: ServiceOptions
  let judges: Judges
  let sandbox: PythonSandbox
  let rows: Admission
  let programs: Admission
  let neutral: NeutralReward
  let logger: Logger
}

/// One request, its body read, on its way through a dialect.
struct Exchange: Sendable {
  let request: Request
  let environment: Environment
  let body: JSONValue
  let departure: Departure?

  var fields: Fields { Fields(value: body, status: .badRequest) }

  /// Values of `?name=value`.
  func query(_ name: String) -> [String] {
    request.uri.queryParameters[values: Substring(name)].map(String.init)
  }

  /// `?verifier=NAME`, as often as wanted: instead of those that the domain decides.
  var verifiers: JSONValue? {
    let names = query("verifier")
    return names.isEmpty ? nil : .array(names.map { .object(["name": .string($0)]) })
  }

  /// Work that may wait: no longer than a request may, and not for a client that has gone.
  func bounded<T: Sendable>(_ work: @escaping @Sendable () async throws(Refusal) -> T) async throws(Refusal)
    -> T
  {
    try await environment.bounded(departure, work)
  }
}

extension Environment {
  func bounded<T: Sendable>(
    _ departure: Departure?, _ work: @escaping @Sendable () async throws(Refusal) -> T
  ) async throws(Refusal) -> T {
    let seconds = options.requestSeconds
    let isLate = Flag()
    let task = Task {
      do throws(Refusal) { return Result<T, Refusal>.success(try await work()) } catch {
        return .failure(error)
      }
    }
    let timer = Task {
      try await Task.sleep(for: .seconds(seconds))
      isLate.set()
      task.cancel()
    }
    departure?.onLeaving { task.cancel() }
    defer {
      timer.cancel()
      departure?.onLeaving(nil)
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    if isLate.isSet {
      throw Refusal(
        .gatewayTimeout, "It was not judged within \(seconds) s. Send fewer rows at once.", retryAfter: 1)
    }
    return try result.get()
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}
