import AssayNumerics
import Foundation
import Policy

/// Buffers of a trainer, to the bit, as a safetensors file.
struct StateTensors {
  private struct Part {
    var name: String
    var type: String
    var count: Int
    /// Bytes of the buffer that count.
    var bytes: Int
    var buffer: FloatBuffer
  }

  private var parts: [Part] = []

  /// - Parameter name: as PyTorch calls it, where it does.
  mutating func add(_ name: String, _ buffer: FloatBuffer) {
    parts.append(
      Part(name: name, type: "F32", count: buffer.count, bytes: 4 * buffer.count, buffer: buffer))
  }

  /// `exp_avg` and `exp_avg_sq`.
  /// - Parameter count: of the weights.
  mutating func add(_ moments: AdamW.Moments, count: Int) {
    let (type, size) = moments.format == .fp32 ? ("F32", 4) : ("BF16", 2)
    for (name, buffer) in [("exp_avg", moments.mean), ("exp_avg_sq", moments.variance)] {
      parts.append(Part(name: name, type: type, count: count, bytes: size * count, buffer: buffer))
    }
  }

  func write(to file: URL) throws(RunError) {
    var fields: [String] = []
    var end = 0
    for part in parts {
      fields.append(
        #""\#(part.name)":{"dtype":"\#(part.type)","shape":[\#(part.count)],"#
          + #""data_offsets":[\#(end),\#(end + part.bytes)]}"#)
      end += part.bytes
    }
    var header = Data(("{" + fields.joined(separator: ",") + "}").utf8)
    header += Data(repeating: 0x20, count: (8 - header.count % 8) % 8)
    var data = [withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }, header]
    for part in parts {
      data.append(Data(bytesNoCopy: part.buffer.start, count: part.bytes, deallocator: .none))
    }
    try writeThrough(data, to: file)
  }

  /// Fills the buffers from a file of the same names, types and sizes.
  func read(from file: URL) throws {
    let found = try SafetensorsFile(file.path)
    for part in parts {
      let (type, bytes) = try found.raw(part.name)
      guard type == part.type, bytes.count == part.bytes, let start = bytes.baseAddress else {
        throw RunError(
          "\(file.path): \(part.name) is \(bytes.count) bytes of \(type), the recipe asks for \(part.bytes) of "
            + "\(part.type). Resume with the recipe that wrote it.")
      }
      memcpy(part.buffer.start, start, part.bytes)
    }
  }
}
