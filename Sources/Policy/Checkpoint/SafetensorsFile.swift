/// A file of named tensors: the length of a header (u64), the header in JSON, the data
/// (https://huggingface.co/docs/safetensors, "Format").
public final class SafetensorsFile: Sendable {
  private struct Entry {
    var type: String
    var shape: [Int]
    var bytes: Range<Int>
  }

  public let path: String
  private let file: MappedFile
  private let entries: [String: Entry]

  /// - Throws: `CheckpointError` where the header isn't valid or a tensor lies outside of the file.
  public init(_ path: String) throws(CheckpointError) {
    self.path = path
    file = try MappedFile(path)
    let size = file.bytes.count
    guard size >= 8 else { throw Self.error(path, "the file has \(size) bytes and no header") }
    let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(size - 8), length <= Self.longest else {
      throw Self.error(
        path,
        "byte 0 announces a header of \(length) bytes, the file has \(size), the longest \(Self.longest)")
    }
    let start = 8 + Int(length)
    let text = UnsafeRawBufferPointer(rebasing: file.bytes[8..<start]).bindMemory(to: UInt8.self)
    guard let header = try JSONParser.parse(text, file: path, base: 8).object else {
      throw Self.error(path, "the header is no object")
    }
    var entries: [String: Entry] = [:]
    for (name, value) in header where name != "__metadata__" {
      entries[name] = try Self.entry(name, value, path: path, data: start..<size)
    }
    self.entries = entries
    try Self.check(entries, fill: start..<size, path: path)
  }

  /// As the original has it: the data are those of the tensors, one behind the other, and nothing else.
  private static func check(
    _ entries: [String: Entry], fill data: Range<Int>, path: String
  ) throws(CheckpointError) {
    var end = data.lowerBound
    let places = entries.map { (name: $0.key, bytes: $0.value.bytes) }
    for (name, bytes) in places.sorted(by: {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }) {
      guard bytes.lowerBound == end else {
        throw error(path, "“\(name)” begins at byte \(bytes.lowerBound), the one before it ends at \(end)")
      }
      end = bytes.upperBound
    }
    guard end == data.upperBound else {
      throw error(path, "the last \(data.upperBound - end) bytes belong to no tensor")
    }
  }

  /// That of the original (`MAX_HEADER_SIZE`).
  private static let longest = 100_000_000

  private static func error(_ path: String, _ what: String) -> CheckpointError {
    CheckpointError(
      file: path, message: "This is no valid safetensors file: \(what). Fetch or export the file again.")
  }

  private static let sizes = [
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
    "U64": 8, "U32": 4, "U16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
  ]

  private static func entry(
    _ name: String, _ value: JSON, path: String, data: Range<Int>
  ) throws(CheckpointError) -> Entry {
    guard let type = value["dtype"]?.string, let shapes = value["shape"]?.array,
      let offsets = value["data_offsets"]?.array, offsets.count == 2
    else { throw error(path, "“\(name)” lacks dtype, shape or data_offsets") }
    let shape = shapes.compactMap(\.int)
    guard shape.count == shapes.count, let count = elementCount(shape) else {
      throw error(path, "the shape of “\(name)” is no list of sizes")
    }
    guard let start = offsets[0].int, let end = offsets[1].int, start >= 0, start <= end, end <= data.count
    else { throw error(path, "“\(name)” lies outside of the \(data.count) bytes of data") }
    guard let size = sizes[type] else {
      throw error(path, "“\(name)” has the unknown type \(type); known are \(sizes.keys.sorted())")
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, bytes == end - start else {
      throw error(path, "“\(name)” of shape \(shape) and type \(type) has \(end - start) bytes")
    }
    return Entry(type: type, shape: shape, bytes: data.lowerBound + start..<data.lowerBound + end)
  }

  /// Sorted.
  public var names: [String] { entries.keys.sorted() }

  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  private func entry(_ name: String) throws(CheckpointError) -> Entry {
    guard let entry = entries[name] else {
      throw CheckpointError(file: path, message: "The tensor \(name) is missing. Export the model again.")
    }
    return entry
  }

  /// A tensor of floating-point type, as fp32.
  public func tensor(_ name: String) throws(CheckpointError) -> HostTensor {
    let entry = try entry(name)
    let types: [String: WeightType] = ["F64": .f64, "F32": .f32, "F16": .f16, "BF16": .bf16]
    guard let type = types[entry.type] else {
      throw CheckpointError(
        file: path,
        message:
          "\(name) has the type \(entry.type), which is not read as weights. Export the model in F32, F16 or BF16."
      )
    }
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes])
    return HostTensor(
      shape: entry.shape, values: type.floats(bytes, count: entry.shape.reduce(1, *)))
  }

  /// A tensor as it lies in the file: its type's name and its bytes, which stay as long as this object.
  public func raw(_ name: String) throws(CheckpointError) -> (type: String, bytes: UnsafeRawBufferPointer) {
    let entry = try entry(name)
    return (entry.type, UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes]))
  }

  /// The values of a tensor of integers, row-major.
  public func integers(_ name: String) throws(CheckpointError) -> [Int] {
    let entry = try entry(name)
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes])
    func read<T: FixedWidthInteger>(_: T.Type) -> [Int] {
      stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map {
        Int(T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: T.self)))
      }
    }
    switch entry.type {
    case "I64": return read(Int64.self)
    case "I32": return read(Int32.self)
    case "I16": return read(Int16.self)
    case "I8": return read(Int8.self)
    case "U8", "BOOL": return read(UInt8.self)
    default:
      throw CheckpointError(
        file: path, message: "\(name) has the type \(entry.type), which holds no integers.")
    }
  }
}
