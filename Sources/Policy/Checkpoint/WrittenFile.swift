import Foundation

/// A file that is being written; closed at the end of its life.
struct WrittenFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileFolder.error(path, "create it") }
  }

  deinit { close(descriptor) }

  /// The elements as they lie in memory, which is little-endian on all machines that Assay runs on.
  borrowing func append<T: BitwiseCopyable>(_ elements: [T]) throws(CheckpointError) {
    let code = elements.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = Foundation.write(
          descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if count < 0, errno != EINTR { return errno }
        written += max(count, 0)
      }
      return 0
    }
    errno = code
    if code != 0 { throw FileFolder.error(path, "write it") }
  }

  /// Writes a file beside `path`, forces it to the disk and gives it the name `path`: a file of that name is
  /// replaced as a whole, or not at all.
  static func replace(
    _ path: String, _ body: (borrowing WrittenFile) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let written = try WrittenFile(path + ".\(getpid()).partial")
    do throws(CheckpointError) {
      try body(written)
      try written.sync()
      guard rename(written.path, path) == 0 else {
        throw FileFolder.error(path, "rename \(written.path) to it")
      }
    } catch {
      unlink(written.path)
      throw error
    }
    try FileFolder.sync(FileFolder.parent(of: path))
  }

  /// Forces the bytes to the disk.
  borrowing func sync() throws(CheckpointError) {
    guard fsync(descriptor) == 0 else { throw FileFolder.error(path, "write it to the disk") }
  }
}

/// What the writing of checkpoints needs of folders.
enum FileFolder {
  /// By `errno`.
  static func error(_ path: String, _ what: String) -> CheckpointError {
    let hint =
      switch errno {
      case ENOSPC, EDQUOT, EFBIG: "Free some space, then try again."
      default: "Choose a folder that this user may write to."
      }
    return CheckpointError(file: path, message: "Can't \(what): \(systemMessage()). \(hint)")
  }

  /// Without slashes at the end.
  static func normalized(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// With all folders above it.
  static func make(_ path: String) throws(CheckpointError) {
    if mkdir(path, 0o755) == 0 { return }
    if errno == ENOENT, path != parent(of: path) {
      try make(parent(of: path))
      if mkdir(path, 0o755) == 0 { return }
    }
    var status = stat()
    let code = errno
    if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    errno = code
    throw error(path, "create it")
  }

  /// Makes new names in a folder survive a loss of power.
  static func sync(_ path: String) throws(CheckpointError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error(path, "open it") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw error(path, "write it to the disk") }
  }
}
