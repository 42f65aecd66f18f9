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

  @Option(help: "Address to bind. One that is not loopback asks for a token.")
  var host = DashboardOptions().host

  @Option(
    help:
      "What whoever asks must bring; default: ASSAY_TOKEN, else one of chance where --host is not loopback.")
  var token: String?

  private var given: String? {
    // On loopback the variable is the service's alone.
    (token ?? (isLoopback ? nil : ProcessInfo.processInfo.environment["ASSAY_TOKEN"]))
      .flatMap { $0.isEmpty ? nil : $0 }
  }

  private var isLoopback: Bool { ["localhost", "::1"].contains(host) || host.hasPrefix("127.") }

  func validate() throws {
    if !(0...65535).contains(port) { throw ValidationError("--port is from 0 to 65535.") }
    let isPlain = { (one: Character) in one.isASCII && (one.isLetter || one.isNumber || "-_".contains(one)) }
    if let given, !given.allSatisfy(isPlain) {
      throw ValidationError(
        "The token (--token or ASSAY_TOKEN) stands in an address: letters, digits, “-” and “_”. Give another with "
          + "--token.")
    }
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
    let shown = host.contains(":") ? "[\(host)]" : host
    options.token = given ?? (isLoopback ? nil : Self.chance())
    let query = options.token.map { "?token=\($0)" } ?? ""
    let dashboard = try Dashboard(
      options, runs: URL(fileURLWithPath: runs), logger: Logger(label: "assay.dashboard"))
    try await dashboard.run { port in
      tell("Dashboard of \(runs): http://\(shown):\(port)/\(query)  (Ctrl-C ends it)\n", on: .standardOutput)
    }
  }

  /// 128 bits of the system's chance, in hexadecimal.
  private static func chance() -> String {
    var random = SystemRandomNumberGenerator()
    return (0..<32).map { _ in String(Int.random(in: 0..<16, using: &random), radix: 16) }.joined()
  }
}
