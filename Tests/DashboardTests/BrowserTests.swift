import Foundation
import Testing

/// The page in a real browser, by `tools/check_dashboard.mjs`.
@Suite("The page in Chromium") struct BrowserTests {
  private static func path(of program: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static let node = path(of: "node")
  static let chromium = ["chromium", "chromium-browser", "google-chrome"].compactMap(path).first
  static let assay: URL? = {
    let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    return folders.map { $0.appending(path: "assay") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  @Test(
    "its numbers are those of metrics.jsonl, and markup in completions stays text",
    .enabled(if: node != nil && chromium != nil, "needs node and Chromium"), .timeLimit(.minutes(5)))
  func page() async throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "tools/check_dashboard.mjs")
    let assay = try #require(Self.assay, "the assay executable is not beside the tests")
    try await MadeUpRuns.withFolder { folder in
      try MadeUpRuns.make("first", in: folder, steps: 60)
      try MadeUpRuns.make("second & <b>odd</b>", in: folder, steps: 35, shift: 0.125)
      try FileManager.default.createDirectory(
        at: folder.appending(path: "broken"), withIntermediateDirectories: true)
      try "junk\n".write(
        to: folder.appending(path: "broken/metrics.jsonl"), atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(filePath: try #require(Self.node))
      process.arguments = [script.path, folder.path, "--assay", assay.path]
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(output)")
      #expect(output.contains("0 differences"))
    }
  }
}
