import ArgumentParser
import Foundation
import Host
import Sandbox
import VerifierKit

/// Hostile and friendly programs, one by one, as a table of what held.
struct SandboxAttack: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Run hostile and friendly programs, and print what held on this machine.",
    discussion: """
      Examples:
        assay sandbox attack
        assay sandbox attack --cases more.jsonl --without user-namespace
      A case is held when its verdict is one that a correct sandbox may give, it did not get what it wanted, the
      next program works and sees nothing of it, and no process, shared memory or file is left.
      Exit status: 0 all held, 1 not all.
      """)

  @Option(
    help: "A file or a folder of cases. May be given several times. Default: sandbox/cases.",
    completion: .file())
  var cases: [String] = []
  @Option(help: "A layer to leave out, as doctor names it. May be given several times.") var without:
    [String] = []
  @Flag(help: "Only what was not held, and the totals.") var quiet = false
  @OptionGroup(title: "Sandbox") var sandbox: SandboxArguments

  func run() async throws {
    let paths = cases.isEmpty ? ["sandbox/cases"] : cases
    for path in paths where !FileManager.default.fileExists(atPath: path) {
      throw ValidationError("\(path) is not there. Give --cases, or run in the project's folder.")
    }
    let all = try paths.flatMap { try SandboxCase.read($0) }
    var options = sandbox.options()
    options.without = without
    let trial = SandboxTrial(options)
    let layers = try await trial.isolation()
    say("isolation \(IsolationLevel(layers: layers).rawValue): \(layers.joined(separator: ", "))\n")
    var held: [String: Int] = [:], total: [String: Int] = [:]
    for one in all {
      let result = await trial.run(one)
      total[one.category, default: 0] += 1
      if result.isHeld { held[one.category, default: 0] += 1 }
      if !quiet || !result.isHeld { say(line(one, result)) }
    }
    say("\nheld:")
    for (category, count) in total.sorted(by: { $0.key < $1.key }) {
      say(
        "  \(category.padding(toLength: 12, withPad: " ", startingAt: 0)) \(held[category, default: 0]) of \(count)"
      )
    }
    if held.values.reduce(0, +) < all.count { throw ExitCode(1) }
  }

  private func line(_ one: SandboxCase, _ result: SandboxTrial.Result) -> String {
    let mark = result.isHeld ? "held  " : "FAILED"
    let id = one.id.padding(toLength: max(32, one.id.count), withPad: " ", startingAt: 0)
    let time = String(format: "%6.0f ms", result.seconds * 1000)
    let why = result.isHeld ? String(result.message.prefix(60)) : result.failures.joined(separator: "; ")
    return "\(mark)  \(id)  \(result.outcome.padding(toLength: 18, withPad: " ", startingAt: 0)) \(time)  "
      + why.replacing("\n", with: " ")
  }
}
