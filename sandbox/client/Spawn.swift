import Foundation
public import Glibc
import Synchronization

/// A process could not be started.
public struct SpawnError: Error, Sendable {
  public var message: String
}

/// A child process with two pipes, and nothing else of this one but standard error and the environment it is given.
///
/// `posix_spawn` by hand: Foundation's `Process` keeps descriptors of its pipes open here, and a host that
/// replaces runners for days would run out of them.
public final class Spawned: Sendable {
  public let pid: pid_t
  /// Write to its standard input, read from its standard output.
  public let input: Int32
  public let output: Int32
  /// Whether it is asked to end, and given two seconds, before it has to.
  private let isAsked: Bool

  /// One at a time: a pipe is marked close-on-exec only after it is made.
  private static let making = Mutex(())

  /// - Parameter isAsked: whether SIGTERM goes before SIGKILL when it is to end.
  public init(
    path: String, arguments: [String], environment: [String: String] = ["LANG": "C.UTF-8"],
    isAsked: Bool = false
  ) throws(SpawnError) {
    let (pid, input, output) = try Self.making.withLock { _ throws(SpawnError) in
      try Self.spawn(path, arguments, environment.map { "\($0.key)=\($0.value)" }, isAsked)
    }
    self.isAsked = isAsked
    self.pid = pid
    self.input = input
    self.output = output
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], _ isAsked: Bool
  ) throws(SpawnError) -> (pid_t, Int32, Int32) {
    var request: [Int32] = [-1, -1], response: [Int32] = [-1, -1]
    guard pipe(&request) == 0, pipe(&response) == 0 else {
      for fd in request + response where fd >= 0 { close(fd) }
      throw SpawnError(message: "no pipe could be made: \(String(cString: strerror(errno)))")
    }
    for fd in request + response { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, request[0], 0)
    posix_spawn_file_actions_adddup2(&actions, response[1], 1)
    // A host that ignores SIGINT and SIGTERM to end in its own time has children that do so too; but one that is asked
    // to end must hear it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    if isAsked {
      var heard = sigset_t()
      sigemptyset(&heard)
      sigaddset(&heard, SIGTERM)
      posix_spawnattr_setsigdefault(&attributes, &heard)
    }
    // Threads of Dispatch's block all signals that come from outside, and a child would begin so: with alarms that
    // never ring, in the programs that it runs, too.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(
      &attributes, Int16(isAsked ? POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK : POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    let status = path.withCString { path in
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path)] + arguments.map { strdup($0) } + [nil]
      var environment: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
      defer { for text in arguments + environment { free(text) } }
      // A file that was just written may still be open in a child that another thread is starting.
      var status: Int32 = 0
      for _ in 0..<50 {
        status = posix_spawn(&pid, path, &actions, &attributes, &arguments, &environment)
        guard status == ETXTBSY else { break }
        usleep(10_000)
      }
      return status
    }
    close(request[0])
    close(response[1])
    guard status == 0 else {
      close(request[1])
      close(response[0])
      throw SpawnError(message: "\(path) can't be started: \(String(cString: strerror(status)))")
    }
    return (pid, request[1], response[0])
  }

  private let status = Mutex<Int32?>(nil)

  /// Ends it, if it has not ended, and says how it did, as `waitpid` does.
  @discardableResult
  public func end() -> Int32 {
    status.withLock { known in
      if let known { return known }
      var status: Int32 = 0
      if isAsked {
        kill(pid, SIGTERM)
        for _ in 0..<400 {
          if waitpid(pid, &status, WNOHANG) == pid {
            known = status
            return status
          }
          usleep(5_000)
        }
      }
      kill(pid, SIGKILL)
      while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      known = status
      return status
    }
  }

  deinit {
    end()
    close(input)
    close(output)
  }
}
