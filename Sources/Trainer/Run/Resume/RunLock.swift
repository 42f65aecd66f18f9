import Foundation

/// Holds a run's folder against a second process; the system gives it back when this one ends, however it ends.
final class RunLock: Sendable {
  private let descriptor: Int32
  /// Tenths of a second.
  private static let patience = 30

  init(_ folder: RunFolder) throws(RunError) {
    let file = folder.url.appending(path: ".lock").path
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemError("can't open \(file)") }
    // A process that was just killed gives its memory back first, then this.
    var tries = 0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      tries += 1
      if tries <= Self.patience {
        usleep(100_000)
        continue
      }
      throw RunError(
        "\(folder.url.path) is being written by another process. Wait until it ends, or stop it.")
    }
  }

  deinit { close(descriptor) }
}
