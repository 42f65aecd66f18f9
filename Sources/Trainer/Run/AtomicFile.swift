public import Foundation

/// Replaces a file as a whole: after a crash at any instant it holds the old content or the new one.
///
/// Writes beside it, forces the bytes to the disk, renames, and forces the folder's entry too.
public func writeAtomically(_ data: Data, to file: URL) throws(RunError) {
  let beside = file.path + ".\(getpid()).partial"
  do throws(RunError) {
    try writeThrough([data], to: URL(fileURLWithPath: beside))
  } catch {
    unlink(beside)
    throw error
  }
  guard rename(beside, file.path) == 0 else {
    let error = systemError("can't rename \(beside) to \(file.lastPathComponent)")
    unlink(beside)
    throw error
  }
  try syncFolder(file.deletingLastPathComponent())
}

/// Writes a file that nobody reads yet, one of a folder that is still to be renamed, and forces it to the disk.
func writeThrough(_ parts: [Data], to file: URL) throws(RunError) {
  let descriptor = open(file.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw systemError("can't create \(file.path)") }
  defer { close(descriptor) }
  for part in parts { try writeAll(part, to: descriptor, name: file.path) }
  guard fsync(descriptor) == 0 else { throw systemError("can't write \(file.path) to the disk") }
}

/// Makes renames and new files in a folder survive a loss of power.
public func syncFolder(_ folder: URL) throws(RunError) {
  let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw systemError("can't open the folder \(folder.path)") }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw systemError("can't write the folder \(folder.path) to the disk") }
}

/// A file that only grows, each record in one piece.
final class AppendedFile: Sendable {
  let url: URL
  private let descriptor: Int32

  /// - Parameter length: bytes to keep of a file that exists, the rest being of an interrupted run; nil: all.
  init(_ url: URL, keeping length: Int? = nil) throws(RunError) {
    self.url = url
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemError("can't open \(url.path)") }
    if let length, ftruncate(descriptor, off_t(length)) != 0 {
      // What it holds is closed by `deinit`, which runs even so: every property is set.
      throw systemError("can't shorten \(url.path) to \(length) bytes")
    }
  }

  deinit { close(descriptor) }

  func append(_ data: Data) throws(RunError) {
    try writeAll(data, to: descriptor, name: url.path)
  }

  /// Forces what was appended to the disk.
  func sync() throws(RunError) {
    guard fsync(descriptor) == 0 else { throw systemError("can't write \(url.path) to the disk") }
  }

  /// Bytes so far, for a checkpoint to come back to.
  var length: Int { Int(lseek(descriptor, 0, SEEK_END)) }
}

private func writeAll(_ data: Data, to descriptor: Int32, name: String) throws(RunError) {
  var written = 0
  while written < data.count {
    let count = data.withUnsafeBytes { bytes in
      write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
    }
    if count < 0 {
      if errno == EINTR { continue }
      throw systemError("can't write \(name)")
    }
    written += count
  }
}

func systemError(_ what: String) -> RunError {
  let code = errno
  let hint =
    switch code {
    case ENOSPC, EDQUOT, EFBIG: "Free some space, then resume the run."
    case EACCES, EPERM, EROFS: "Choose a folder that this user may write to."
    default: "Look at the folder, then resume the run."
    }
  return RunError("\(what): \(String(cString: strerror(code))). \(hint)")
}
