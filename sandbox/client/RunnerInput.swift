import Foundation
import Glibc

/// One answer of the runner, read as it comes: from the pipe as much as it holds at once.
struct RunnerInput {
  let descriptor: Int32
  let deadline: ContinuousClock.Instant
  private var received: [UInt8] = []
  private var taken = 0

  init(descriptor: Int32, deadline: ContinuousClock.Instant) {
    self.descriptor = descriptor
    self.deadline = deadline
  }

  /// A length and so many bytes.
  mutating func text() throws(RunnerFailure) -> ArraySlice<UInt8> {
    let length = try read(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 30 else { throw RunnerFailure(message: "the runner sends \(length) bytes") }
    return try read(length)
  }

  mutating func read(_ count: Int) throws(RunnerFailure) -> ArraySlice<UInt8> {
    while received.count - taken < count { try fill() }
    defer { taken += count }
    return received[taken..<taken + count]
  }

  private mutating func fill() throws(RunnerFailure) {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let left = (deadline - .now) / .milliseconds(1)
    guard left > 0 else { throw RunnerFailure(message: "the runner gave no answer in time") }
    let ready = Glibc.poll(&poll, 1, Int32(min(left, 60_000)))
    if ready == 0 || ready < 0 && errno == EINTR { return }
    let descriptor = descriptor
    let got = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { space in
      let got = Glibc.read(descriptor, space.baseAddress, space.count)
      if got > 0 { received.append(contentsOf: UnsafeRawBufferPointer(rebasing: space[..<got])) }
      return got
    }
    if got < 0 && errno == EINTR { return }
    guard got >= 0 else {
      throw RunnerFailure(message: "the runner can't be read: \(String(cString: strerror(errno)))")
    }
    guard got > 0 else { throw RunnerFailure(message: "the runner has died", isDeath: true) }
  }
}
