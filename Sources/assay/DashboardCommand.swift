import ArgumentParser
import Dashboard
import Foundation
import Logging
import Trainer

struct DashboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard",
    abstract: "Show runs on a local web page: curves, evaluations, every rollout; live while a run goes on.",
    discussion: """
      Examples:
        assay dashboard runs/
        assay dashboard runs/spark --port 8000
      The page needs no network. Only this machine can open it, unless --host says otherwise.
      From another machine: ssh -L 6007:127.0.0.1:6007 HOST, then http://127.0.0.1:6007.
      """)

  @Argument(help: "A folder of run folders, or one of these.", completion: .directory)
  var runs = "runs"

  @Option(help: "Port; 0 takes a free one, which is printed.")
  var port = DashboardOptions().port

  @Option(help: "Address to bind. Whoever reaches one that is not loopback can read the runs.")
  var host = DashboardOptions().host

  func validate() throws {
    if !(0...65535).contains(port) { throw ValidationError("--port is from 0 to 65535.") }
  }

  func run() async throws {
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .error
      return handler
    }
    var options = DashboardOptions()
    options.host = host
    options.port = port
    let dashboard = try Dashboard(
      options, runs: URL(fileURLWithPath: runs), logger: Logger(label: "assay.dashboard"))
    let shown = host.contains(":") ? "[\(host)]" : host
    let isLoopback = ["localhost", "::1"].contains(host) || host.hasPrefix("127.")
    try await dashboard.run { port in
      var text = "Dashboard of \(runs): http://\(shown):\(port)/  (Ctrl-C ends it)\n"
      if !isLoopback { text += "Whoever reaches \(host) can read these runs: there is no password.\n" }
      tell(text, on: .standardOutput)
    }
  }
}
