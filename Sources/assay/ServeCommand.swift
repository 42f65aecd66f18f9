import ArgumentParser
import Foundation
import Host
import Logging
import Sandbox
import Service
import Trainer
import VerifierKit

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Judge over HTTP, in the dialects of TRL, verl, OpenRLHF, slime, open-instruct and NeMo-Gym.",
    discussion: """
      Examples:
        assay serve
        assay serve --host 0.0.0.0 --token "$(cat token)" --tls-certificate cert.pem --tls-key key.pem
        curl -s localhost:8080/v1/score -d '{"rows":[{"domain":"math","reference":"1/2","completion":"Answer: 0.5"}]}'
      docs/service.md has a line for each dialect; GET /openapi.json describes all routes.
      SIGTERM and SIGINT end it once what was accepted is answered.
      """)

  @Option(help: "Address to bind. Other than loopback only with --token.")
  var host = "127.0.0.1"

  @Option(help: "Port; 0 takes a free one, which is printed.")
  var port = 8080

  @Option(help: "Bearer token that every request must bring; default: ASSAY_TOKEN.")
  var token: String?

  @Option(help: "TLS certificate chain, PEM.", completion: .file(extensions: ["pem", "crt"]))
  var tlsCertificate: String?

  @Option(help: "TLS private key, PEM.", completion: .file(extensions: ["pem", "key"]))
  var tlsKey: String?

  @Option(help: "Take the rewards and plugins of this recipe.", completion: .file(extensions: ["yaml"]))
  var recipe: String?

  @Option(name: .customLong("plugins"), help: "A folder with plugins. May be given several times.")
  var pluginFolders: [String] = []

  @OptionGroup(title: "Sandbox") var sandbox: SandboxArguments

  @Option(help: "Rows judged at once in one request; default: two a processor.")
  var jobs: Int?

  @Option(help: "Bytes of one request's body, at most.")
  var maxBody = ServiceOptions().maxBodyBytes

  @Option(help: "Rows of one request, at most.")
  var maxRows = ServiceOptions().maxRows

  @Option(help: "Rows judged or waiting over all requests; beyond it the answer is 429.")
  var maxPending = ServiceOptions().maxPendingRows

  @Option(help: "Programs run or waiting through the routes that run them; beyond it the answer is 429.")
  var maxPendingPrograms = ServiceOptions().maxPendingPrograms

  @Option(help: "Seconds for one request; beyond it the answer is 504.")
  var requestSeconds = ServiceOptions().requestSeconds

  @Option(help: "Least level that is logged: trace, debug, info, notice, warning, error, critical.")
  var logLevel = "info"

  func validate() throws {
    if Logger.Level(rawValue: logLevel) == nil {
      throw ValidationError("--log-level \(logLevel) is no level. Use debug, info, warning or error.")
    }
    for (name, value) in [
      ("max-body", maxBody), ("max-rows", maxRows), ("max-pending", maxPending),
      ("max-pending-programs", maxPendingPrograms),
    ] where value < 1 { throw ValidationError("--\(name) is at least 1.") }
    if !(0...65535).contains(port) { throw ValidationError("--port is from 0 to 65535.") }
    if !(requestSeconds > 0) { throw ValidationError("--request-seconds is above 0.") }
  }

  func run() async throws {
    runTasksOnEventLoops()
    PrometheusRegistry.bootstrap()
    let level = Logger.Level(rawValue: logLevel) ?? .info
    LoggingSystem.bootstrap { label in
      var handler = JSONLogHandler(label: label)
      handler.logLevel = level
      return handler
    }
    let logger = Logger(label: "assay.serve")
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    var folders = pluginFolders.map { URL(fileURLWithPath: $0) }
    let programs: PythonSandbox
    let standard: VerifierHost
    if let recipe {
      let recipe = try Recipe(contentsOf: URL(fileURLWithPath: recipe))
      programs = PythonSandbox(sandbox.options(over: recipe.sandbox))
      standard = try await VerifierHost.make(
        recipe, relativeTo: here, plugins: folders, judge: programs, jobs: jobs)
      folders += recipe.pluginFolders(relativeTo: here)
    } else {
      programs = PythonSandbox(sandbox.options())
      standard = try await VerifierHost.make(
        rewards: standardRewards, pluginFolders: folders, judge: programs, jobs: jobs)
    }
    var options = ServiceOptions()
    options.host = host
    options.port = port
    options.token =
      token ?? ProcessInfo.processInfo.environment["ASSAY_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    options.certificate = tlsCertificate
    options.privateKey = tlsKey
    options.maxBodyBytes = maxBody
    options.maxRows = maxRows
    options.maxPendingRows = maxPending
    options.maxPendingPrograms = maxPendingPrograms
    options.requestSeconds = requestSeconds
    let judges = Judges(standard: standard, pluginFolders: folders, programs: programs)
    let service = try ScoringService(options, judges: judges, sandbox: programs, logger: logger)
    let scheme = tlsCertificate == nil ? "http" : "https"
    let host = host
    try await service.run { port in
      print("Listening on \(scheme)://\(host):\(port)", terminator: "\n"); fflush(nil)
    }
  }
}

/// What judges a row when nobody says what should.
let standardRewards: [String: [RewardSpecification]] = [
  "math": [RewardSpecification(name: "math-answer")],
  "logic": [RewardSpecification(name: "logic-puzzle")],
  "reasoning-gym": [RewardSpecification(name: "reasoning-gym")],
  "code": [RewardSpecification(name: "python-tests")],
]
