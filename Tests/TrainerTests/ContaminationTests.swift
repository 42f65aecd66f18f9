import Foundation
import Rows
import Testing
import VerifierKit

@testable import Trainer

private let ten = "one two three four five six seven eight nine ten"

@Suite("Contamination") struct ContaminationTests {
  @Test(
    "words",
    arguments: [
      ("A b, c!", "a B c", true), ("x_1", "x 1", true), ("it’s", "it s", true), ("3.14", "3 14", true),
      ("Größe", "GRÖSSE", false), ("Größe", "größe", true), ("ab", "a b", false),
      ("你好", "你 好", true),  // no blanks between words: each character is one
      ("한국어", "한국 어", false), ("กำ", "ก ำ", true), ("हिंदी", "हि ंदी", false),
      ("", " … ", true),
    ] as [(String, String, Bool)])
  func words(first: String, second: String, areSame: Bool) {
    #expect((WordHashes(first).words == WordHashes(second).words) == areSame)
  }

  @Test("runs of words are one hash each, the same wherever they stand")
  func grams() {
    let text = WordHashes("a b c a b c a")
    let grams = text.grams(3)
    #expect(grams.count == 5 && Set(grams).count == 3 && grams[0] == grams[3] && grams[1] == grams[4])
    #expect(WordHashes("x y a b c").grams(3).last == grams[0])
    #expect(WordHashes("c b a").grams(3) != [grams[0]])
    #expect(text.grams(8).isEmpty && text.grams(7).count == 1)
    #expect(WordHashes("a b c d", limit: 2).words == WordHashes("a b").words)
  }

  @Test(
    "ten words in a row, and no fewer",
    arguments: [
      ("zero \(ten) eleven", true), ("ONE, two: three (four) five six-seven eight nine\nten", true),
      ("one two three four five six seven eight nine", false),
      ("one two three four five x six seven eight nine ten", false), ("", false),
    ] as [(String, Bool)])
  func tenWords(row: String, isFound: Bool) {
    let contamination = Contamination([
      .init(benchmark: "a", problems: [("a/1", ["something else entirely"]), ("a/2", ["And \(ten)."])]),
      .init(benchmark: "b", problems: [("b/1", ["Well, well", "the solution: \(ten)"])]),
    ])
    let found = contamination.finding(row: "r", texts: [row])
    #expect(found?.problems == (isFound ? ["a": "a/2", "b": "b/1"] : nil))
  }

  @Test("what stands around every question of a benchmark is not held against a row")
  func wording() {
    let problems = (0..<20).map { ("p/\($0)", ["Question \($0 * 7): \(ten)"]) }
    #expect(Contamination([.init(benchmark: "p", problems: problems)]).finding(row: "r", texts: [ten]) == nil)
    // The same of three in twenty is a question that was asked thrice.
    let few = problems.prefix(3) + (3..<20).map { ("p/\($0)", ["Question \($0)"]) }
    let found = Contamination([.init(benchmark: "p", problems: Array(few))]).finding(row: "r", texts: [ten])
    #expect(found?.problems == ["p": "p/0"])
  }

  @Test("a recipe counts, lists and drops such rows")
  func recipe() throws {
    try withFolder { folder in
      let questions = (0..<40).map { "What is \($0) plus \($0 * $0 + 1)?" } + ["Then \(ten) and so on."]
      try rows(questions).write(to: folder.appending(path: "train.jsonl"), atomically: true, encoding: .utf8)
      try rows(["\(ten)?", "Other"]).write(
        to: folder.appending(path: "bench.jsonl"), atomically: true, encoding: .utf8)
      for mode in ["report", "drop", "off"] {
        let recipe = try Recipe(
          yaml: """
            tasks: [{file: train.jsonl, name: t, options: {held_out_share: 0.1}}, {generator: sums}]
            rewards: {math: [{verifier: math-answer}]}
            evaluation: {benchmarks: [{file: bench.jsonl}], decontaminate: \(mode)}
            """)
        let tasks = try recipe.generators(relativeTo: folder)
        let before = try #require(tasks[0] as? FileProblems)
        // The hash of the question decides its split; this one is for training.
        #expect(before.trainingTexts.contains { $0.texts[0].contains(ten) })
        let (kept, report) = try recipe.decontaminated(tasks, try recipe.benchmarks(relativeTo: folder))
        let after = try #require(kept[0] as? FileProblems)
        #expect(after.count(.train) == before.count(.train) - (mode == "drop" ? 1 : 0))
        #expect(after.count(.heldOut) == before.count(.heldOut) && kept.count == 2)
        if mode == "off" {
          #expect(report.lines.isEmpty && report.values.isEmpty)
        } else {
          #expect(report.values == ["contamination/t": 1])
          #expect(report.lines.count == 1 && report.lines[0].contains("1 of \(before.count(.train))"))
          #expect(report.jsonl == "{\"id\":\"t/41\",\"overlaps\":{\"bench\":\"bench/1\"},\"task\":\"t\"}\n")
        }
        let drawn = (0..<after.count(.train)).map { after.problem($0, split: .train).prompt.text }
        #expect(drawn.contains { $0.contains(ten) } == (mode != "drop"))
      }
    }
  }

