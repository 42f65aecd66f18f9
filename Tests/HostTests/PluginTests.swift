import Foundation
import Testing
import VerifierKit

@testable import Host

private let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

/// A plugin's folder in a place of its own, so that builds of several tests do not meet.
private func temporaryPlugin(_ name: String, _ files: [String: String] = [:]) throws -> PluginFolder {
  let folder = TestFolder.place().appending(path: name)
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

@Test(
  "a plugin's name leads nowhere but into the folder",
  arguments: [
    "../concise-answer", "../plugins/concise-answer", "/tmp", "a/../concise-answer", "..", ".", "", "\0",
  ])
func outside(name: String) throws {
  #expect(try PluginFolder.find(name, in: root.appending(path: "plugins")) == nil)
  #expect(try PluginFolder.find("concise-answer", in: root.appending(path: "plugins")) != nil)
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

@Test("a library in Rust loads just as well", .enabled(if: findProgram("rustc") != nil, "needs rustc"))
func rust() async throws {
  let folder = try temporaryPlugin(
    "in-rust",
    [
      "plugin.json": #"{"name": "in-rust", "language": "rust"}"#,
      "lib.rs": """
      use std::os::raw::{c_char, c_void};
      #[repr(C)] #[derive(Clone, Copy)] pub struct Text { bytes: *const c_char, length: usize }
      #[repr(C)] pub struct Sample { id: Text, domain: Text, prompt: Text, messages: Text, completion: Text,
        finish_reason: Text, reference: Text, language: Text, metadata: Text }
      #[repr(C)] pub struct Verdict { status: i32, score: f64, reason: Text, details: *const c_void, count: usize }
      type Receive = extern "C" fn(*mut c_void, Text);
      #[repr(C)] pub struct Results { context: *mut c_void, verdict: extern "C" fn(*mut c_void, usize, *const Verdict),
        fault: extern "C" fn(*mut c_void, usize, Text, Text) }
      #[repr(C)] pub struct Table { version: u32, size: u32, describe: extern "C" fn(*mut c_void, Receive),
        create: extern "C" fn(Text, *mut c_void, Receive) -> *mut c_void,
        score: extern "C" fn(*mut c_void, *const Sample, usize, *const Results),
        cancel: extern "C" fn(*mut c_void), destroy: extern "C" fn(*mut c_void) }
      fn text(s: &'static str) -> Text { Text { bytes: s.as_ptr() as *const c_char, length: s.len() } }
      fn bytes(t: &Text) -> &[u8] { unsafe { std::slice::from_raw_parts(t.bytes as *const u8, t.length) } }
      extern "C" fn describe(c: *mut c_void, r: Receive) {
        r(c, text("{\\"name\\":\\"in-rust\\",\\"version\\":\\"1\\",\\"licence\\":\\"Apache-2.0\\",\\"summary\\":\\"The reference alone.\\"}")) }
      extern "C" fn create(_: Text, _: *mut c_void, _: Receive) -> *mut c_void { 8 as *mut c_void }
      extern "C" fn score(_: *mut c_void, samples: *const Sample, n: usize, results: *const Results) {
        for i in 0..n { unsafe {
          let s = &*samples.add(i);
          let ok = !s.completion.bytes.is_null() && [b"\\"", bytes(&s.completion), b"\\""].concat() == bytes(&s.reference);
          let v = Verdict { status: ok as i32, score: ok as i32 as f64, reason: text("compared"),
            details: std::ptr::null(), count: 0 };
          ((*results).verdict)((*results).context, i, &v) } } }
      extern "C" fn nothing(_: *mut c_void) {}
      static TABLE: Table = Table { version: 2, size: std::mem::size_of::<Table>() as u32, describe, create, score,
        cancel: nothing, destroy: nothing };
      #[no_mangle] pub extern "C" fn assay_verifier_plugin() -> *const Table { &TABLE }
      """,
    ])
  _ = try PluginBuilder(home: root).build(folder)
  let plugin = try Plugin(folder)
  let (good, problem) = sample("85")
  #expect(try await plugin.verify(good, of: problem).status == .accepted)
  #expect(try await plugin.verify(Completion(text: "86"), of: problem).status == .rejected)
}

@Test("what `assay plugin new` writes builds and passes its gate", arguments: ["swift", "python", "c"])
func templates(language: String) async throws {
  let place = TestFolder.place()
  let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
  let command = URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: "assay").path
  let made = try runTool(
    command, ["plugin", "new", "last-line", "--language", language, "--plugins", place.path])
  #expect(made.status == 0, "\(made.text)")
  let test = place.appending(path: "last-line/test.sh").path
  let run = try runTool("/usr/bin/env", ["ASSAY=\(command)", "ASSAY_HOME=\(root.path)", test])
  #expect(run.status == 0 && run.text.contains("passes, 2 cases"), "\(run.text)")
}
