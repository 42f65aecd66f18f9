import Foundation
import FoundationNetworking
import Host
import Logging
import Sandbox
import Service
import VerifierKit

/// A service on a port of its own, and a client for it.
struct RunningService {
  let port: Int
  var token: String?

  struct Answer {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// Once a process.
  private static let metrics: Void = PrometheusRegistry.bootstrap()

  /// Runs `body` beside a service, which is ended afterwards.
  static func with(
    _ options: ServiceOptions = ServiceOptions(), rewards: [String: [RewardSpecification]]? = nil,
    _ body: @escaping @Sendable (RunningService) async throws -> Void
  ) async throws {
    _ = metrics
    var options = options
    options.port = 0
    let sandbox = PythonSandbox()
    let standard = try await VerifierHost.make(
      rewards: rewards ?? [
        "math": [RewardSpecification(name: "math-answer")],
        "code": [RewardSpecification(name: "python-tests")],
      ], judge: sandbox)
    let judges = Judges(standard: standard, pluginFolders: [], programs: sandbox)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let service = try ScoringService(options, judges: judges, sandbox: sandbox, logger: logger)
    let (ports, arrived) = AsyncStream.makeStream(of: Int.self)
    let token = options.token
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await service.run { arrived.yield($0) } }
      group.addTask {
        for await port in ports {
          try await body(RunningService(port: port, token: token))
          return
        }
      }
      // A service that can't start throws; one that runs outlives the body.
      try await group.next()
      group.cancelAll()
    }
  }

  func get(_ path: String) async throws -> Answer { try await send(request(path)) }

  /// - Parameter within: seconds after which the client goes away.
  func post(
    _ path: String, _ body: JSONValue, type: String = "application/json", within: Double = 60
  ) async throws -> Answer {
    try await post(path, bytes: body.bytes, type: type, within: within)
  }

  func post(
    _ path: String, bytes: [UInt8], type: String = "application/json", within: Double = 60
  ) async throws -> Answer {
    var request = request(path)
    request.timeoutInterval = within
    request.httpMethod = "POST"
    request.httpBody = Data(bytes)
    request.setValue(type, forHTTPHeaderField: "Content-Type")
    return try await send(request)
  }

  private func request(_ path: String) -> URLRequest {
    var request = URLRequest(url: URL(string: "http://127.0.0.1:\(port)\(path)")!)
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    return request
  }

  private func send(_ request: URLRequest) async throws -> Answer {
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = response as? HTTPURLResponse
    var headers: [String: String] = [:]
    for (key, value) in http?.allHeaderFields ?? [:] { headers["\(key)".lowercased()] = "\(value)" }
    return Answer(status: http?.statusCode ?? 0, headers: headers, body: [UInt8](data))
  }
}

/// JSON as it is written.
func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }
