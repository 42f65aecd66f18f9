import Foundation

extension Checkpoint {
  /// Writes a Hugging Face folder that `transformers` loads: `config.json`, `model.safetensors` (F32) and the
  /// tokenizer's files.
  ///
  /// All of it is written and forced to the disk in a folder beside, which is then renamed: after a crash the
  /// folder is there as a whole or not at all. One that is already there is put aside for the exchange, and
  /// removed after it.
  public func write(to folder: String) throws(CheckpointError) {
    if let fault = config.fault { throw CheckpointError(file: folder, message: "\(fault).") }
    let target = URL(fileURLWithPath: folder).standardizedFileURL
    let parent = target.deletingLastPathComponent()
    let name = target.lastPathComponent
    let unique = "\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let beside = parent.appending(path: ".\(name).\(unique).partial")
    let aside = parent.appending(path: ".\(name).\(unique).old")
    let files = FileManager.default
    do {
      try files.createDirectory(at: beside, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError(
        file: beside.path, message: "Can't create the folder: \(error.localizedDescription)")
    }
    do throws(CheckpointError) {
      try WrittenFile.write(
        Array(config.json(padToken: tokenizer.padToken).text.utf8), to: beside.path + "/config.json")
      for (name, bytes) in tokenizer.files() { try WrittenFile.write(bytes, to: beside.path + "/" + name) }
      try SafetensorsFile.write(tensors, to: beside.path + "/model.safetensors")
      try WrittenFile.synchronizeFolder(beside.path)
      let replaces = rename(target.path, aside.path) == 0
      guard replaces || errno == ENOENT else {
        throw CheckpointError(file: folder, message: "Can't put the old folder aside: \(systemMessage()).")
      }
      guard rename(beside.path, target.path) == 0 else {
        let message = systemMessage()
        if replaces { rename(aside.path, target.path) }
        throw CheckpointError(file: folder, message: "Can't rename the new folder: \(message).")
      }
      try WrittenFile.synchronizeFolder(parent.path)
    } catch {
      try? files.removeItem(at: beside)
      throw error
    }
    // What can't be removed is a hidden folder too many; the checkpoint stands.
    try? files.removeItem(at: aside)
  }
}

extension SafetensorsFile {
  /// Writes tensors as F32, in the order of their names, and forces them to the disk.
  public static func write(_ tensors: [String: HostTensor], to path: String) throws(CheckpointError) {
    var header: [(key: String, value: JSON)] = [("__metadata__", .object([("format", .string("pt"))]))]
    var offset = 0
    let ordered = tensors.sorted { $0.key < $1.key }
    for (name, tensor) in ordered {
      let end = offset + 4 * tensor.values.count
      header.append(
        (
          name,
          .object([
            ("dtype", .string("F32")), ("shape", .array(tensor.shape.map(JSON.int))),
            ("data_offsets", .array([.int(offset), .int(end)])),
          ])
        ))
      offset = end
    }
    var text = Array(JSON.object(header).compactText.utf8)
    // The data begin at a multiple of 8 bytes.
    text += Array(repeating: 0x20, count: (8 - text.count % 8) % 8)
    let file = try WrittenFile(path)
    try withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes throws(CheckpointError) in
      try file.write(bytes)
    }
    try text.withUnsafeBytes { bytes throws(CheckpointError) in try file.write(bytes) }
    for (_, tensor) in ordered {
      try tensor.values.withUnsafeBytes { bytes throws(CheckpointError) in try file.write(bytes) }
    }
    try file.close()
  }
}

/// A new file, which is on the disk once `close` has returned.
final class WrittenFile {
  private let path: String
  private var descriptor: Int32

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.error(path, "Can't create it") }
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  private static func error(_ path: String, _ what: String) -> CheckpointError {
    let hint = errno == ENOSPC || errno == EDQUOT ? " Free some space." : ""
    return CheckpointError(file: path, message: "\(what): \(systemMessage()).\(hint)")
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.error(path, "Can't write it")
      }
      rest = rest.dropFirst(count)
    }
  }

  func close() throws(CheckpointError) {
    guard fsync(descriptor) == 0 else { throw Self.error(path, "Can't write it to the disk") }
    let result = Foundation.close(descriptor)
    descriptor = -1
    guard result == 0 else { throw Self.error(path, "Can't close it") }
  }

  static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    let file = try WrittenFile(path)
    try bytes.withUnsafeBytes { bytes throws(CheckpointError) in try file.write(bytes) }
    try file.close()
  }

  static func synchronizeFolder(_ path: String) throws(CheckpointError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error(path, "Can't open the folder") }
    defer { Foundation.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw error(path, "Can't write the folder to the disk") }
  }
}
