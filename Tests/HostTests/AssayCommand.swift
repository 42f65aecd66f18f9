import Foundation
import Testing
import VerifierKit

/// `assay`, built beside the tests, run as a user runs it.
enum AssayCommand {
  static let program: URL? = {
    let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    return folders.map { $0.appending(path: "assay") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The output as rows.
    func rows() throws -> [JSONValue] {
      try output.split(separator: "\n").map { try JSONValue(parsing: $0) }
    }
  }

  /// - Parameter input: What standard input holds.
  static func run(_ arguments: [String], input: String = "") throws -> Outcome {
    let program = try #require(program, "the assay executable is not beside the tests")
    return try withFolder { folder in
      let process = Process()
      process.executableURL = program
      process.arguments = arguments
      // Files, not pipes: those fill up when nobody reads them.
      let places = ["in", "out", "err"].map { folder.appending(path: $0) }
      try input.write(to: places[0], atomically: true, encoding: .utf8)
      for place in places.dropFirst() { try Data().write(to: place) }
      process.standardInput = try FileHandle(forReadingFrom: places[0])
      process.standardOutput = try FileHandle(forWritingTo: places[1])
      process.standardError = try FileHandle(forWritingTo: places[2])
      try process.run()
      process.waitUntilExit()
      func text(_ place: URL) throws -> String {
        String(decoding: try Data(contentsOf: place), as: UTF8.self)
      }
      return Outcome(
        status: process.terminationStatus, output: try text(places[1]), errors: try text(places[2]))
    }
  }

  static func withFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-command-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
