import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Sandbox
import VerifierKit

typealias Dialect = @Sendable (Exchange) async throws(Refusal) -> Response

/// Finds a request's route, and keeps what holds for all: token, size, time, counts, log.
struct Responder: HTTPResponder {
  typealias Context = ServiceContext

  struct Route {
    /// Takes the body as JSON.
    var post: Dialect?
    /// Takes the body as it comes.
    var stream: (@Sendable (Request, Environment, Departure?) async throws(Refusal) -> Response)?
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
      response = try await answer(request, path, context)
    } catch {
      response = error.response
      environment.logger.debug(
        "refused", metadata: ["path": "\(path)", "status": "\(error.status.code)", "why": "\(error.message)"])
    }
    if request.method == .head { response.body = ResponseBody() }
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

  private func answer(
    _ request: Request, _ path: String, _ context: Context
  ) async throws(Refusal) -> Response {
    guard let route = routes[path] else {
      throw Refusal(.notFound, "There is no \(path.prefix(100)). GET /openapi.json lists what there is.")
    }
    if let token = environment.options.token, !route.isOpen {
      guard let given = request.headers[.authorization], given.prefix(7).lowercased() == "bearer ",
        Self.isSame(String(given.dropFirst(7)), token)
      else {
        throw Refusal(
          .unauthorized, "Send the header “Authorization: Bearer TOKEN” with the service's token.")
      }
    }
    switch request.method {
    case .get, .head:
      guard let get = route.get else {
        throw Refusal(.methodNotAllowed, "\(path) takes POST.", allow: "POST")
      }
      return await get(environment)
    case .post:
      if let stream = route.stream, isLines(request) {
        return try await stream(request, environment, context.departure)
      }
      guard let post = route.post else {
        throw Refusal(.methodNotAllowed, "\(path) takes GET.", allow: "GET, HEAD")
      }
      return try await post(
        Exchange(
          request: request, environment: environment, body: try await body(of: request),
          departure: context.departure))
    default:
      let allow = route.post == nil ? "GET, HEAD" : "POST"
      throw Refusal(.methodNotAllowed, "\(path) takes \(allow).", allow: allow)
    }
  }

  private func isLines(_ request: Request) -> Bool {
    guard let type = request.headers[.contentType]?.lowercased() else { return false }
    return ["application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/ndjson"]
      .contains { type.hasPrefix($0) }
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

  /// Takes as long for a wrong token as for a right one.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
