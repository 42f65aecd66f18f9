import CZlib
import Foundation

/// `trainer-state/files.json`: size and checksum of every other file of a checkpoint. It is written last, so a
/// checkpoint that has one was complete, and one whose files agree with it is whole.
struct CheckpointManifest: Codable, Sendable {
  struct File: Codable, Sendable, Equatable {
    var bytes: Int
    /// CRC-32 of zlib, eight hexadecimal digits.
    var crc32: String
  }

  static let path = "trainer-state/files.json"

  /// By path in the checkpoint.
  var files: [String: File] = [:]

  /// Of what lies in a folder now.
  init(of folder: URL) throws(RunError) {
    for path in try Self.paths(in: folder) {
      files[path] = try Self.file(folder.appending(path: path))
    }
  }

  /// Nil: every file is there, as it was written. Otherwise what is wrong, for the middle of a sentence.
  static func fault(in folder: URL) -> String? {
    guard let data = try? Data(contentsOf: folder.appending(path: path)),
      let manifest = try? JSONDecoder().decode(CheckpointManifest.self, from: data)
    else { return "\(path) is missing or no list of files" }
    for (path, expected) in manifest.files.sorted(by: { $0.key < $1.key }) {
      guard let found = try? file(folder.appending(path: path)) else { return "\(path) is missing" }
      if found.bytes != expected.bytes {
        return "\(path) has \(found.bytes) bytes instead of \(expected.bytes)"
      }
      if found.crc32 != expected.crc32 { return "\(path) has another checksum than when it was written" }
    }
    return nil
  }

  private static func paths(in folder: URL) throws(RunError) -> [String] {
    do {
      return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(
          atPath: folder.appending(path: path).path, isDirectory: &isFolder) && !isFolder.boolValue
          && path != Self.path
      }
    } catch {
      throw RunError("Can't list \(folder.path): \(error.localizedDescription). Look at the folder.")
    }
  }

  private static func file(_ url: URL) throws(RunError) -> File {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError("can't open \(url.path)") }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var (bytes, checksum) = (0, CZlib.crc32(0, nil, 0))
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw systemError("can't read \(url.path)") }
      if count == 0 { break }
      checksum = CZlib.crc32(checksum, buffer, UInt32(count))
      bytes += count
    }
    return File(bytes: bytes, crc32: String(format: "%08x", UInt32(truncatingIfNeeded: checksum)))
  }
}
