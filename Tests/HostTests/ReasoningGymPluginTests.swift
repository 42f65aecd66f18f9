import Foundation
import Rows
import Testing
import VerifierKit

@testable import Host

private let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

private func run(_ program: String, _ arguments: [String], output: URL? = nil) -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
  process.standardError = FileHandle.nullDevice
  if let output { _ = FileManager.default.createFile(atPath: output.path, contents: nil) }
  process.standardOutput = output.flatMap { try? FileHandle(forWritingTo: $0) } ?? FileHandle.nullDevice
  do { try process.run() } catch { return 127 }
  process.waitUntilExit()
  return process.terminationStatus
}

/// One that can import the package: `REASONING_GYM_PYTHON`, or `python3`.
private let interpreter: String? = [
  ProcessInfo.processInfo.environment["REASONING_GYM_PYTHON"], "python3",
].compactMap(\.self).first { run($0, ["-c", "import reasoning_gym"]) == 0 }

/// The plugin in a folder of its own, with an interpreter.
private func plugin(_ interpreter: String) throws -> Plugin {
  let folder = TestFolder.place()
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let place = folder.appending(path: "reasoning-gym-logic")
  try FileManager.default.copyItem(at: root.appending(path: "plugins/reasoning-gym-logic"), to: place)
  let manifest = place.appending(path: "plugin.json")
  let text = try String(contentsOf: manifest, encoding: .utf8)
  try text.replacing("{\n", with: "{\n  \"python\": \"\(interpreter)\",\n", maxReplacements: 1)
    .write(to: manifest, atomically: true, encoding: .utf8)
  return try Plugin(try PluginFolder(place))
}

@Suite("reasoning-gym's logic through a Python plugin") struct ReasoningGymPluginTests {
  @Test(
    "passes its gate, and accepts every reference that generate.py writes",
    .enabled(if: interpreter != nil, "reasoning-gym is not installed: pip install reasoning-gym==0.1.25"))
  func items() async throws {
    let interpreter = try #require(interpreter)
    let plugin = try plugin(interpreter)
    let report = try await PluginGate(plugin).run(cases: plugin.folder.cases)
    #expect(report.passed, "\(report)")
    let rows = plugin.folder.url.deletingLastPathComponent().appending(path: "rows.jsonl")
    let script = root.appending(path: "plugins/reasoning-gym-logic/generate.py").path
    #expect(run(interpreter, [script, "--count", "5", "--seed", "3"], output: rows) == 0)
    var sets: [String: Int] = [:]
    let reader = try RowReader(rows.path)
    while let next = reader.next() {
      let problem = try next.get().problem
      let name = try #require(problem.metadata["source_dataset"]?.string)
      let reference = try #require(problem.reference?.scalarText)
      let right = try await plugin.verify(Completion(text: "<answer>\(reference)</answer>"), of: problem)
      #expect(right.status == .accepted, "\(name): \(reference)")
      let wrong = try await plugin.verify(Completion(text: "<answer>no idea</answer>"), of: problem)
      #expect(wrong.score == 0, "\(name)")
      sets[name, default: 0] += 1
    }
    #expect(sets.count == 7 && sets.values.allSatisfy { $0 > 0 }, "\(sets)")
  }

  @Test(
    "without the package it says what to install, and so does the generator",
    .enabled(if: run("python3", ["-c", "import reasoning_gym"]) != 0, "python3 has reasoning-gym"))
  func absent() throws {
    let error = #expect(throws: PluginError.self) { try plugin("python3") }
    #expect(error?.message.contains("pip install reasoning-gym") == true, "\(String(describing: error))")
    let script = root.appending(path: "plugins/reasoning-gym-logic/generate.py").path
    #expect(run("python3", [script, "--count", "1"]) == 69)
  }
}
