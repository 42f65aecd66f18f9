import HTTPTypes
import Hummingbird
import NIOCore
import Trainer
import VerifierKit

/// A request that is not served: a status, and one sentence that says what to do.
struct Refusal: Error {
  var status: HTTPResponse.Status
  var message: String

  init(_ status: HTTPResponse.Status, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// The page's files and the answers to its questions; GET and HEAD alone.
struct DashboardResponder: HTTPResponder {
  typealias Context = BasicRequestContext

  let answers: Answers
  let gate: Gate

  func respond(to request: Request, context: Context) async throws -> Response {
    var response: Response
    do throws(Refusal) {
      response = try await answer(request)
    } catch {
      response = Self.json(.object(["error": .string(error.message)]), status: error.status)
      if error.status == .methodNotAllowed { response.headers[.allow] = "GET, HEAD" }
    }
    response.headers.append(contentsOf: Gate.headers)
    if request.method == .head { response.body = ResponseBody() }
    return response
  }

  private func answer(_ request: Request) async throws(Refusal) -> Response {
    guard gate.admits(host: request.head.authority) else {
      throw Refusal(
        HTTPResponse.Status(code: 421, reasonPhrase: "Misdirected Request"),
        "This is no name of the dashboard. Open it by its address, as assay dashboard printed it.")
    }
    guard request.method == .get || request.method == .head else {
      throw Refusal(.methodNotAllowed, "The dashboard only reads: use GET.")
    }
    let path = request.uri.path
    // The address that was printed: the token goes from it into a cookie, and out of sight.
    if let cookie = gate.cookie(for: Query(request).text("token")) {
      return Response(status: .seeOther, headers: [.location: "/", .setCookie: cookie])
    }
    guard
      gate.admits(cookies: request.headers[values: .cookie], authorization: request.headers[.authorization])
    else {
      throw Refusal(
        .unauthorized, "Open the dashboard by the whole address that assay dashboard printed, token included."
      )
    }
    if let file = PageFile.at(path) {
      return Response(
        status: .ok, headers: [.contentType: file.type],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
    guard gate.admits(site: HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }) else {
      throw Refusal(.forbidden, "Another site asks for this. Open the dashboard itself.")
    }
    guard let route = Answers.routes[path] else {
      throw Refusal(.notFound, "There is no \(path.prefix(100)) here.")
    }
    return Self.json(try await route(answers, Query(request)))
  }

  private static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes)))
  }
}

/// `?name=value`, read as what is wanted.
struct Query {
  private let request: Request

  init(_ request: Request) { self.request = request }

  /// Nil when it is absent or empty.
  func text(_ name: String) -> String? {
    texts(name).first.flatMap { $0.isEmpty ? nil : $0 }
  }

  func texts(_ name: String) -> [String] {
    request.uri.queryParameters[values: Substring(name)].map(String.init)
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
    guard let text = text(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw Refusal(
        .badRequest, "“\(name)” is a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }

  func number(_ name: String, in range: ClosedRange<Double>) throws(Refusal) -> Double? {
    guard let text = text(name) else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw Refusal(.badRequest, "“\(name)” is a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }
}
