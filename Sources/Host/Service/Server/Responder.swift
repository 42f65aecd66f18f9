import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Sandbox
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

  /// Values of `?name=value`.
  func query(_ name: String) -> [String] {
    request.uri.queryParameters[values: Substring(name)].map(String.init)
  }

  /// `?verifier=NAME`, as often as wanted: instead of those that the domain decides.
  var verifiers: JSONValue? {
    let names = query("verifier")
    return names.isEmpty ? nil : .array(names.map { .object(["name": .string($0)]) })
  }
}

typealias Dialect = @Sendable (Exchange) async throws(Refusal) -> Response

/// Finds a request's route, and keeps what holds for all: token, size, time, counts, log.
struct Responder: HTTPResponder {
  typealias Context = BasicRequestContext

  struct Route {
    /// Takes the body as JSON.
    var post: Dialect?
    /// Takes the body as it comes.
    var stream: (@Sendable (Request, Environment) async throws(Refusal) -> Response)?
    var get: (@Sendable (Environment) async -> Response)?
    /// Asked by load balancers and scrapers that have no token.
    var isOpen = false
  }

  let environment: Environment
  let routes: [String: Route]
  private let timers: [String: Metrics.Timer]

  init(_ environment: Environment, routes: [String: Route]) {
    self.environment = environment
    self.routes = routes
    timers = Dictionary(
      uniqueKeysWithValues: (routes.keys + ["other"]).map {
        ($0, Timer(label: "assay_request_duration_seconds", dimensions: [("route", $0)]))
      })
  }

  func respond(to request: Request, context: Context) async throws -> Response {
    let started = ContinuousClock.now
    let path = request.uri.path
    var response: Response
    do throws(Refusal) {
      response = try await answer(request, path)
    } catch {
      response = error.response
      environment.logger.debug(
        "refused", metadata: ["path": "\(path)", "status": "\(error.status.code)", "why": "\(error.message)"])
    }
    let elapsed = ContinuousClock.now - started
    let route = routes[path] == nil ? "other" : path
    timers[route]?.recordNanoseconds(Int64(elapsed / .nanoseconds(1)))
    if response.status.code >= 400 {
      Counter(
        label: "assay_refused_total",
        dimensions: [("route", route), ("status", String(response.status.code))]
      ).increment()
    }
    return response
  }

  private func answer(_ request: Request, _ path: String) async throws(Refusal) -> Response {
    guard let route = routes[path] else {
      throw Refusal(.notFound, "There is no \(path). GET /openapi.json lists what there is.")
    }
    if let token = environment.options.token, !route.isOpen {
      guard let given = request.headers[.authorization], Self.isSame(given, "Bearer \(token)") else {
        throw Refusal(
          .unauthorized, "Send the header “Authorization: Bearer TOKEN” with the service's token.")
      }
    }
    switch request.method {
    case .get, .head:
      guard let get = route.get else { throw Refusal(.methodNotAllowed, "\(path) takes POST.") }
      return await get(environment)
    case .post:
      if let stream = route.stream, request.headers[.contentType]?.hasPrefix("application/x-ndjson") == true {
        return try await stream(request, environment)
      }
      guard let post = route.post else { throw Refusal(.methodNotAllowed, "\(path) takes GET.") }
      let exchange = Exchange(request: request, environment: environment, body: try await body(of: request))
      return try await within(environment.options.requestSeconds, post, exchange)
    default: throw Refusal(.methodNotAllowed, "\(path) takes \(route.post == nil ? "GET" : "POST").")
    }
  }

  private func body(of request: Request) async throws(Refusal) -> JSONValue {
    let limit = environment.options.maxBodyBytes
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw Refusal(.contentTooLarge, "The body has more than \(limit) bytes. Send fewer rows at once.")
    } catch {
      throw Refusal(.badRequest, "The body broke off.")
    }
    do {
      return try JSONValue(parsing: Array(buffer.readableBytesView))
    } catch {
      throw Refusal(.badRequest, "The body is no JSON, \(error).")
    }
  }

  /// The answer, or 504; what is still being judged is let go.
  private func within(
    _ seconds: Double, _ dialect: @escaping Dialect, _ exchange: Exchange
  ) async throws(Refusal) -> Response {
    if exchange.environment.options.requestSeconds.isInfinite { return try await dialect(exchange) }
    let result = await withTaskGroup(of: Result<Response, Refusal>?.self) { group in
      group.addTask {
        do throws(Refusal) { return .success(try await dialect(exchange)) } catch { return .failure(error) }
      }
      group.addTask {
        try? await Task.sleep(for: .seconds(seconds))
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    guard let result else {
      throw Refusal(
        .gatewayTimeout, "It was not judged within \(seconds) s. Send fewer rows at once.", retryAfter: 1)
    }
    return try result.get()
  }

  /// Takes as long for a wrong token as for a right one.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
