import HTTPTypes
import Hummingbird
import VerifierKit

/// A request that is not served: a status, and one sentence that says what to do.
struct Refusal: Error {
  var status: HTTPResponse.Status
  var message: String
  /// Seconds after which it is worth another try.
  var retryAfter: Int?
  /// Methods that the route takes.
  var allow: String?

  init(_ status: HTTPResponse.Status, _ message: String, retryAfter: Int? = nil, allow: String? = nil) {
    self.status = status
    self.message = message
    self.retryAfter = retryAfter
    self.allow = allow
  }

  static let overloaded = Refusal(
    .tooManyRequests, "All places are taken. Try again, or send fewer at once.", retryAfter: 1)

  private var code: String {
    switch status {
    case .unauthorized: "unauthorized"
    case .tooManyRequests: "overloaded"
    case .contentTooLarge: "too-large"
    case .notFound: "no-such-route"
    case .methodNotAllowed: "wrong-method"
    case .serviceUnavailable: "fault"
    case .gatewayTimeout: "deadline"
    default: "bad-request"
    }
  }

  var response: Response {
    var response = Reply.json(
      .object(["error": .object(["code": .string(code), "message": .string(message)])]), status: status)
    if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    if let allow { response.headers[.allow] = allow }
    if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }
}

/// Responses of the forms that are sent.
enum Reply {
  static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
    bytes(value.bytes, type: "application/json", status: status)
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
    bytes(Array(text.utf8), type: type, status: .ok)
  }

  static func bytes(_ bytes: [UInt8], type: String, status: HTTPResponse.Status) -> Response {
    Response(
      status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
