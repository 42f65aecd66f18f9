import Foundation
import Glibc
import Sandbox
import VerifierKit

/// The worker broke: it died, was silent too long, or talked nonsense.
struct WorkerFailure: Error {
  var reason: String
  var message: String
}

/// How a plugin's workers are started.
struct WorkerCommand: Sendable {
  let program: String
  let arguments: [String]
  let environment: [String: String]
  let start: Duration

  /// - Throws: when `plugin-worker` is not beside the executable.
  init(_ folder: PluginFolder, options: [String: JSONValue]) throws(PluginError) {
    guard let program = Self.findProgram() else {
      throw PluginError(
        plugin: folder.manifest.name,
        message:
          "plugin-worker is not beside the executable. Build it with `make build`, or set ASSAY_PLUGIN_WORKER."
      )
    }
    let manifest = folder.manifest
    self.program = program
    start = .seconds(manifest.startSeconds)
    var environment = ProcessInfo.processInfo.environment.merging(manifest.environment) { $1 }
    environment["ASSAY_TOKEN"] = nil
    // Swift's own report of a crash takes seconds, which the next sample would wait.
    environment["SWIFT_BACKTRACE"] = environment["SWIFT_BACKTRACE"] ?? "enable=no"
    self.environment = environment
    if manifest.language == .python {
      var settings = manifest.settings
      settings["name"] = .string(manifest.name)
      settings["options"] = .object(options)
      let python =
        manifest.python.contains("/") && !manifest.python.hasPrefix("/")
        ? folder.url.appending(path: manifest.python).path : manifest.python
      arguments = [
        String(manifest.memoryMB), "python", python, folder.library.path, JSONValue.object(settings).text,
      ]
    } else {
      arguments = [String(manifest.memoryMB), "native", folder.library.path, JSONValue.object(options).text]
    }
  }

  private static func findProgram() -> String? {
    if let path = ProcessInfo.processInfo.environment["ASSAY_PLUGIN_WORKER"] { return path }
    // Beside the sandbox's runner, which is looked for in the places of both.
    return PythonSandbox.findProgram("plugin-worker")
  }
}

/// One worker process. Used by one thread at a time.
final class WorkerProcess {
  let description: PluginDescription
  private let process: Spawned
  private var number = 0

  init(_ command: WorkerCommand) throws(WorkerFailure) {
    do {
      process = try Spawned(
        path: command.program, arguments: command.arguments, environment: command.environment,
        isAsked: true)
    } catch {
      throw WorkerFailure(reason: "worker-start", message: error.message)
    }
    for descriptor in [process.input, process.output] {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    let hello = try Self.read(process, until: .now + command.start)
    if let sentence = hello["failed"]?.string {
      throw WorkerFailure(reason: "worker-start", message: sentence)
    }
    guard let description = hello["hello"].flatMap(PluginDescription.init(json:)) else {
      throw Self.nonsense(process)
    }
    self.description = description
  }

  /// - Returns: the verdict, or the plugin's own fault.
  func judge(_ sample: JSONValue, within limit: Duration) throws(WorkerFailure) -> Result<
    Verdict, VerifierFault
  > {
    let deadline = ContinuousClock.now + limit
    number += 1
    try Self.write(process, .object(["number": .integer(number), "sample": sample]), until: deadline)
    let answer = try Self.read(process, until: deadline)
    guard answer["number"]?.integer == number else { throw Self.nonsense(process) }
    if let fault = answer["fault"], let reason = fault["reason"]?.string,
      let message = fault["message"]?.string
    {
      return .failure(VerifierFault(reason: reason, message: message))
    }
    guard let verdict = answer["verdict"].flatMap(Verdict.init(json:)) else { throw Self.nonsense(process) }
    return .success(verdict)
  }

  private static let longest = 64 << 20

  private static func nonsense(_ process: Spawned) -> WorkerFailure {
    process.end()
    return WorkerFailure(
      reason: "worker-nonsense", message: "its worker wrote what is no answer. Mend the plugin.")
  }

  private static func died(_ process: Spawned) -> WorkerFailure {
    // It may be about to end, and is not to be taken for one that was ended here.
    usleep(20_000)
    let status = process.end()
    let code = (status >> 8) & 0xFF
    let how =
      status & 0x7F != 0 || code == 128 + SIGTERM
      ? "closed its pipe"
      : code > 128
        ? "died: \(strsignal(code - 128).map { String(cString: $0) } ?? "signal \(code - 128)")"
        : "ended with status \(code)"
    return WorkerFailure(
      reason: "worker-died", message: "its worker \(how). Mend the plugin, or raise memory_mb.")
  }

  private static func late(_ process: Spawned) -> WorkerFailure {
    process.end()
    return WorkerFailure(
      reason: "deadline",
      message: "its worker did not answer in time. Mend the plugin, or raise deadline_seconds.")
  }

  private static func read(_ process: Spawned, until deadline: ContinuousClock.Instant) throws(WorkerFailure)
    -> JSONValue
  {
    let head = try bytes(4, process, deadline)
    let count = head.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard count <= longest else { throw nonsense(process) }
    guard let value = try? JSONValue(parsing: try bytes(count, process, deadline)) else {
      throw nonsense(process)
    }
    return value
  }

  private static func bytes(
    _ count: Int, _ process: Spawned, _ deadline: ContinuousClock.Instant
  ) throws(WorkerFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, 1 << 20))
    var buffer = [UInt8](repeating: 0, count: min(count, 1 << 16))
    while bytes.count < count {
      let wanted = min(buffer.count, count - bytes.count)
      let got = Glibc.read(process.output, &buffer, wanted)
      if got > 0 {
        bytes.append(contentsOf: buffer[..<got])
      } else if got == 0 {
        throw died(process)
      } else if errno == EAGAIN {
        try wait(process, process.output, POLLIN, deadline)
      } else if errno != EINTR {
        throw died(process)
      }
    }
    return bytes
  }

  private static func write(
    _ process: Spawned, _ value: JSONValue, until deadline: ContinuousClock.Instant
  ) throws(WorkerFailure) {
    let body = Array(value.text.utf8)
    let frame = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) } + body
    var done = 0
    while done < frame.count {
      let put = frame.withUnsafeBytes { Glibc.write(process.input, $0.baseAddress! + done, $0.count - done) }
      if put > 0 {
        done += put
      } else if errno == EAGAIN {
        try wait(process, process.input, POLLOUT, deadline)
      } else if errno != EINTR {
        throw died(process)
      }
    }
  }

  private static func wait(
    _ process: Spawned, _ descriptor: Int32, _ event: Int32, _ deadline: ContinuousClock.Instant
  ) throws(WorkerFailure) {
    let left = (deadline - .now) / .milliseconds(1)
    guard left > 0 else { throw late(process) }
    var one = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    _ = poll(&one, 1, Int32(min(left.rounded(.up), 60_000)))
  }
}
