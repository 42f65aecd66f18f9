import Host
import Hummingbird
import Logging
import ServiceLifecycle

/// Looks every two seconds whether a plugin has a new version: a service has no steps between which to look.
struct PluginWatch: Service {
  let judges: Judges
  let logger: Logger

  func run() async throws {
    while !Task.isShuttingDownGracefully {
      let logger = logger
      try await judges.refresh { logger.notice("\($0)") }
      do {
        try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
      } catch is CancellationError {
        return
      }
    }
  }
}
