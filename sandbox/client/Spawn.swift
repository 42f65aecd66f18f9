import Foundation
import Glibc
import Synchronization

/// A child process with two pipes, and nothing else of this one: no descriptors, no environment.
///
/// `posix_spawn` by hand: Foundation's `Process` keeps descriptors of its pipes open here, and a host that
/// replaces runners for days would run out of them.
final class Spawned: Sendable {
  let pid: pid_t
  /// Write to its standard input, read from its standard output.
  let input: Int32
  let output: Int32

  /// One at a time: a pipe is marked close-on-exec only after it is made.
  private static let making = Mutex(())

  init(path: String, arguments: [String]) throws(RunnerFailure) {
    let (pid, input, output) = try Self.making.withLock { _ throws(RunnerFailure) in
      try Self.spawn(path, arguments)
    }
    self.pid = pid
    self.input = input
    self.output = output
  }

  private static func spawn(
    _ path: String, _ arguments: [String]
  ) throws(RunnerFailure) -> (pid_t, Int32, Int32) {
    var request: [Int32] = [-1, -1], response: [Int32] = [-1, -1]
    guard pipe(&request) == 0, pipe(&response) == 0 else {
      for fd in request + response where fd >= 0 { close(fd) }
      throw RunnerFailure(message: "no pipe could be made: \(String(cString: strerror(errno)))")
    }
    for fd in request + response { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, request[0], 0)
    posix_spawn_file_actions_adddup2(&actions, response[1], 1)
    var pid: pid_t = 0
    let status = path.withCString { path in
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path)] + arguments.map { strdup($0) } + [nil]
      var environment: [UnsafeMutablePointer<CChar>?] = [strdup("LANG=C.UTF-8"), nil]
      defer { for text in arguments + environment { free(text) } }
      return posix_spawn(&pid, path, &actions, nil, &arguments, &environment)
    }
    close(request[0])
    close(response[1])
    guard status == 0 else {
      close(request[1])
      close(response[0])
      throw RunnerFailure(message: "\(path) can't be started: \(String(cString: strerror(status)))")
    }
    return (pid, request[1], response[0])
  }

  deinit {
    kill(pid, SIGKILL)
    close(input)
    close(output)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
  }
}
