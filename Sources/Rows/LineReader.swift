import CZlib
import Glibc

/// A file that can't be read at all; a bad line is a `RowError` instead.
public struct RowFileError: Error, Sendable, CustomStringConvertible {
  public var file: String
  public var message: String
  public var description: String { "\(file): \(message)" }
}

/// The lines of a file, plain or gzip, one at a time; `-` is standard input.
final class LineReader {
  /// A line beyond this is skipped and reported: the longest row of a public benchmark is a tenth of it.
  static let longestLine = 64 << 20

  enum Line {
    case text([UInt8])
    case tooLong
  }

  private let file: gzFile
  private let path: String
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var position = 0
  private var filled = 0
  /// What ended the file early, if anything did.
  private(set) var failure: RowFileError?

  init(_ path: String) throws(RowFileError) {
    self.path = path
    if path != "-" {
      var status = stat()
      guard stat(path, &status) == 0 else {
        throw RowFileError(file: path, message: "can't be read: \(String(cString: strerror(errno))).")
      }
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw RowFileError(file: path, message: "is a folder. Name a .jsonl or .jsonl.gz file.")
      }
    }
    // gzread passes files through that are not gzip.
    guard let file = path == "-" ? gzdopen(dup(0), "rb") : gzopen(path, "rb") else {
      throw RowFileError(file: path, message: "can't be read: \(String(cString: strerror(errno))).")
    }
    self.file = file
    gzbuffer(file, 1 << 17)
  }

  deinit { gzclose(file) }

  /// Without its newline; nil at the end of the file.
  func next() -> Line? {
    var line: [UInt8] = []
    var tooLong = false
    while true {
      if position == filled {
        let count = gzread(file, &buffer, UInt32(buffer.count))
        // A stream that is cut off gives what it has, then nothing, with an error behind it.
        var code: Int32 = 0
        let text = gzerror(file, &code).map { String(cString: $0) } ?? "unknown"
        if count < 0 || count == 0 && code != Z_OK && code != Z_STREAM_END {
          failure = RowFileError(
            file: path, message: "ends in a broken gzip stream (\(text)). Fetch the file again.")
          return nil
        }
        if count == 0 { return tooLong ? .tooLong : (line.isEmpty ? nil : .text(line)) }
        (position, filled) = (0, Int(count))
      }
      let rest = buffer[position..<filled]
      let end = rest.firstIndex(of: 0x0A)
      if line.count + rest.count > Self.longestLine { tooLong = true }
      if !tooLong { line.append(contentsOf: buffer[position..<(end ?? filled)]) } else { line = [] }
      position = end.map { $0 + 1 } ?? filled
      if end != nil { return tooLong ? .tooLong : .text(line) }
    }
  }
}
