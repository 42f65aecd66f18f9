/// A run's files can't be written or read: one sentence that names the file and ends with what to do.
public struct RunError: Error, Hashable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
