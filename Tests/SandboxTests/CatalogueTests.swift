import Foundation
import Host
import Rows
import Sandbox
import Testing
import VerifierKit
import Verifiers

let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized
let shared = root.appending(path: "../shared").standardized
private let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "data/mbpp").path)

/// One at a time: each case looks for what it left behind.
@Suite(.serialized)
struct CatalogueTests {
  /// Several side by side: what is slow waits for its limit.
  private func held(_ cases: [SandboxCase], without layers: [String] = []) async throws -> [String] {
    var options = SandboxOptions()
    options.without = layers
    let lanes = 3
    return await withTaskGroup(of: [String].self) { group in
      for lane in 0..<lanes {
        let trial = SandboxTrial(options)
        group.addTask {
          var failures: [String] = []
          for one in stride(from: lane, to: cases.count, by: lanes).map({ cases[$0] }) {
            let result = await trial.run(one)
            if result.isHeld { continue }
            failures.append(
              "\(one.category)/\(one.id): \(result.failures.joined(separator: "; ")) (\(result.message))")
          }
          return failures
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }

  @Test("the project's own catalogue is held")
  func ownCases() async throws {
    let cases = try SandboxCase.read(root.appending(path: "sandbox/cases").path)
    #expect(cases.count >= 200)
    let failures = try await held(cases)
    #expect(failures == [])
  }

  @Test(
    "escapes and reward hacks are held with one layer less",
    arguments: ["landlock", "user-namespace", "mount-namespace", "pid-namespace", "seccomp-notify"])
  func fewerLayers(without layer: String) async throws {
    let cases = try SandboxCase.read(root.appending(path: "sandbox/cases").path)
      .filter { ["escape", "reward_hack"].contains($0.category) }
    let failures = try await held(cases, without: [layer])
    #expect(failures == [])
  }

  @Test(
    "the programs that are not published are held",
    .enabled(if: FileManager.default.fileExists(atPath: shared.appending(path: "corpora/attacks").path)))
  func sharedCases() async throws {
    let cases = try SandboxCase.read(shared.appending(path: "corpora/attacks/open.jsonl").path)
    #expect(cases.count == 76)
    let failures = try await held(cases)
    #expect(failures == [])
  }
}

@Test(
  "the reference programs of real benchmarks are accepted", .enabled(if: hasShared),
  arguments: [
    ("mbpp/mbpp.jsonl.gz", 974), ("humaneval/HumanEval.jsonl", 164),
    ("humanevalplus/HumanEvalPlus-Mini.jsonl.gz", 164), ("mbppplus/MbppPlus-v0.1.0.jsonl.gz", 399),
    ("stdio_mbpp/test.jsonl.gz", 378),
  ])
func references(file: String, count: Int) async throws {
  let verifier = PythonTests(judge: PythonSandbox())
  let rows = try RowReader(shared.appending(path: "data/\(file)").path).map { try $0.get() }
  #expect(rows.count == count)
  let refused = try await withThrowingTaskGroup(of: String?.self) { group in
    for var row in rows {
      // MBPP's 123 computes for seconds on a quiet machine: what is tested here is not its speed.
      if row.problem.tests?.limits == CodeTests.Limits() {
        row.problem.tests?.limits = CodeTests.Limits(cpuSeconds: 20, wallSeconds: 40)
      }
      group.addTask { [row] in
        let text = row.referenceCompletion ?? ""
        let verdict = try await verifier.verify(Completion(text: text), of: row.problem)
        return verdict.status == .accepted ? nil : "\(row.problem.id): \(verdict.reason) \(verdict.details)"
      }
    }
    return try await group.reduce(into: [String]()) { if let text = $1 { $0.append(text) } }
  }
  #expect(refused == [])
}

@Test("mutants of reference programs get the verdicts of the published tests, run by another harness")
func mutants() async throws {
  let file = root.appending(path: "Tests/SandboxTests/Golden/humaneval-mutants.jsonl.gz").path
  let rows = try RowReader(file).map { try $0.get() }
  #expect(rows.count == 530)
  let verifier = PythonTests(judge: PythonSandbox())
  let differing = try await withThrowingTaskGroup(of: String?.self) { group in
    for var row in rows {
      row.problem.tests?.limits = CodeTests.Limits(cpuSeconds: 1)
      group.addTask { [row] in
        let verdict = try await verifier.verify(Completion(text: row.completion ?? ""), of: row.problem)
        let published = row.problem.metadata["published"] == .bool(true)
        return (verdict.status == .accepted) == published ? nil : "\(row.problem.id): \(verdict.reason)"
      }
    }
    return try await group.reduce(into: [String]()) { if let text = $1 { $0.append(text) } }
  }
  #expect(differing == [])
}
