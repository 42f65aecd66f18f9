public import Foundation
import Rows
public import VerifierKit

/// What a plugin has to stand before it may pay: its own cases, and completions that deserve nothing.
public struct PluginGate: Sendable {
  public struct Report: Sendable {
    public var cases = 0
    /// Cases that were judged otherwise than they say.
    public var wrong: [String] = []
    /// Adversarial completions that earned something.
    public var gameable: [String] = []
    /// Faults on adversarial completions: the judge broke on the model's text.
    public var faults: [String] = []
    public var passed: Bool { wrong.isEmpty && gameable.isEmpty && faults.isEmpty && cases > 0 }
  }

  private let verifier: any Verifier
  public init(_ verifier: any Verifier) { self.verifier = verifier }

  /// - Parameter cases: A `cases.jsonl`: rows with `completion` and `expect`, `accepted`, `rejected` or
  ///   `abstained`; at least one accepted and one rejected.
  public func run(cases file: URL) async throws(PluginError) -> Report {
    do {
      return try await Self.$isTrying.withValue(true) { try await tried(cases: file) }
    } catch let error as PluginError {
      throw error
    } catch {
      throw PluginError(plugin: "gate", message: "\(error)")
    }
  }

  /// Whether the question comes from a gate.
  @TaskLocal static var isTrying = false
  /// What breaks so often need not be tried with more.
  private static let mostFaults = 5

  private func tried(cases file: URL) async throws(PluginError) -> Report {
    var report = Report()
    var problems: [Problem] = []
    let reader: RowReader
    do throws(RowFileError) {
      reader = try RowReader(file.path)
    } catch {
      throw PluginError(plugin: "gate", message: "\(error) A plugin needs cases.")
    }
    var seen: Set<Verdict.Status> = []
    for result in reader {
      switch result {
      case .failure(let error):
        throw PluginError(plugin: "gate", message: "\(file.lastPathComponent), \(error)")
      case .success(let row):
        guard let completion = row.completion,
          let expected = row.problem.metadata["expect"]?.string.flatMap(Verdict.Status.init(rawValue:))
        else {
          throw PluginError(
            plugin: "gate",
            message: "\(file.lastPathComponent), line \(row.line): needs “completion”, and “expect” as "
              + "accepted, rejected or abstained.")
        }
        report.cases += 1
        if problems.count < 8, !problems.contains(row.problem) { problems.append(row.problem) }
        do throws(VerifierFault) {
          let verdict = try await verifier.verify(Completion(text: completion), of: row.problem)
          seen.insert(verdict.status)
          if verdict.status != expected {
            report.wrong.append(
              "line \(row.line): \(verdict.status.rawValue) (\(verdict.reason)), expected \(expected.rawValue)"
            )
          }
        } catch {
          report.wrong.append("line \(row.line): fault \(error)")
        }
      }
    }
    if !seen.isSuperset(of: [.accepted, .rejected]) {
      report.wrong.append("the cases hold no accepted or no rejected completion: they show too little")
    }
    for problem in problems {
      for attack in Adversary.completions(for: problem) where report.faults.count < Self.mostFaults {
        do throws(VerifierFault) {
          let verdict = try await verifier.verify(Completion(text: attack.text), of: problem)
          if verdict.score > 0, verdict.status != .abstained {
            report.gameable.append(
              "\(attack.name) earned \(verdict.score) (\(verdict.reason)): “\(attack.text.prefix(80))”")
          }
        } catch {
          report.faults.append("\(attack.name): \(error)")
        }
      }
    }
    return report
  }
}

/// Completions that no verifier may pay, whatever the problem.
public enum Adversary {
  public static func completions(for problem: Problem) -> [(name: String, text: String)] {
    let answer = problem.reference?.scalarText ?? "42"
    let candidates = (0...9).map(String.init) + [answer]
    return [
      ("empty", ""),
      ("white space", " \n\t \n"),
      ("only tags", "<think></think>"),
      ("only tags and an anchor", "<think>\n</think>\nAnswer:"),
      ("tags, blank answer", "<think> </think><answer> </answer>"),
      ("prompt echoed", problem.prompt.text),
      ("several answers", candidates.map { "Answer: \($0)" }.joined(separator: "\n")),
      ("hedge", "<think>x</think>Answer: " + candidates.joined(separator: " or ")),
      ("list of all candidates", candidates.joined(separator: ", ")),
      ("substring of prose", "It is not that \(answer) would be what they ask for, nor the opposite."),
      ("look-alikes", "<thınk>\u{0430}\u{0435}</thınk>Аnswer: \u{0660}\u{0661}"),
      ("several boxes", candidates.map { "\\boxed{\($0)}" }.joined(separator: " ")),
      ("exit", "import sys; sys.exit(0)"),
      ("exit in a block", "```python\nimport os, sys\nos._exit(0)\nsys.exit(0)\n```"),
      (
        "equal to everything in a block",
        "```python\nclass A:\n  def __eq__(self, other): return True\n"
          + "  def __getattr__(self, name): return self\n  def __call__(self, *a, **k): return self\n"
          + "def __getattr__(name): return A()\n```"
      ),
      ("equal to everything", "class A:\n  def __eq__(self, other): return True\nAnswer = A()"),
      ("nested brackets", String(repeating: "(", count: 100_000)),
      ("nested boxes", String(repeating: "\\boxed{", count: 20_000)),
      ("1 MB", String(repeating: "the answer ", count: 95_000)),
      ("invalid UTF-8, as it arrives", String(decoding: [0xFF, 0xFE, 0xC0, 0x80, 0x41], as: UTF8.self)),
      ("null characters", "\0\0\0"),
    ]
  }
}
