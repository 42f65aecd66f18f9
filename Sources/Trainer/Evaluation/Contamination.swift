public import Foundation
import VerifierKit

/// Which training rows share ten words in a row with a problem that the run is measured on.
///
/// DeepSeek-R1 leaves out what holds a 10-gram of an evaluation's questions or reference solutions (arXiv:2501.12948,
/// supplementary material, "Decontamination"). What stands in many problems of one benchmark is wording around the
/// question ("put your final answer in ..."), and says nothing of a row.
public struct Contamination: Sendable {
  /// Words in a row.
  public static let words = 10
  /// A run of words counts as a benchmark's own wording when more of its problems hold it than this share, and than
  /// `fewestRepeats`.
  static let wordingShare = 0.05
  static let fewestRepeats = 3

  /// Text that a run is measured on.
  public struct Measured: Sendable {
    public var benchmark: String
    /// Of each problem: its id, and its question and reference solution.
    public var problems: [(id: String, texts: [String])]

    public init(benchmark: String, problems: [(id: String, texts: [String])]) {
      self.benchmark = benchmark
      self.problems = problems
    }
  }

  /// A training row and what it shares words with: of each benchmark the first such problem.
  public struct Finding: Sendable, Hashable {
    public var row: String
    public var problems: [String: String]
  }

  private let benchmarks: [String]
  /// Where a run of words stands: of each benchmark its first problem.
  private var places: [UInt64: [Place]] = [:]
  private let ids: [[String]]

  private struct Place {
    var benchmark: Int32
    var problem: Int32
  }

  public init(_ measured: [Measured]) {
    benchmarks = measured.map(\.benchmark)
    ids = measured.map { $0.problems.map(\.id) }
    for (benchmark, one) in measured.enumerated() {
      var first: [UInt64: (problem: Int, count: Int)] = [:]
      for (index, problem) in one.problems.enumerated() {
        for gram in Set(problem.texts.flatMap { WordHashes($0).grams(Self.words) }) {
          first[gram, default: (index, 0)].count += 1
        }
      }
      let most = max(Self.fewestRepeats, Int(Self.wordingShare * Double(one.problems.count)))
      for (gram, found) in first where found.count <= most {
        places[gram, default: []].append(
          Place(benchmark: Int32(benchmark), problem: Int32(found.problem)))
      }
    }
  }

  /// Nil where the row shares nothing.
  public func finding(row: String, texts: [String]) -> Finding? {
    var problems: [String: String] = [:]
    for text in texts {
      for gram in WordHashes(text).grams(Self.words) {
        for place in places[gram] ?? [] {
          let benchmark = benchmarks[Int(place.benchmark)]
          if problems[benchmark] == nil {
            problems[benchmark] = ids[Int(place.benchmark)][Int(place.problem)]
          }
        }
      }
    }
    return problems.isEmpty ? nil : Finding(row: row, problems: problems)
  }
}

/// What is done about training rows that share ten words in a row with a benchmark.
public enum Decontamination: String, Sendable, CaseIterable {
  /// They are counted and listed.
  case report
  /// And no step is trained on them.
  case drop
  case off
}

/// The findings of all tasks and `sft` stages that read a file; generated tasks keep what they hold out by its key.
public struct ContaminationReport: Sendable {
  public struct Task: Sendable {
    public var name: String
    /// Training rows.
    public var rows: Int
    public var findings: [Contamination.Finding]
  }

  public var tasks: [Task] = []
  public var isDropped = false
  /// Of each `sft` stage that reads a file: the places of the rows that share something.
  var examples: [String: Set<Int>] = [:]

  /// By stage: what is left of its rows.
  func left(of files: [FileExamples]) -> [String: [SFTExample]] {
    var left: [String: [SFTExample]] = [:]
    for file in files {
      let out = isDropped ? examples[file.stage, default: []] : []
      left[file.stage] = file.examples.indices.filter { !out.contains($0) }.map { file.examples[$0] }
    }
    return left
  }

