import Foundation
import Testing

@testable import Policy

/// Files that the scripts in tools/ made with PyTorch, transformers and tokenizers.
enum Golden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden"

  static func path(_ name: String) -> String { folder + "/" + name }

  static func json(_ name: String) throws -> JSON { try MappedFile.json(path(name)) }

  /// Of a `.jsonl` file.
  static func lines(_ name: String) throws -> [JSON] {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    return try bytes.split(separator: 0x0a).map { try JSONParser.parse(Array($0), file: name) }
  }

  /// Where tools/smollm2.sh links the file that it fetches; nil where it was not.
  static let smollm2: String? = {
    let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = project.path + "/models/smollm2-135m-instruct.gguf"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  /// A folder of its own, gone after the test.
  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/checkpoint-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}

/// Two strings are equal scalar by scalar, not only canonically.
func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
