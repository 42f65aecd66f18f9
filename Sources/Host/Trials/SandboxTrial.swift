import Foundation
public import Sandbox
import Synchronization
public import VerifierKit

/// Runs cases one by one, and looks afterwards for what they should not have left.
public struct SandboxTrial: Sendable {
  private let sandbox: PythonSandbox
  private let output = PrintedOutput()

  public init(_ options: SandboxOptions) {
    var options = options
    options.workers = 1
    let output = output
    options.observe = { output.add($0, $1) }
    sandbox = PythonSandbox(options)
  }

  public struct Result: Sendable {
    public var outcome: String
    public var message: String
    /// What is wrong; empty when the case was held.
    public var failures: [String]
    public var seconds: Double
    public var isHeld: Bool { failures.isEmpty }
  }

  public func isolation() async throws(VerifierFault) -> [String] { try await sandbox.isolation() }

  public func run(_ one: SandboxCase) async -> Result {
    let before = Residue.now()
    let start = ContinuousClock.now
    var failures: [String] = []
    var outcome = "fault", message = ""
    output.clear()
    do {
      let report = try await sandbox.judge(one.program, against: one.tests)
      outcome = report.outcome.rawValue
      message = report.tests.first { $0.outcome != .accepted }?.message ?? ""
    } catch {
      message = error.message
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if !one.expected.contains(outcome) { failures.append("reported \(outcome)") }
    if one.hitIsFailure, output.contains("ATTACK-HIT") { failures.append("got what it wanted") }
    failures += await neighbour()
    failures += Residue.now().beyond(before, runners: sandbox.runners)
    return Result(outcome: outcome, message: message, failures: failures, seconds: seconds)
  }

  /// The next program works, finds no file of the last one, and runs beside nobody.
  private func neighbour() async -> [String] {
    let look = """
      import os
      seen = []
      for folder in ('/scratch', '/tmp', '/var/tmp', '/dev/shm', '/canary'):
          try:
              seen += [folder + '/' + name for name in os.listdir(folder)]
          except OSError:
              pass
      print(2 + 3, *seen)
      """
    do {
      let next = try await sandbox.run(look, stdin: "")
      let printed = String(decoding: next.output, as: UTF8.self).trimmingCharacters(
        in: .whitespacesAndNewlines)
      if next.report.outcome != .accepted { return ["the next program is \(next.report.outcome.rawValue)"] }
      return printed == "5" ? [] : ["the next program sees\(printed.dropFirst())"]
    } catch {
      return ["the next program is a fault: \(error.message)"]
    }
  }
}

/// What the programs of a case printed.
private final class PrintedOutput: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  func clear() { bytes.withLock { $0 = [] } }
  func add(_ output: ArraySlice<UInt8>, _ errors: ArraySlice<UInt8>) {
    bytes.withLock { bytes in
      bytes += output
      bytes += errors
    }
  }
  func contains(_ text: String) -> Bool {
    String(decoding: bytes.withLock { $0 }, as: UTF8.self).contains(text)
  }
}
