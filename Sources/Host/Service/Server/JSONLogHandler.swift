import Foundation
public import Logging
import Synchronization
import VerifierKit

/// One JSON object a line on standard error: time, level, message, and what belongs to it.
public struct JSONLogHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  public var logLevel = Logger.Level.info
  private let label: String
  private static let writing = Mutex(())

  public init(label: String) { self.label = label }

  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { JSONValue.string("\($0)") }
    if let error = event.error { fields["error"] = .string("\(error)") }
    fields["time"] = .string(
      Date().formatted(
        .iso8601.year().month().day().timeZone(separator: .omitted).time(includingFractionalSeconds: true)))
    fields["level"] = .string(event.level.rawValue)
    fields["message"] = .string("\(event.message)")
    fields["logger"] = .string(label)
    let line = Data((JSONValue.object(fields).text + "\n").utf8)
    Self.writing.withLock { _ in try? FileHandle.standardError.write(contentsOf: line) }
  }
}
