public import Foundation

/// Text for a person, on standard error or output. Nobody may be left to read it: a run outlives the pipe or the
/// terminal that watched it, so what can't be written is dropped. What `FileHandle.write(_:)` can't write ends the process.
public func tell(_ text: String, on handle: FileHandle = .standardError) {
  try? handle.write(contentsOf: Data(text.utf8))
}
