import ArgumentParser
import Trainer
import Verifiers

struct VerifiersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verifiers", abstract: "List the built-in verifiers, explain a verdict, time and fuzz them.",
    discussion: """
      Examples:
        assay verifiers
        assay verifiers --explain rows.jsonl:17
        assay verifiers bench --verifier math-answer rows.jsonl
      """,
    subcommands: [VerifiersList.self, VerifiersBench.self, VerifiersFuzz.self],
    defaultSubcommand: VerifiersList.self)
}

struct VerifiersList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "The built-in verifiers, a line each; or how the verdict on a row came about.",
    discussion: """
      Examples:
        assay verifiers
        assay verifiers --explain rows.jsonl:17
        assay verifiers --explain '{"id":"1","domain":"math","reference":"1/2","completion":"Answer: 0.5"}'
      """)

  @Option(help: "A row with a completion: FILE:LINE, or the row itself.") var explain: String?
  @Option(
    name: .customLong("verifier"),
    help: "With --explain: NAME[:key=value,...] instead of the domain's own. May be given several times.")
  var verifiers: [String] = []

  func validate() throws {
    if explain == nil, !verifiers.isEmpty { throw ValidationError("--verifier goes with --explain ROW.") }
  }

  func run() async throws {
    if let explain {
      try await RowExplanation(argument: explain, verifiers: try verifiers.map { try VerifierArgument($0) })
        .run()
      return
    }
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