  @Test("rows of an sft stage are held against the benchmarks, too, by their completions as well")
  func fineTuning() throws {
    try withFolder { folder in
      let lines = ["One.", "Two.", "Three."].enumerated().map { index, text in
        JSONValue.object(["prompt": .string(text), "completion": .string(index == 1 ? "So \(ten)." : "So.")])
          .text
      }
      try (lines.joined(separator: "\n") + "\n").write(
        to: folder.appending(path: "sft.jsonl"), atomically: true, encoding: .utf8)
      try rows(["\(ten)?", "Other"]).write(
        to: folder.appending(path: "bench.jsonl"), atomically: true, encoding: .utf8)
      let recipe = try Recipe(
        yaml: """
          rewards: {math: [{verifier: math-answer}]}
          stages: [{sft: {name: cold, source: file, file: sft.jsonl}}]
          evaluation: {problems_per_task: 0, benchmarks: [{file: bench.jsonl}], decontaminate: drop}
          """)
      let files = try recipe.fileExamples(relativeTo: folder)
      let (_, report) = try recipe.decontaminated([], try recipe.benchmarks(relativeTo: folder), files)
      #expect(report.examples == ["cold": [1]] && report.values == ["contamination/cold": 1])
    }
  }

  @Test("a task and a stage of one name add up")
  func sharedName() {
    let report = ContaminationReport(
      tasks: [1, 2].map { count in
        .init(name: "t", rows: 9, findings: (0..<count).map { .init(row: "t/\($0)", problems: ["b": "b/1"]) })
      })
    #expect(report.values == ["contamination/t": 3])
  }

  private func rows(_ questions: [String]) -> String {
    questions.map { JSONValue.object(["prompt": .string($0), "answer": .string("1")]).text + "\n" }.joined()
  }

  /// Where the files are present: the list was made elsewhere, of questions alone.
  @Test(
    "real files: the rows that another program found",
    .enabled(if: SharedData.has("decontam/overlap10.jsonl"), "needs the list of overlaps beside the project"))
  func real() throws {
    let data = SharedData.folder
    let list = data.appending(path: "decontam/overlap10.jsonl")
    func questions(_ path: String, from first: Int = 0, limit: Int = .max) throws -> [(
      id: String, texts: [String]
    )] {
      var found: [(String, [String])] = []
      var line = 0
      for row in try RowReader(data.appending(path: path).path) {
        defer { line += 1 }
        guard line >= first, found.count < limit else { continue }
        let problem = try row.get().problem
        found.append((problem.id, [problem.prompt.text]))
      }
      return found
    }
    let names = [
      "gsm8k_test": "gsm8k/test.jsonl.gz", "math500": "math500/test.jsonl.gz", "aime24": "aime24/test.jsonl",
      "aime25": "aime25/test.jsonl", "amc23": "amc23/test.jsonl",
      "olympiadbench": "olympiadbench/test.jsonl.gz",
    ]
    let contamination = Contamination(
      try names.sorted { $0.key < $1.key }.map { .init(benchmark: $0.key, problems: try questions($0.value)) }
    )
    var wanted: [String: Set<String>] = [:]
    for line in try String(contentsOf: list, encoding: .utf8).split(separator: "\n") {
      let row = try JSONValue(parsing: line)
      wanted[row["id"]?.string ?? ""] = Set((row["overlaps"]?.array ?? []).compactMap(\.string))
    }
    var (missed, more, rows) = (0, 0, 0)
    for (id, texts) in try questions("math/train.jsonl.gz", limit: 800) {
      rows += 1
      let found = Set(contamination.finding(row: id, texts: texts).map { Array($0.problems.keys) } ?? [])
      missed += wanted[id, default: []].subtracting(found).count
      more += found.subtracting(wanted[id, default: []]).count
    }
    #expect(rows == 800 && missed == 0 && more == 0, "missed \(missed), more \(more)")
  }
}
