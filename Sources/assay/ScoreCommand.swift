import ArgumentParser
import Foundation
import Host
import Rows
import Sandbox
import Trainer
import VerifierKit
import Verifiers

struct ScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Judge completions: rows in, one object with reward and verdicts a row out, in their order.",
    discussion: """
      Examples:
        assay score --input rows.jsonl --output verdicts.jsonl
        cat rows.jsonl | assay score --verifier math-answer --verifier think-format > verdicts.jsonl
        assay score --input mbpp.jsonl.gz --reference-as-completion --output -
      Without --verifier and --recipe, a row's domain decides: math, logic, code; items of reasoning-gym are known
      by their metadata.source_dataset.
      Exit status: 0 all judged, 1 at least one fault, 65 at least one bad line, or a file or recipe that \
      can't be used, 64 wrong usage.
      """)

  @Option(help: "Rows, .jsonl or .jsonl.gz; - is standard input.")
  var input = "-"

  @Option(help: "Where the verdicts go; - is standard output.")
  var output = "-"

  @Option(
    name: .customLong("verifier"),
    help: "NAME[:key=value,...], for all rows. May be given several times; all weigh the same.")
  var verifiers: [String] = []

  @Option(help: "Take the rewards of this recipe instead.", completion: .file(extensions: ["yaml"]))
  var recipe: String?

  @Option(name: .customLong("plugins"), help: "A folder with plugins. May be given several times.")
  var pluginFolders: [String] = []

  @Option(help: "Rows judged at once; default: two a processor.")
  var jobs: Int?

  @OptionGroup(title: "Sandbox") var sandbox: SandboxArguments

  @Flag(help: "Judge each row's own reference solution: shows what verifier and data agree on.")
  var referenceAsCompletion = false

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is at least 1.") }
    if recipe != nil, !verifiers.isEmpty {
      throw ValidationError("--recipe and --verifier exclude each other. Drop one.")
    }
  }

  func run() async throws {
    do {
      try await score()
    } catch let error where error is RowFileError || error is RecipeError || error is VerifierFault {
      tell("Error: \(error)\n")
      throw ExitCode(65)
    }
  }

  private func score() async throws {
    let host = try await makeHost()
    let reader = try RowReader(input)
    let sink = try LineSink(output)
    var scoring = Scoring(sink: sink, showsProgress: output != "-" && isatty(STDERR_FILENO) == 1)
    // Rows of one call are weighed together, so that abstentions level out within a problem.
    let chunk = 512
    var pending: [ScoredLine] = []
    for result in reader {
      // Not between two samples of one problem, unless these alone are many.
      if pending.count >= chunk, pending.count >= 8 * chunk || !Self.isSame(pending.last, result) {
        try await scoring.write(pending, by: host)
        pending = []
      }
      switch result {
      case .failure(let error): pending.append(.bad(error))
      case .success(let row):
        let text = referenceAsCompletion ? row.referenceCompletion ?? answer(row) : row.completion
        if let text {
          pending.append(.sample(Sample(problem: routed(row.problem), completion: Completion(text: text))))
        } else {
          let field = referenceAsCompletion ? "reference solution" : "“completion”"
          pending.append(
            .bad(RowError(line: row.line, message: "has no \(field). There is nothing to judge.")))
        }
      }
    }
    try await scoring.write(pending, by: host)
    scoring.finish()
    if let failure = reader.failure { throw failure }
    if scoring.bad > 0 { throw ExitCode(65) }
    if scoring.faults > 0 { throw ExitCode(1) }
  }

  /// Whether a row is of the problem that was read last.
  private static func isSame(_ last: ScoredLine?, _ next: Result<Row, RowError>) -> Bool {
    guard case .sample(let sample)? = last, case .success(let row) = next else { return false }
    return sample.problem.id == row.problem.id && sample.problem.prompt == row.problem.prompt
  }

  /// A reference alone, as R1's prompt asks for an answer.
  private func answer(_ row: Row) -> String? {
    row.problem.tests == nil ? row.problem.reference?.scalarText.map { "Answer: \($0)" } : nil
  }

  /// The problem under the domain that the defaults judge it by.
  private func routed(_ problem: Problem) -> Problem {
    guard recipe == nil, verifiers.isEmpty, ReasoningGym.knows(problem) else { return problem }
    var problem = problem
    problem.domain = "reasoning-gym"
    return problem
  }

  private func makeHost() async throws -> VerifierHost {
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let folders = pluginFolders.map { URL(fileURLWithPath: $0) }
    if let recipe {
      let recipe = try Recipe(contentsOf: URL(fileURLWithPath: recipe))
      return try await VerifierHost.make(
        recipe, relativeTo: here, plugins: folders, sandbox: sandbox.options(over: recipe.sandbox), jobs: jobs
      )
    }
    let judge = PythonSandbox(sandbox.options())
    if verifiers.isEmpty {
      return try await VerifierHost.make(
        rewards: standardRewards, pluginFolders: folders, judge: judge, jobs: jobs)
    }
    let specifications = try verifiers.map { text in
      let argument = try VerifierArgument(text)
      return RewardSpecification(name: argument.name, options: argument.options)
    }
    return try await VerifierHost.make(
      rewards: [VerifierHost.anyDomain: specifications], pluginFolders: folders, judge: judge, jobs: jobs)
  }
}

private enum ScoredLine {
  case sample(Sample)
  case bad(RowError)
}

private struct Scoring {
  let sink: LineSink
  let showsProgress: Bool
  private(set) var rows = 0
  private(set) var faults = 0
  private(set) var bad = 0
  private var sum = 0.0
  private var judged = 0

  init(sink: LineSink, showsProgress: Bool) {
    self.sink = sink
    self.showsProgress = showsProgress
  }

  mutating func write(_ lines: [ScoredLine], by host: VerifierHost) async throws {
    let samples = lines.compactMap { line -> Sample? in
      if case .sample(let sample) = line { sample } else { nil }
    }
    var rewards = await host.rewards(for: samples)[...]
    var texts: [String] = []
    for line in lines {
      rows += 1
      switch line {
      case .bad(let error):
        bad += 1
        texts.append(
          JSONValue.object(["line": .integer(error.line), "error": .string(error.message)]).text + "\n")
      case .sample(let sample):
        guard let reward = rewards.popFirst() else { continue }
        if let value = reward.value {
          sum += value
          judged += 1
        }
        if reward.outcomes.values.contains(where: { $0.verdict == nil }) { faults += 1 }
        texts.append(reward.json(id: sample.problem.id).text + "\n")
      }
    }
    try sink.write(texts)
    if showsProgress { tell("\r\u{1B}[K\(rows) rows") }
  }

  func finish() {
    let mean = judged > 0 ? String(format: "%.4f", sum / Double(judged)) : "none"
    tell(
      "\(showsProgress ? "\r\u{1B}[K" : "")\(rows) rows: mean reward \(mean), \(faults) faults, \(bad) bad lines\n"
    )
  }
}
