import Foundation

extension Checkpoint {
  /// How weights are stored.
  public enum StoredType: String, Sendable, CaseIterable {
    case float32
    /// Rounded to nearest, ties to even: half the size.
    case bfloat16
  }

  /// Writes a Hugging Face folder that `transformers` loads: `config.json`, `generation_config.json`,
  /// `model.safetensors` and the tokenizer's files.
  ///
  /// A new folder appears as a whole or not at all. In a folder that exists each file is replaced as a whole,
  /// the weights last, and other files stay.
  /// - Throws: `CheckpointError` where a tensor is missing or has another shape than `config` implies, or the
  ///   folder can't be written.
  public func write(to folder: String, type: StoredType = .float32) throws(CheckpointError) {
    let entries = ParameterLayout(config).entries
    for entry in entries where tensors[entry.name]?.shape != entry.shape {
      let found = tensors[entry.name].map { "has shape \($0.shape)" } ?? "is missing"
      throw CheckpointError(
        file: origin, message: "\(entry.name) \(found), the model's shape implies \(entry.shape).")
    }
    var files = try tokenizer.files()
    files["config.json"] = Array(config.json(padToken: tokenizer.padToken, type: type).text.utf8)
    if files["generation_config.json"] == nil {
      files["generation_config.json"] = Array(config.generationJSON(padToken: tokenizer.padToken).text.utf8)
    }
    let place = FileFolder.normalized(folder)
    try FileFolder.make(FileFolder.parent(of: place))
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw CheckpointError(file: place, message: "A file of this name exists. Choose another name.")
      }
      try write(files, entries, type, to: place, suffix: ".\(getpid()).partial")
      return
    }
    let partial = place + ".\(getpid()).partial"
    try? FileManager.default.removeItem(atPath: partial)
    do throws(CheckpointError) {
      try FileFolder.make(partial)
      try write(files, entries, type, to: partial, suffix: nil)
      guard rename(partial, place) == 0 else { throw FileFolder.error(place, "rename \(partial) to it") }
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
    try FileFolder.sync(FileFolder.parent(of: place))
  }

  /// - Parameter suffix: of the name that a file has until it is complete; nil: the folder is not in use yet.
  private func write(
    _ files: [String: [UInt8]], _ entries: [ParameterLayout.Entry], _ type: StoredType, to folder: String,
    suffix: String?
  ) throws(CheckpointError) {
    func file(
      _ name: String, _ body: (borrowing WrittenFile) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
      let place = folder + "/" + name
      let written = try WrittenFile(place + (suffix ?? ""))
      do throws(CheckpointError) {
        try body(written)
        try written.sync()
        if suffix != nil, rename(written.path, place) != 0 {
          throw FileFolder.error(place, "rename \(written.path) to it")
        }
      } catch {
        unlink(written.path)
        throw error
      }
    }
    for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
      try file(name) { out throws(CheckpointError) in
        try out.append(bytes)
      }
    }
    try file("model.safetensors") { out throws(CheckpointError) in
      // What the router counts with is no weight: in bf16 its steps would be larger than what it is moved by.
      let stored = entries.map { ($0.name, $0.shape, $0.isTrained ? type : .float32) }
      try SafetensorsFile.write(stored, to: out) { name in
        tensors[name]?.values ?? []
      }
    }
    try FileFolder.sync(folder)
  }
}

extension SafetensorsFile {
  /// All of one type.
  static func write(
    _ tensors: [(name: String, shape: [Int])], _ type: Checkpoint.StoredType, to file: borrowing WrittenFile,
    values: (String) -> [Float]
  ) throws(CheckpointError) {
    try write(tensors.map { ($0.name, $0.shape, type) }, to: file, values: values)
  }

  /// - Parameter values: of a tensor by name, as many as its shape says.
  static func write(
    _ tensors: [(name: String, shape: [Int], type: Checkpoint.StoredType)], to file: borrowing WrittenFile,
    values: (String) -> [Float]
  ) throws(CheckpointError) {
    var header: [(key: String, value: JSON)] = [("__metadata__", .object([("format", .string("pt"))]))]
    var end = 0
    for (name, shape, type) in tensors {
      let start = end
      end += shape.reduce(1, *) * (type == .float32 ? 4 : 2)
      header.append(
        (
          name,
          .object([
            ("dtype", .string(type == .float32 ? "F32" : "BF16")), ("shape", .array(shape.map(JSON.int))),
            ("data_offsets", .array([.int(start), .int(end)])),
          ])
        ))
    }
    var text = Array(JSON.object(header).compactText.utf8)
    // Data starts at a multiple of eight.
    text += Array(repeating: 0x20, count: (8 - text.count % 8) % 8)
    try file.append(withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) })
    try file.append(text)
    for (name, _, type) in tensors {
      switch type {
      case .float32: try file.append(values(name))
      case .bfloat16: try file.append(values(name).map(bfloat16))
      }
    }
  }

  /// The upper half, rounded to nearest, ties to even; NaN stays NaN.
  static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }
}
