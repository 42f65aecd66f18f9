/// A GGUF file: metadata and tensors (specification: docs/gguf.md of ggml), versions 2 and 3, little-endian.
struct GGUFFile: Sendable {
  struct Tensor: Sendable {
    /// Outermost first, the reverse of the file's order.
    var shape: [Int]
    var type: WeightType
    var bytes: Range<Int>
  }

  let file: MappedFile
  private(set) var metadata: [String: GGUFValue] = [:]
  private(set) var tensors: [String: Tensor] = [:]

  var path: String { file.path }

  init(_ path: String) throws(CheckpointError) {
    file = try MappedFile(path)
    var reader = GGUFReader(file)
    guard try reader.integer(UInt32.self, "the magic number") == 0x4655_4747 else {
      throw reader.error("it doesn't begin with “GGUF”", at: 0)
    }
    let version = try reader.integer(UInt32.self, "the version")
    guard version == 2 || version == 3 else {
      throw reader.error("its version is \(version); supported are 2 and 3", at: 4)
    }
    let tensorCount = try reader.count("the number of tensors")
    let metadataCount = try reader.count("the number of metadata")
    for _ in 0..<metadataCount {
      let at = reader.position
      let key = try reader.string("a metadata key")
      guard metadata.updateValue(try reader.value(of: key), forKey: key) == nil else {
        throw reader.error("the key \(key) comes a second time", at: at)
      }
    }
    var headers: [(name: String, shape: [Int], type: UInt32, offset: UInt64, at: Int)] = []
    for _ in 0..<tensorCount {
      let name = try reader.string("a tensor's name")
      let at = reader.position
      let rank = try reader.integer(UInt32.self, "the rank of \(name)")
      guard rank <= 4 else { throw reader.error("\(name) has \(rank) dimensions", at: at) }
      var shape: [Int] = []
      for _ in 0..<rank {
        let extent = try reader.integer(UInt64.self, "a size of \(name)")
        guard let extent = Int(exactly: extent) else {
          throw reader.error("a size of \(name) is \(extent)", at: at)
        }
        shape.insert(extent, at: 0)
      }
      let type = try reader.integer(UInt32.self, "the type of \(name)")
      headers.append((name, shape, type, try reader.integer(UInt64.self, "the place of \(name)"), at))
    }
    let alignment = metadata["general.alignment"]?.int ?? 32
    guard alignment > 0, alignment <= 1 << 20 else {
      throw reader.error("general.alignment is \(alignment)", at: 0)
    }
    let data = (reader.position + alignment - 1) / alignment * alignment
    for header in headers {
      guard header.offset % UInt64(alignment) == 0 else {
        throw reader.error("the place of \(header.name) is no multiple of \(alignment)", at: header.at)
      }
      guard tensors.updateValue(try place(header, data: data, reader), forKey: header.name) == nil else {
        throw reader.error("the tensor \(header.name) comes a second time", at: header.at)
      }
    }
    let ordered = tensors.sorted { $0.value.bytes.lowerBound < $1.value.bytes.lowerBound }
    for (one, other) in zip(ordered, ordered.dropFirst())
    where other.value.bytes.lowerBound < one.value.bytes.upperBound {
      throw reader.error("\(one.key) and \(other.key) overlap", at: other.value.bytes.lowerBound)
    }
  }

  private func place(
    _ header: (name: String, shape: [Int], type: UInt32, offset: UInt64, at: Int), data: Int,
    _ reader: GGUFReader
  ) throws(CheckpointError) -> Tensor {
    let name = header.name
    guard let type = Self.types[header.type] else {
      let number = Self.unsupported[header.type] ?? "number \(header.type)"
      throw CheckpointError(
        file: path,
        message: "\(name) is quantised as \(number). Convert the model to one of F32, F16, BF16, Q8_0, Q4_0, "
          + "Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K.")
    }
    // Blocks lie within rows.
    guard let count = elementCount(header.shape), (header.shape.last ?? 1) % type.block.count == 0,
      let size = type.bytes(of: count)
    else { throw reader.error("\(name) can't have shape \(header.shape) in type \(type)", at: header.at) }
    let end = file.bytes.count
    guard header.offset <= UInt64(end), data <= end - Int(header.offset),
      size <= end - data - Int(header.offset)
    else {
      throw reader.error(
        "\(name) needs \(size) bytes at \(data) + \(header.offset), the file has \(end)", at: header.at)
    }
    let start = data + Int(header.offset)
    return Tensor(shape: header.shape, type: type, bytes: start..<start + size)
  }

  /// `enum ggml_type` of ggml.h.
  private static let types: [UInt32: WeightType] = [
    0: .f32, 1: .f16, 2: .q4_0, 3: .q4_1, 6: .q5_0, 7: .q5_1, 8: .q8_0, 12: .q4_K, 13: .q5_K, 14: .q6_K,
    28: .f64,
    30: .bf16,
  ]
  static func number(of type: WeightType) -> UInt32? { types.first { $0.value == type }?.key }

  private static let unsupported: [UInt32: String] = [
    10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 20: "IQ4_NL",
    21: "IQ3_S", 23: "IQ4_XS",
  ]

  /// As fp32.
  func tensor(_ name: String) throws(CheckpointError) -> HostTensor {
    guard let tensor = tensors[name] else {
      throw CheckpointError(file: path, message: "The tensor \(name) is missing. Fetch the file again.")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[tensor.bytes])
    return HostTensor(
      shape: tensor.shape, values: tensor.type.floats(bytes, count: tensor.shape.reduce(1, *)))
  }
}
