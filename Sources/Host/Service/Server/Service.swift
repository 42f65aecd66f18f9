import Foundation
import Host
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import Metrics
import NIOCore
import NIOSSL
public import Sandbox
import Synchronization
import VerifierKit

/// The HTTP service: what it is made of, and its life.
public struct ScoringService: Sendable {
  private let environment: Environment

  /// - Throws: when the options contradict each other.
  public init(
    _ options: ServiceOptions, judges: Judges, sandbox: PythonSandbox, logger: Logger
  ) throws(ServiceError) {
    guard options.token != nil || options.isLoopback else {
      throw ServiceError(
        "Without --token only this machine may reach the service, and \(options.host) is not loopback. Add --token, "
          + "or bind to 127.0.0.1.")
    }
    guard (options.certificate == nil) == (options.privateKey == nil) else {
      throw ServiceError(
        "TLS needs a certificate and a private key. Give both --tls-certificate and --tls-key.")
    }
    environment = Environment(
      options: options, judges: judges, sandbox: sandbox, rows: Admission(places: options.maxPendingRows),
      programs: Admission(places: options.maxPendingPrograms), neutral: NeutralReward(), logger: logger)
  }

  /// Serves until SIGTERM or SIGINT, then finishes what it has accepted.
  /// - Parameter started: Called once it listens, with the port.
  public func run(started: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
    try await application(started: started).runService(gracefulShutdownSignals: [.sigterm, .sigint])
  }

  func application(started: @escaping @Sendable (Int) -> Void) throws -> some ApplicationProtocol {
    let options = environment.options
    var server = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [Departure.Listener()],
        // A row of a stream may take as long as a request.
        idleTimeout: .milliseconds(Int64(1000 * min(options.requestSeconds + 60, 1e6)))))
    if let certificate = options.certificate, let key = options.privateKey {
      let chain = try NIOSSLCertificate.fromPEMFile(certificate).map {
        NIOSSLCertificateSource.certificate($0)
      }
      let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
      server = try .tls(
        server,
        tlsConfiguration: .makeServerConfiguration(
          certificateChain: chain, privateKey: .privateKey(privateKey)))
    }
    var app = Application(
      responder: Responder(environment, routes: Self.routes), server: server,
      configuration: .init(
        address: .hostname(options.host, port: options.port), serverName: "assay", backlog: 1024),
      onServerRunning: { channel in started(channel.localAddress?.port ?? options.port) },
      logger: environment.logger)
    app.addServices(PluginWatch(judges: environment.judges, logger: environment.logger))
    return app
  }

  static let routes: [String: Responder.Route] = [
    "/v1/score": .init(post: Score.batch, stream: Score.stream),
    "/get_reward": .init(post: OpenRLHF.reward),
    "/remote_rm": .init(post: Slime.reward),
    "/test_program": .init(post: OpenInstruct.asserts),
    "/test_program_stdio": .init(post: OpenInstruct.stdio),
    "/run_code": .init(post: SandboxFusion.runCode),
    "/submit": .init(post: SandboxFusion.submit),
    "/verify": .init(post: NeMoGym.verify),
    "/seed_session": .init(post: NeMoGym.seedSession),
    "/aggregate_metrics": .init(post: NeMoGym.aggregate),
    "/reverify_mode": .init(get: { _ in Reply.json(.string("stateless")) }),
    "/v1/ping": .init(get: { _ in Reply.json(.string("pong")) }, isOpen: true),
    "/health": .init(get: { _ in Reply.json(.object(["status": .string("alive")])) }, isOpen: true),
    "/ready": .init(get: ready, isOpen: true),
    "/metrics": .init(get: metrics),
    "/openapi.json": .init(get: { _ in
      Reply.bytes(PackageResources.openapi_json, type: "application/json", status: .ok)
    }),
  ]

  /// Whether rows sent now would be judged: there are places, and the sandbox stands.
  private static let ready: @Sendable (Environment) async -> Response = { environment in
    if environment.rows.count >= environment.options.maxPendingRows { return Refusal.overloaded.response }
    do throws(VerifierFault) {
      let layers = try await environment.sandbox.isolation()
      return Reply.json(
        .object(["status": .string("ready"), "isolation": .array(layers.map(JSONValue.string))]))
    } catch {
      return Refusal(.serviceUnavailable, error.message, retryAfter: 5).response
    }
  }

  private static let metrics: @Sendable (Environment) async -> Response = { environment in
    guard let registry = PrometheusRegistry.shared else { return Reply.text("") }
    registry.set("assay_pending_rows", Double(environment.rows.count))
    registry.set("assay_pending_programs", Double(environment.programs.count))
    var hits = 0, misses = 0, disagreements = 0
    for counts in environment.judges.caches.map(\.counts) {
      hits += counts.hits
      misses += counts.misses
      disagreements += counts.disagreements.count
    }
    registry.set("assay_cache_hits", Double(hits))
    registry.set("assay_cache_misses", Double(misses))
    registry.set("assay_cache_disagreeing_verifiers", Double(disagreements))
    return Reply.text(registry.text, type: "text/plain; version=0.0.4; charset=utf-8")
  }
}

/// The service can't be started; the sentence says why and what to do.
public struct ServiceError: Error, CustomStringConvertible {
  public var message: String
  public var description: String { message }
  init(_ message: String) { self.message = message }
}
