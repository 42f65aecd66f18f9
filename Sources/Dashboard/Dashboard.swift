// Dashboard — run folders on a local page.
//
//     metrics.jsonl ──► MetricsTail ──► MetricColumns ──► Curve ──┐
//     rollouts.sqlite ──► RolloutStore, read-only ────────────────┴─► Answers (JSON) ──► Page
//
// Reads run folders and nothing else; writes nothing. The page is in the binary and asks for nothing from outside.
// What completions say is text to it, never markup.

import Hummingbird
import HummingbirdCore
public import Logging
public import Foundation
public import Trainer

/// How `assay dashboard` is set up.
public struct DashboardOptions: Sendable {
  public var host = "127.0.0.1"
  /// 0: a free one.
  public var port = 6007
  /// What whoever asks must bring; nil: nothing, which is for loopback alone.
  public var token: String?

  public init() {}
}

/// The page's server, and its life.
public struct Dashboard: Sendable {
  private let options: DashboardOptions
  private let catalogue: RunCatalogue
  private let logger: Logger

  /// - Parameter runs: A folder of run folders, or one of these.
  /// - Throws: when there is no such folder.
  public init(_ options: DashboardOptions, runs: URL, logger: Logger) throws(RunError) {
    self.options = options
    self.logger = logger
    catalogue = try RunCatalogue(runs)
  }

  /// Serves until SIGTERM or SIGINT.
  /// - Parameter started: Called once it listens, with the port.
  public func run(started: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
    let port = options.port
    let app = Application(
      responder: DashboardResponder(
        answers: Answers(catalogue: catalogue), gate: Gate(boundTo: options.host, token: options.token)),
      server: .http1(),
      configuration: .init(address: .hostname(options.host, port: port), serverName: "assay"),
      onServerRunning: { channel in started(channel.localAddress?.port ?? port) },
      logger: logger)
    try await app.runService(gracefulShutdownSignals: [.sigterm, .sigint])
  }
}
