import Foundation
public import VerifierKit

/// One row of a problem file.
public struct Row: Sendable {
  /// From 1.
  public var line: Int
  public var problem: Problem
  /// What a policy wrote; only in rows to be scored.
  public var completion: String?
  /// A completion that is known to be right, where the row has one: a worked solution, a reference program
  /// in a code block.
  public var referenceCompletion: String?
  /// All of it, as it was read.
  public var fields: [String: JSONValue]
}

/// A line that is no row.
public struct RowError: Error, Sendable, CustomStringConvertible {
  public var line: Int
  /// Which field is wrong, and what to do.
  public var message: String

  public init(line: Int, message: String) {
    self.line = line
    self.message = message
  }

  public var description: String { "line \(line): \(message)" }
}

/// The rows of a `.jsonl` or `.jsonl.gz` file in their order; blank lines are passed over.
///
/// docs/rows.md lists the forms that are read. Memory holds one line.
public final class RowReader: Sequence, IteratorProtocol {
  private let lines: LineReader
  private var line = 0

  /// - Parameter path: `-` is standard input.
  public init(_ path: String) throws(RowFileError) { lines = try LineReader(path) }

  /// Set after the last row when the file broke off.
  public var failure: RowFileError? { lines.failure }

  public func next() -> Result<Row, RowError>? {
    while let next = lines.next() {
      line += 1
      switch next {
      case .tooLong:
        return .failure(
          RowError(line: line, message: "is longer than \(LineReader.longestLine >> 20) MiB. Split it."))
      case .text(let bytes):
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
        return Row.parse(bytes, line: line)
      }
    }
    return nil
  }
}

extension Row {
  /// A row that has been read as JSON already.
  /// - Parameter line: Its number, from 1; its id where it has none.
  public init(_ fields: [String: JSONValue], line: Int) throws(RowError) {
    do {
      self = try RowForm(fields: fields, line: line).row()
    } catch {
      throw RowError(line: line, message: error.message)
    }
  }

  /// One line of a problem file.
  public static func parse(_ bytes: [UInt8], line: Int) -> Result<Row, RowError> {
    func failure(_ message: String) -> Result<Row, RowError> {
      .failure(RowError(line: line, message: message))
    }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      return failure("is no JSON, \(error). Write one object a line.")
    }
    guard case .object(let fields) = value else {
      return failure("is no JSON object. Write one object a line.")
    }
    do {
      return .success(try RowForm(fields: fields, line: line).row())
    } catch {
      return failure(error.message)
    }
  }
}

/// What is wrong with a field.
struct FieldError: Error {
  var message: String
  init(_ message: String) { self.message = message }
}
