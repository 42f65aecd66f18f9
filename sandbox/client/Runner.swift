import Foundation
import Glibc
import Synchronization
import VerifierKit

/// What the runner says of one program and one test.
struct RunnerResponse {
  enum Kind: UInt8 {
    case ended = 0
    case cpuLimit = 1
    case wallLimit = 2
    case outputLimit = 3
    case memoryLimit = 4
    case forbidden = 5
    case cancelled = 6
    case failed = 255
  }
  var kind: Kind
  /// As `waitpid` gives it.
  var status: Int32
  var cpuSeconds: Double
  var output: ArraySlice<UInt8>
  var errors: ArraySlice<UInt8>
  /// Frames: see Frames.swift.
  var result: ArraySlice<UInt8>
  /// Of each answered case of a call: seconds of processor time.
  var times: [Double]
  /// Name of the forbidden system call; empty where it is not known.
  var call: String

  var exitCode: Int32? { status & 0x7F == 0 ? (status >> 8) & 0xFF : nil }
  var signal: Int32? { status & 0x7F == 0 ? nil : status & 0x7F }
}

struct RunnerRequest {
  var mode: Character
  var limits: CodeTests.Limits
  var program: String
  /// Standard input, the function's name, or the specification of tests.
  var first: String
  /// Arguments of each call.
  var cases: ArraySlice<CodeTests.CallCase> = []

  var bytes: [UInt8] {
    var writer = FrameWriter()
    writer.append(mode.asciiValue ?? 0)
    for number in [
      limits.cpuSeconds * 1000, limits.wallSeconds * 1000, Double(limits.memoryMB), Double(limits.outputKB),
    ] {
      writer.append(UInt32(min(max(number, 1), 4e9)))
    }
    writer.appendText(program)
    writer.appendText(first)
    var frames = FrameWriter()
    for test in cases { frames.appendFrame(test.arguments) }
    writer.append(UInt32(frames.bytes.count))
    writer.append(frames.bytes)
    return writer.bytes
  }
}

/// The runner went away or talks nonsense: replacements are tried, then it is a fault.
struct RunnerFailure: Error {
  var message: String
  /// It closed its output: how it ended is to be asked of the process.
  var isDeath = false

  /// With how the process ended, once that is known.
  func completed(by process: Spawned) -> RunnerFailure {
    guard isDeath else { return self }
    let status = process.end()
    let how = status & 0x7F == 0 ? "exit status \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
    return RunnerFailure(message: "\(message) (\(how))")
  }
}

/// One runner process. Used by one thread at a time, but for `cancel`.
final class Runner: Sendable {
  /// Layers of isolation that it could have.
  let isolation: [String]
  let process: Spawned
  private let isRunning = Mutex(false)

  init(path: String, arguments: [String] = []) throws(RunnerFailure) {
    do {
      process = try Spawned(path: path, arguments: arguments)
    } catch {
      throw RunnerFailure(message: error.message)
    }
    var input = RunnerInput(descriptor: process.output, deadline: ContinuousClock.now + .seconds(60))
    do throws(RunnerFailure) {
      isolation = String(decoding: try input.text(), as: UTF8.self).split(separator: ",").map(String.init)
    } catch {
      throw error.completed(by: process)
    }
  }

  func run(_ request: RunnerRequest) throws(RunnerFailure) -> RunnerResponse {
    // The runner itself ends a program at ten times its wall limit.
    let deadline = ContinuousClock.now + .seconds(request.limits.wallSeconds * 10 + 30)
    let bytes = request.bytes
    try isRunning.withLock { isRunning throws(RunnerFailure) in
      try write(bytes)
      isRunning = true
    }
    defer { isRunning.withLock { $0 = false } }
    do throws(RunnerFailure) {
      return try response(before: deadline)
    } catch {
      throw error.completed(by: process)
    }
  }

  private func response(before deadline: ContinuousClock.Instant) throws(RunnerFailure) -> RunnerResponse {
    var input = RunnerInput(descriptor: process.output, deadline: deadline)
    var head = FrameReader(try input.read(13))
    guard let number = head.take(UInt8.self), let kind = RunnerResponse.Kind(rawValue: number),
      let status = head.take(Int32.self), let micros = head.take(UInt64.self)
    else { throw RunnerFailure(message: "the runner answers with nonsense") }
    return RunnerResponse(
      kind: kind, status: status, cpuSeconds: Double(micros) * 1e-6, output: try input.text(),
      errors: try input.text(), result: try input.text(), times: times(try input.text()),
      call: String(decoding: try input.text(), as: UTF8.self))
  }

  /// From any thread: ends the program that runs, if one does.
  func cancel() {
    isRunning.withLock { isRunning in
      if isRunning { try? write([UInt8(ascii: "X")]) }
    }
  }

  private func times(_ bytes: ArraySlice<UInt8>) -> [Double] {
    var reader = FrameReader(bytes)
    var times: [Double] = []
    while let micros = reader.take(UInt32.self) { times.append(Double(micros) * 1e-6) }
    return times
  }

  private func write(_ bytes: [UInt8]) throws(RunnerFailure) {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes { Glibc.write(process.input, $0.baseAddress! + done, $0.count - done) }
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw RunnerFailure(message: "the runner does not take requests any more") }
      done += put
    }
  }
}
