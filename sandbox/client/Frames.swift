import Foundation
import VerifierKit

/// Writes test arguments in the runner's encoding of values (sandbox/runner/codec.c).
struct FrameWriter {
  private(set) var bytes: [UInt8] = []

  /// A frame of its own: a length and so many bytes.
  mutating func appendFrame(_ arguments: [JSONValue]) {
    let start = bytes.count
    append(UInt32(0))
    append(.array(arguments))
    let length = UInt32(bytes.count - start - 4)
    withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
  }

  mutating func appendText(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      append(UInt32(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ bytes: [UInt8]) { self.bytes += bytes }

  private mutating func tag(_ tag: Unicode.Scalar) { bytes.append(UInt8(ascii: tag)) }

  private mutating func append(_ value: JSONValue) {
    switch value {
    case .null: tag("N")
    case .bool(let value): tag(value ? "T" : "F")
    case .integer(let value):
      tag("i")
      append(Int64(value))
    case .bigInteger(let digits):
      tag("D")
      appendText(digits)
    case .number(let value):
      tag("f")
      append(value.bitPattern)
    case .string(let value):
      tag("s")
      appendText(value)
    case .array(let items):
      tag("l")
      append(UInt32(items.count))
      for item in items { append(item) }
    case .object(let object):
      tag("d")
      append(UInt32(object.count))
      // In a fixed order: the same test, the same bytes.
      for (key, value) in object.sorted(by: { $0.key < $1.key }) {
        tag("s")
        appendText(key)
        append(value)
      }
    }
  }
}

/// Reads what the runner sends. Nothing in the bytes is believed: every length is checked.
struct FrameReader {
  private let bytes: ArraySlice<UInt8>
  private var at: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  var isAtEnd: Bool { at == bytes.endIndex }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.endIndex - at else { return nil }
    defer { at += count }
    return bytes[at..<at + count]
  }

  mutating func take<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    guard let taken = take(MemoryLayout<Number>.size) else { return nil }
    return taken.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
  }

  /// A length and so many bytes.
  mutating func takeCounted() -> ArraySlice<UInt8>? { take(UInt32.self).flatMap { take(Int($0)) } }

  /// The next frame as a value; nil when there is none, or it is malformed.
  mutating func takeFrame() -> PythonValue? {
    guard let frame = takeCounted() else { return nil }
    var reader = FrameReader(frame)
    guard let value = reader.takeValue(depth: 0), reader.isAtEnd else { return nil }
    return value
  }

  private mutating func takeValue(depth: Int) -> PythonValue? {
    guard depth <= 200, let tag = take(UInt8.self) else { return nil }
    switch Unicode.Scalar(tag) {
    case "N": return PythonValue.none
    case "T": return .bool(true)
    case "F": return .bool(false)
    case "i": return take(Int64.self).map { .integer(Int($0)) }
    case "I": return takeText().map { .bigInteger($0) }
    case "f": return take(UInt64.self).map { .float(Double(bitPattern: $0)) }
    case "c":
      guard let real = take(UInt64.self), let imaginary = take(UInt64.self) else { return nil }
      return .complex(Double(bitPattern: real), Double(bitPattern: imaginary))
    case "s":
      guard let taken = takeCounted() else { return nil }
      // Lone surrogates are no text that a test could expect.
      return String(validating: taken, as: UTF8.self).map { .string($0) } ?? .bytes(Array(taken))
    case "b": return takeCounted().map { .bytes(Array($0)) }
    case "n": return takeText().map { .type($0) }
    case "u": return takeText().map { .unencodable($0) }
    case "l": return takeItems(depth).map { .list($0) }
    case "t": return takeItems(depth).map { .tuple($0) }
    case "S", "z": return takeItems(depth).map { .set($0) }
    case "d": return takePairs(depth).map { .dictionary($0) }
    default: return nil
    }
  }

  private mutating func takeText() -> String? {
    takeCounted().flatMap { String(validating: $0, as: UTF8.self) }
  }

  private mutating func takeItems(_ depth: Int) -> [PythonValue]? {
    // A count can't ask for more than the frame holds.
    guard let count = take(UInt32.self), Int(count) <= bytes.endIndex - at else { return nil }
    var items: [PythonValue] = []
    items.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let item = takeValue(depth: depth + 1) else { return nil }
      items.append(item)
    }
    return items
  }

  private mutating func takePairs(_ depth: Int) -> [(PythonValue, PythonValue)]? {
    guard let count = take(UInt32.self), Int(count) <= bytes.endIndex - at else { return nil }
    var pairs: [(PythonValue, PythonValue)] = []
    for _ in 0..<count {
      guard let key = takeValue(depth: depth + 1), let value = takeValue(depth: depth + 1) else { return nil }
      pairs.append((key, value))
    }
    return pairs
  }
}
