import ArgumentParser
import Trainer
import Verifiers

struct VerifiersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verifiers", abstract: "List the built-in verifiers, explain a verdict, time them.",
    discussion: """
      Examples:
        assay verifiers
        assay verifiers bench --verifier math-answer rows.jsonl
      """,
    subcommands: [VerifiersList.self, VerifiersBench.self], defaultSubcommand: VerifiersList.self)
}

struct VerifiersList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The built-in verifiers, a line each.",
    discussion: "Example:\n  assay verifiers")

  func run() {
    print(
      TextTable(
        header: ["name", "what it says"], rows: builtInVerifiers.map { [$0.name, $0.summary] }
      ).leftAligned)
  }
}

extension TextTable {
  /// Both columns flush left.
  var leftAligned: String {
    let width = rows.map { $0.first?.count ?? 0 }.max() ?? 0
    return rows.map { row in
      let name = row.first ?? ""
      return name + String(repeating: " ", count: width - name.count + 2)
        + row.dropFirst().joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
