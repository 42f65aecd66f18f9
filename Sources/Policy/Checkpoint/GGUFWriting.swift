import Foundation

extension Checkpoint {
  /// How matrices are stored in a GGUF file. Norms are stored as F32, as llama.cpp wants them.
  public enum GGUFType: String, Sendable, CaseIterable {
    case float32
    /// Rounded to nearest, ties to even.
    case bfloat16
    /// Blocks of 32 signed bytes with a scale: a quarter of the size. A matrix whose rows are no multiple of 32 is
    /// stored as BF16.
    case q8_0

    /// Of a tensor of that shape.
    func type(of shape: [Int]) -> WeightType {
      guard shape.count > 1 else { return .f32 }
      switch self {
      case .float32: return .f32
      case .bfloat16: return .bf16
      case .q8_0: return shape.last.map { $0 % 32 == 0 } == true ? .q8_0 : .bf16
      }
    }

    /// `enum llama_ftype` of llama.h.
    fileprivate var fileType: Int {
      switch self {
      case .float32: 0
      case .bfloat16: 32
      case .q8_0: 7
      }
    }
  }

  /// Writes one GGUF file that llama.cpp and what is built on it load: weights, shape and tokenizer, the rows of q
  /// and k in llama.cpp's order. The file appears as a whole or not at all.
  ///
  /// Not kept: what an added token does with the spaces around it, for which GGUF has no place.
  /// - Throws: `CheckpointError` where a tensor is missing, has another shape than `config` implies or can't be
  ///   stored as `type`, where the tokenizer has no name in GGUF, or where the file can't be written.
  public func writeGGUF(to path: String, type: GGUFType = .q8_0) throws(CheckpointError) {
    let entries = ParameterLayout(config).entries
    let head = try head(entries, type)
    try FileFolder.make(FileFolder.parent(of: path))
    try WrittenFile.replace(path) { (file: borrowing WrittenFile) throws(CheckpointError) in
      try file.append(head)
      for entry in entries { try append(entry, type, to: file) }
      // Whatever a shape may come to hold: what the metadata don't say must not be lost without a word.
      var read = try GGUFFile(file.path).config()
      (read.bosToken, read.eosTokens) = (config.bosToken, config.eosTokens)
      guard read == config else {
        throw CheckpointError(
          file: origin,
          message: "GGUF can't say all of the model's shape. Write a Hugging Face folder instead.")
      }
    }
  }

  /// All that comes before the data.
  private func head(
    _ entries: [ParameterLayout.Entry], _ type: GGUFType
  ) throws(CheckpointError) -> [UInt8] {
    var head = GGUFEncoder()
    head.integer(UInt32(0x4655_4747))
    head.integer(UInt32(3))
    head.integer(UInt64(entries.count))
    let metadata = try metadata(type)
    head.integer(UInt64(metadata.count))
    for (key, value) in metadata { head.entry(key, value) }
    var end = 0
    for entry in entries {
      guard let tensor = tensors[entry.name], tensor.shape == entry.shape else {
        let found = tensors[entry.name].map { "has shape \($0.shape)" } ?? "is missing"
        throw CheckpointError(
          file: origin, message: "\(entry.name) \(found), the model's shape implies \(entry.shape).")
      }
      let name = GGUFFile.name(of: entry.name)
      let stored = type.type(of: entry.shape)
      guard name != entry.name, let number = GGUFFile.number(of: stored),
        let size = stored.bytes(of: entry.count)
      else {
        throw CheckpointError(
          file: origin, message: "\(entry.name) has no name in GGUF. Write a Hugging Face folder instead.")
      }
      head.tensor(name, shape: entry.shape, type: number, offset: end)
      end += size + GGUFEncoder.padding(after: size)
    }
    head.pad()
    return head.bytes
  }

  private func append(
    _ entry: ParameterLayout.Entry, _ type: GGUFType, to file: borrowing WrittenFile
  ) throws(CheckpointError) {
    var tensor = tensors[entry.name] ?? HostTensor(shape: [0], values: [])
    if entry.name.hasSuffix("q_proj.weight") { tensor.interleave(heads: config.heads) }
    if entry.name.hasSuffix("k_proj.weight") { tensor.interleave(heads: config.keyValueHeads) }
    guard let bytes = type.type(of: entry.shape).stored(tensor.values) else {
      throw CheckpointError(
        file: origin, message: "\(entry.name) holds numbers that \(type.rawValue) can't. Use float32.")
    }
    try file.append(bytes)
    try file.append([UInt8](repeating: 0, count: GGUFEncoder.padding(after: bytes.count)))
  }

  /// In the order of convert_hf_to_gguf.py of llama.cpp.
  private func metadata(
    _ type: GGUFType
  ) throws(CheckpointError) -> [(key: String, value: GGUFEncoder.Value)] {
    [
      ("general.architecture", .string("llama")), ("general.type", .string("model")),
      ("llama.block_count", .size(config.layers)), ("llama.context_length", .size(config.maxPositions)),
      ("llama.embedding_length", .size(config.hiddenSize)),
      ("llama.feed_forward_length", .size(config.intermediateSize)),
      ("llama.attention.head_count", .size(config.heads)),
      ("llama.attention.head_count_kv", .size(config.keyValueHeads)),
      ("llama.rope.freq_base", .float(config.ropeTheta)),
      ("llama.attention.layer_norm_rms_epsilon", .float(config.rmsNormEpsilon)),
      ("llama.attention.key_length", .size(config.headDimension)),
      ("llama.attention.value_length", .size(config.headDimension)),
      ("llama.vocab_size", .size(config.vocabularySize)),
      ("llama.rope.dimension_count", .size(config.headDimension)),
      ("general.file_type", .size(type.fileType)), ("general.quantization_version", .size(2)),
    ] + (try tokenizer.ggufMetadata(rows: config.vocabularySize, file: origin))
  }
}

extension HostTensor {
  /// Rows of a head from Hugging Face's order to GGUF's: undoes `uninterleave`.
  mutating func interleave(heads: Int) {
    guard shape.count == 2, heads > 0, shape[0] % (2 * heads) == 0 else { return }
    let (width, half) = (shape[1], shape[0] / heads / 2)
    let source = values
    for head in 0..<heads {
      for row in 0..<2 * half {
        let from = (head * 2 * half + row % 2 * half + row / 2) * width
        let to = (head * 2 * half + row) * width
        values.replaceSubrange(to..<to + width, with: source[from..<from + width])
      }
    }
  }
}
