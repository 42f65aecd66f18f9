public import Foundation

/// `events.out.tfevents.*`: the metrics once more, in the form that TensorBoard opens.
///
/// Each record is a TFRecord (tensorflow/core/lib/io/record_writer.h) that holds an `Event`
/// (tensorflow/core/util/event.proto), of which only step, time and scalar summaries are needed here.
public final class TensorBoardLog: Sendable {
  private let file: AppendedFile

  /// - Parameters:
  ///   - folder: the run's.
  ///   - time: seconds since 1970; part of the file's name.
  public init(in folder: URL, time: Double = Date().timeIntervalSince1970) throws(RunError) {
    let name = "events.out.tfevents.\(Int(time)).\(ProcessInfo.processInfo.hostName).\(getpid())"
    file = try AppendedFile(folder.appending(path: name))
    var event = ProtocolBuffer()
    event.append(double: time, field: 1)
    event.append(bytes: Data("brain.Event:2".utf8), field: 3)
    try file.append(Self.record(event.data))
  }

  /// Goes on with a file that exists.
  /// - Parameter length: bytes of it to keep.
  public init(continuing url: URL, keeping length: Int) throws(RunError) {
    file = try AppendedFile(url, keeping: length)
  }

  public var url: URL { file.url }

  /// Bytes so far.
  public var length: Int { file.length }

  func sync() throws(RunError) { try file.sync() }

  /// Values that aren't finite are left out.
  public func append(_ row: MetricsRow, time: Double = Date().timeIntervalSince1970) throws(RunError) {
    var summary = ProtocolBuffer()
    for (name, number) in row.values.sorted(by: { $0.key < $1.key }) where number.isFinite {
      var value = ProtocolBuffer()
      value.append(bytes: Data(name.utf8), field: 1)
      value.append(float: Float(number), field: 2)
      summary.append(bytes: value.data, field: 1)
    }
    var event = ProtocolBuffer()
    event.append(double: time, field: 1)
    event.append(varint: UInt64(bitPattern: Int64(row.step)), field: 2)
    event.append(bytes: summary.data, field: 5)
    try file.append(Self.record(event.data))
  }

  /// Length, its checksum, the data, their checksum.
  static func record(_ data: Data) -> Data {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(maskedCRC32C(length)) + data + littleEndian(maskedCRC32C(data))
  }
}

/// The few encodings of protocol buffers that an event needs (protobuf.dev, "Encoding").
struct ProtocolBuffer {
  private(set) var data = Data()

  mutating func append(varint value: UInt64, field: UInt64) {
    raw(field << 3)
    raw(value)
  }

  mutating func append(double value: Double, field: UInt64) {
    raw(field << 3 | 1)
    data += littleEndian(value.bitPattern)
  }

  mutating func append(bytes value: Data, field: UInt64) {
    raw(field << 3 | 2)
    raw(UInt64(value.count))
    data += value
  }

  mutating func append(float value: Float, field: UInt64) {
    raw(field << 3 | 5)
    data += littleEndian(value.bitPattern)
  }

  private mutating func raw(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    data.append(UInt8(value))
  }
}

/// A checksum of data that hold checksums would be weak; TFRecord rotates it and adds a constant.
func maskedCRC32C(_ data: Data) -> UInt32 {
  let crc = crc32c(data)
  return (crc >> 15 | crc << 17) &+ 0xa282_ead8
}

/// CRC-32 with Castagnoli's polynomial, reflected (RFC 3720, appendix B.4).
func crc32c(_ data: Data) -> UInt32 {
  ~data.reduce(~UInt32(0)) { crc, byte in
    crc >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
  }
}

private let crcTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
}

private func littleEndian(_ value: some FixedWidthInteger) -> Data {
  withUnsafeBytes(of: value.littleEndian) { Data($0) }
}
