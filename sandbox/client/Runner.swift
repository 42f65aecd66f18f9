import Foundation
import Glibc
import VerifierKit

/// What the runner says of one program and one test.
struct RunnerResponse {
  enum Kind: UInt8 {
    case ended = 0
    case cpuLimit = 1
    case wallLimit = 2
    case outputLimit = 3
    case failed = 255
  }
  var kind: Kind
  /// As `waitpid` gives it.
  var status: Int32
  var cpuSeconds: Double
  var output: Data
  var errors: Data
  var result: Data

  var exitCode: Int32? { status & 0x7F == 0 ? (status >> 8) & 0xFF : nil }
  var signal: Int32? { status & 0x7F == 0 ? nil : status & 0x7F }
}

struct RunnerRequest {
  var mode: Character
  var limits: CodeTests.Limits
  var program: String
  var first: String
  var second = ""

  var data: Data {
    var data = Data([mode.asciiValue ?? 0])
    for number in [
      limits.cpuSeconds * 1000, limits.wallSeconds * 1000, Double(limits.memoryMB), Double(limits.outputKB),
    ] {
      data.append(little: UInt32(min(max(number, 1), 4e9)))
    }
    for text in [program, first, second] {
      data.append(little: UInt32(text.utf8.count))
      data.append(contentsOf: text.utf8)
    }
    return data
  }
}

/// The runner went away or talks nonsense: its replacement is tried once, then it is a fault.
struct RunnerFailure: Error {
  var message: String
}

/// One runner process. Used by one thread at a time.
final class Runner {
  /// Layers of isolation that it could have.
  private(set) var isolation: [String] = []
  private let process: Spawned

  init(path: String) throws(RunnerFailure) {
    process = try Spawned(path: path)
    let layers = try readText(deadline: ContinuousClock.now + .seconds(60))
    isolation = String(decoding: layers, as: UTF8.self).split(separator: ",").map(String.init)
  }

  func run(_ request: RunnerRequest) throws(RunnerFailure) -> RunnerResponse {
    // The runner itself ends a program at ten times its wall limit.
    let deadline = ContinuousClock.now + .seconds(request.limits.wallSeconds * 10 + 30)
    try write(request.data)
    let head = try read(13, deadline: deadline)
    guard let kind = RunnerResponse.Kind(rawValue: head[0]) else {
      throw RunnerFailure(message: "the runner answers with kind \(head[0])")
    }
    return RunnerResponse(
      kind: kind, status: Int32(bitPattern: head.little(at: 1)),
      cpuSeconds: Double(UInt64(head.little(at: 5)) | UInt64(head.little(at: 9)) << 32) * 1e-6,
      output: try readText(deadline: deadline), errors: try readText(deadline: deadline),
      result: try readText(deadline: deadline))
  }

  private func write(_ data: Data) throws(RunnerFailure) {
    var rest = data[...]
    while !rest.isEmpty {
      let put = rest.withUnsafeBytes { Glibc.write(process.input, $0.baseAddress, $0.count) }
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw RunnerFailure(message: "the runner does not take requests any more") }
      rest = rest.dropFirst(put)
    }
  }

  private func readText(deadline: ContinuousClock.Instant) throws(RunnerFailure) -> Data {
    let length = Int(try read(4, deadline: deadline).little(at: 0))
    guard length <= 1 << 30 else { throw RunnerFailure(message: "a frame of \(length) bytes") }
    return try read(length, deadline: deadline)
  }

  private func read(_ count: Int, deadline: ContinuousClock.Instant) throws(RunnerFailure) -> Data {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      var poll = pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)
      let left = (deadline - .now) / .milliseconds(1)
      guard left > 0 else { throw RunnerFailure(message: "the runner gave no answer in time") }
      let ready = Glibc.poll(&poll, 1, Int32(min(left, 60_000)))
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let got = bytes.withUnsafeMutableBytes { space in
        Glibc.read(
          process.output, UnsafeMutableRawBufferPointer(rebasing: space[done...]).baseAddress, count - done)
      }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { throw RunnerFailure(message: "the runner has died") }
      done += got
    }
    return Data(bytes)
  }
}

extension Data {
  mutating func append(little value: UInt32) {
    append(contentsOf: [
      UInt8(value & 255), UInt8(value >> 8 & 255), UInt8(value >> 16 & 255), UInt8(value >> 24),
    ])
  }

  /// - Precondition: four bytes at `offset`.
  func little(at offset: Int) -> UInt32 {
    let at = startIndex + offset
    return UInt32(self[at]) | UInt32(self[at + 1]) << 8 | UInt32(self[at + 2]) << 16 | UInt32(self[at + 3])
      << 24
  }
}
