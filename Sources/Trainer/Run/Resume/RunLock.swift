import Foundation

/// Holds a run's folder against a second process; the system gives it back when this one ends, however it ends.
final class RunLock: Sendable {
  private let descriptor: Int32

  init(_ folder: RunFolder) throws(RunError) {
    let file = folder.url.appending(path: ".lock").path
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemError("can't open \(file)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw RunError(
        "\(folder.url.path) is being written by another process. Wait until it ends, or stop it.")
    }
  }

  deinit { close(descriptor) }
}