  /// A line a task that shares something.
  public var lines: [String] {
    tasks.filter { !$0.findings.isEmpty }.map { task in
      var counts: [String: Int] = [:]
      for benchmark in task.findings.flatMap(\.problems.keys) { counts[benchmark, default: 0] += 1 }
      let benchmarks = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      return "Contamination: \(task.findings.count) of \(task.rows) training rows of \(task.name) share "
        + "\(Contamination.words) words in a row with a benchmark (\(benchmarks)); "
        + (isDropped
          ? "no step trains on them." : "“evaluation.decontaminate: drop” leaves them out.")
    }
  }

  /// `contamination.jsonl`: a line for each row that shares something.
  public var jsonl: String {
    tasks.flatMap { task in
      task.findings.map { finding in
        JSONValue.object([
          "task": .string(task.name), "id": .string(finding.row),
          "overlaps": .object(finding.problems.mapValues(JSONValue.string)),
        ]).text + "\n"
      }
    }.joined()
  }

  /// `contamination/TASK`: training rows that share something, those of a stage of the same name among them.
  public var values: [String: Double] {
    var values: [String: Double] = [:]
    for task in tasks { values["contamination/\(task.name)", default: 0] += Double(task.findings.count) }
    return values
  }
}

extension Recipe {
  /// Reads all files of tasks and benchmarks.
  /// - Returns: What a person should know of them: a line each.
  /// - Throws: what is wrong first, with its place.
  public func checkProblems(
    relativeTo folder: URL, say: (String) -> Void = { _ in }
  ) throws(RecipeError) -> [String] {
    try checkStages()
    let benchmarks = try benchmarks(relativeTo: folder)
    let tasks = try generators(relativeTo: folder, say: say)
    try checkRewards(of: tasks)
    return try decontaminated(tasks, benchmarks, try fileExamples(relativeTo: folder)).report.lines
  }

  /// Holds the training rows of files against the benchmarks, and leaves them out where that is asked for.
  /// - Throws: a task of which nothing is left.
  func decontaminated(
    _ tasks: [any ProblemGenerator], _ benchmarks: [Benchmark], _ examples: [FileExamples] = []
  ) throws(RecipeError) -> (tasks: [any ProblemGenerator], report: ContaminationReport) {
    var report = ContaminationReport(isDropped: evaluation.decontaminate == .drop)
    let measured = benchmarks.filter(\.isFromFile)
    guard evaluation.decontaminate != .off, !measured.isEmpty else { return (tasks, report) }
    let contamination = Contamination(
      measured.map { benchmark in
        .init(benchmark: benchmark.name, problems: benchmark.problems.map { ($0.problem.id, $0.texts) })
      })
    var kept: [any ProblemGenerator] = []
    for task in tasks {
      guard let file = task as? FileProblems else {
        kept.append(task)
        continue
      }
      let findings = file.trainingTexts.compactMap { contamination.finding(row: $0.id, texts: $0.texts) }
      report.tasks.append(.init(name: task.name, rows: file.count(.train), findings: findings))
      kept.append(report.isDropped ? try file.without(Set(findings.map(\.row))) : file)
    }
    for file in examples {
      var findings: [Contamination.Finding] = []
      for (index, example) in file.examples.enumerated() {
        let texts = [example.problem.prompt.text, example.completion]
        guard let finding = contamination.finding(row: example.problem.id, texts: texts) else { continue }
        findings.append(finding)
        report.examples[file.stage, default: []].insert(index)
      }
      report.tasks.append(.init(name: file.stage, rows: file.examples.count, findings: findings))
      guard !report.isDropped || findings.count < file.examples.count else {
        throw RecipeError(
          place: "stage \(file.stage)",
          message:
            "every row of its file shares ten words in a row with a benchmark. Train on another file, or set "
            + "evaluation.decontaminate to report.")
      }
    }
    return (kept, report)
  }
}
