import ArgumentParser
import Foundation
import Rows
import Sandbox
import VerifierKit
import Verifiers

/// How the verdicts on one row came about.
struct RowExplanation {
  /// JSON text, or `FILE:LINE`.
  let argument: String
  let verifiers: [VerifierArgument]

  func run() async throws {
    let row = try row()
    guard let text = row.completion else {
      throw ValidationError("The row has no “completion”. There is nothing to explain.")
    }
    let completion = Completion(text: text)
    print("problem \(row.problem.id), domain \(row.problem.domain)")
    for argument in try verifiers.isEmpty ? [standard(row.problem.domain)] : verifiers {
      print("\n\(argument.name)")
      let verifier = try makeVerifier(argument.name, options: argument.options, judge: PythonSandbox(.init()))
      if let explaining = verifier as? any ExplainingVerifier {
        for line in explaining.explain(completion, of: row.problem) { print("  \(line)") }
      }
      do {
        let verdict = try await verifier.verify(completion, of: row.problem)
        print("  verdict: \(verdict.status.rawValue), score \(verdict.score), \(verdict.reason)")
        for (name, value) in verdict.details.sorted(by: { $0.key < $1.key }) {
          print("    \(name): \(value.prefix(300))")
        }
      } catch {
        print("  fault: \(error)")
      }
    }
  }

  private func standard(_ domain: String) throws -> VerifierArgument {
    let names = ["math": "math-answer", "logic": "logic-puzzle", "code": "python-tests"]
    guard let name = names[domain] else {
      throw ValidationError("The domain “\(domain)” has no verifier of its own. Name one with --verifier.")
    }
    return try VerifierArgument(name)
  }

  private func row() throws -> Row {
    let file: String
    var wanted = 1
    if argument.hasPrefix("{") {
      let temporary = FileManager.default.temporaryDirectory.appending(
        path: "assay-row-\(UUID().uuidString).jsonl")
      try Data((argument + "\n").utf8).write(to: temporary)
      defer { try? FileManager.default.removeItem(at: temporary) }
      return try row(1, of: temporary.path, called: "the row")
    }
    if let colon = argument.lastIndex(of: ":"), let line = Int(argument[argument.index(after: colon)...]) {
      file = String(argument[..<colon])
      wanted = line
    } else {
      file = argument
    }
    return try row(wanted, of: file, called: "\(file), line \(wanted)")
  }

  private func row(_ line: Int, of file: String, called name: String) throws -> Row {
    let reader = try RowReader(file)
    for result in reader {
      switch result {
      case .success(let row) where row.line == line: return row
      case .failure(let error) where error.line == line:
        throw ValidationError("\(name): \(error.message)")
      default: continue
      }
    }
    if let failure = reader.failure { throw failure }
    throw ValidationError("\(name) is not there. Give a line that the file has, or the row itself.")
  }
}
