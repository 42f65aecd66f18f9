import Foundation
import Testing
import VerifierKit

@testable import Host

private let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

/// A plugin's folder in a place of its own, so that builds of several tests do not meet.
private func temporaryPlugin(_ name: String, _ files: [String: String] = [:]) throws -> PluginFolder {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-plugin-\(UUID())/\(name)")
  if files.isEmpty {
    try FileManager.default.createDirectory(
      at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: root.appending(path: "plugins/\(name)"), to: folder)
  } else {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (file, text) in files {
      try text.write(to: folder.appending(path: file), atomically: true, encoding: .utf8)
    }
  }
  return try PluginFolder(folder)
}

private func sample(_ completion: String) -> (Completion, Problem) {
  (
    Completion(text: completion),
    Problem(id: "p", domain: "math", prompt: .text("47+38"), reference: .string("85"))
  )
}

@Test(
  "the example plugins build, load, pass their gate and judge", arguments: ["concise-answer", "ascii-only"])
func examples(name: String) async throws {
  let folder = try temporaryPlugin(name)
  _ = try PluginBuilder(home: root).build(folder)
  let verifier = try Plugin(folder)
  #expect(verifier.description.name == name && verifier.digest.count == 64)
  let report = try await PluginGate(verifier).run(cases: folder.cases)
  #expect(report.passed, "\(report)")
  let (good, problem) = sample("<think>7+8=15</think>Answer: 85")
  let verdict = try await verifier.verify(good, of: problem)
  #expect(verdict.status == .accepted && verdict.details["plugin"]?.hasPrefix(name) == true)
  #expect(try await verifier.verify(Completion(text: ""), of: problem).status == .rejected)
  #expect(throws: PluginError.self) { try Plugin(folder, options: ["no_such": .bool(true)]) }
}

@Test("a plugin that pays everything is found out")
func gameable() async throws {
  let folder = try temporaryPlugin(
    "pays-all",
    [
      "plugin.json": #"{"name": "pays-all", "language": "swift"}"#,
      "PaysAll.swift": """
      import VerifierKit
      @_cdecl("assay_verifier_plugin") public func plugin() -> UnsafeRawPointer { exportPlugin(PaysAll.self) }
      struct PaysAll: PluginVerifier {
        static let description = PluginDescription(
          name: "pays-all", version: "1", summary: "Pays.", licence: "Apache-2.0")
        init(options: [String: JSONValue]) {}
        func verify(_ completion: Completion, of problem: Problem) -> Verdict {
          completion.text == "bad" ? .rejected("bad") : .accepted("fine")
        }
      }
      """,
      "cases.jsonl": """
      {"id":"1","domain":"math","prompt":"q","completion":"good","expect":"accepted"}
      {"id":"2","domain":"math","prompt":"q","completion":"bad","expect":"rejected"}
      """,
    ])
  _ = try PluginBuilder(home: root).build(folder)
  let report = try await PluginGate(try Plugin(folder)).run(
    cases: folder.cases)
  #expect(report.wrong.isEmpty && !report.passed)
  #expect(report.gameable.contains { $0.hasPrefix("empty earned") })
  await #expect(throws: PluginError.self) {
    try await VerifierHost.make(
      rewards: ["math": [RewardSpecification(name: "pays-all")]],
      pluginFolders: [folder.url.deletingLastPathComponent()], judge: nil)
  }
}

@Test("a library of another version of the interface is refused with a sentence")
func otherVersion() throws {
  let folder = try temporaryPlugin(
    "from-the-future",
    [
      "plugin.json": #"{"name": "from-the-future", "language": "c"}"#,
      "future.c": """
      #include "VerifierABI.h"
      static const assay_verifier_plugin_table table = {99, sizeof(assay_verifier_plugin_table), 0, 0, 0, 0, 0};
      const assay_verifier_plugin_table *assay_verifier_plugin(void) { return &table; }
      """,
    ])
  _ = try PluginBuilder(home: root).build(folder)
  let error = #expect(throws: PluginError.self) { try Plugin(folder) }
  #expect(
    error?.message.contains("version 99") == true && error?.message.contains("assay plugin build") == true)
}

@Test("what is wrong with a folder is said")
func badFolders() throws {
  #expect(throws: PluginError.self) { try PluginFolder(root.appending(path: "plugins/none")) }
  let broken = try temporaryPlugin(
    "broken", ["plugin.json": #"{"name": "broken", "language": "swift"}"#, "a.swift": "let x: Int = \"\""])
  let error = #expect(throws: PluginError.self) { try PluginBuilder(home: root).build(broken) }
  #expect(error?.message.contains("does not compile") == true)
  #expect(throws: PluginError.self) { try Plugin(broken) }
}
