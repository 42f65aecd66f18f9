import Foundation

/// A file in memory, read-only, page by page as it is touched.
///
/// Does not protect against somebody who shortens the file meanwhile (SIGBUS): checkpoints are replaced by
/// renaming, never rewritten in place.
final class MappedFile: @unchecked Sendable {
  let path: String
  let bytes: UnsafeRawBufferPointer

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    // Not to wait for somebody who writes, where it is a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CheckpointError(file: path, message: "Can't open it: \(systemMessage()).")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(file: path, message: "It is not a regular file.")
    }
    guard status.st_size > 0 else {
      throw CheckpointError(file: path, message: "The file is empty. Fetch or export it again.")
    }
    let size = Int(status.st_size)
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw CheckpointError(file: path, message: "Can't map it: \(systemMessage()).")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// The whole file as JSON.
  static func json(_ path: String) throws(CheckpointError) -> JSON {
    let file = try MappedFile(path)
    return try withExtendedLifetime(file) { () throws(CheckpointError) in
      try JSONParser.parse(file.bytes.bindMemory(to: UInt8.self), file: path)
    }
  }
}

/// The text of `errno`.
func systemMessage() -> String { String(cString: strerror(errno)) }
