import ArgumentParser
import Foundation
import Synchronization
import Trainer

/// Lines of results, to standard output or a file; several threads may write.
final class LineSink: Sendable {
  private let handle: Mutex<FileHandle>

  init(_ path: String) throws {
    if path == "-" {
      handle = Mutex(.standardOutput)
    } else {
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let file = FileHandle(forWritingAtPath: path)
      else { throw ValidationError("\(path) can't be written. Choose another --output.") }
      handle = Mutex(file)
    }
  }

  func write(_ lines: [String]) throws {
    try handle.withLock { try $0.write(contentsOf: Data(lines.joined().utf8)) }
  }

  /// Ends the process when it is interrupted, but in no line's middle: what was written can be used.
  /// - Parameter last: What a terminal is to show last.
  func endsAtInterrupt(last: String = "") -> any DispatchSourceSignal {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler {
      self.handle.withLock { _ in
        tell(last)
        _exit(130)
      }
    }
    source.resume()
    return source
  }
}
