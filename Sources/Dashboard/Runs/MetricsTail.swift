import Foundation
import Trainer

/// Reads a file of rows as it grows: each call takes the whole lines that are new.
///
/// A run that resumes cuts the file back to its checkpoint and goes on; even where it has grown past the old end by
/// then, the bytes before that end tell: clocks are never the same.
struct MetricsTail {
  /// What a call found.
  struct Change {
    var rows: [MetricsRow] = []
    /// What was read before no longer holds; `rows` begin anew.
    var restarted = false
    /// Whole lines that are no rows.
    var badLines = 0
  }

  private let file: URL
  private var inode: UInt64 = 0
  /// Behind the last whole line that was read.
  private var offset: UInt64 = 0
  /// The bytes before `offset`: a row ends in its wall clock, which no other run of the step has.
  private var mark = Data()
  private static let markLength = 512
  /// Read at once, so that a large file does not stand in memory as a whole.
  private static let pieceLength = 8 << 20

  init(_ file: URL) { self.file = file }

  /// The next read begins at the first line.
  mutating func rewind() { (offset, mark) = (0, Data()) }

  /// - Throws: what the system says when the file can't be read.
  mutating func read() throws -> Change {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var status = stat()
    guard fstat(handle.fileDescriptor, &status) == 0 else { throw CocoaError(.fileReadUnknown) }
    let size = UInt64(max(0, status.st_size))
    var change = Change()
    if offset > 0, try isChanged(handle, inode: UInt64(status.st_ino), size: size) {
      (offset, mark, change.restarted) = (0, Data(), true)
    }
    inode = UInt64(status.st_ino)
    try handle.seek(toOffset: offset)
    var rest = Data()
    while let piece = try handle.read(upToCount: Self.pieceLength), !piece.isEmpty {
      rest += piece
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      let whole = rest[...end]
      for line in whole.split(separator: UInt8(ascii: "\n")) {
        if let row = MetricsRow(json: String(decoding: line, as: UTF8.self)) {
          change.rows.append(row)
        } else {
          change.badLines += 1
        }
      }
      offset += UInt64(whole.count)
      mark = Data((mark + whole).suffix(Self.markLength))
      rest = Data(rest[rest.index(after: end)...])
    }
    return change
  }

  private func isChanged(_ handle: FileHandle, inode: UInt64, size: UInt64) throws -> Bool {
    if inode != self.inode || size < offset { return true }
    try handle.seek(toOffset: offset - UInt64(mark.count))
    return try handle.read(upToCount: mark.count) != mark
  }
}
