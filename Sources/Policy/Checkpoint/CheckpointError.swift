/// A model's file or folder can't be read or written.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The path; empty for a checkpoint that was made in memory.
  public var file: String
  /// What is wrong, where, and what to do about it.
  public var message: String

  public init(file: String, message: String) {
    self.file = file
    self.message = message
  }

  public var description: String { file.isEmpty ? message : "\(file): \(message)" }
}
