import Foundation
import Rows
import Testing
import VerifierKit

@testable import Verifiers

/// Labelled cases and real problems that lie beside the project where it is developed.
private let shared = URL(fileURLWithPath: #filePath).appending(path: "../../../../shared").standardized
private let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "corpora").path)

/// Rows whose label is a matter of convention, or wrong; each with its reason. They count in neither share.
private func disputed() throws -> Set<String> {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "disputed.jsonl")
  let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
  return Set(try lines.compactMap { try JSONValue(parsing: $0)["id"]?.string })
}

@Test(
  "labelled pairs of gold and answer: at least the share that was reached before",
  .enabled(if: hasShared),
  arguments: [
    ("mathverify-tests", 0.972, 1), ("other-graders-tests", 0.932, 3), ("labelled-outputs", 0.988, 0),
    ("rewritten-golds", 0.989, 0), ("gold-pairs", 1, 0), ("hard", 0.969, 1),
  ])
func labelled(name: String, floor: Double, wrong: Int) throws {
  let file = shared.appending(path: "corpora/math/open/\(name).jsonl.gz")
  let disputed = try disputed()
  var (right, wronglyAccepted, wronglyRejected, faults, total) = (0, 0, 0, 0, 0)
  var (undisputed, rightOfThem) = (0, 0)
  for row in try LabelledRows.read(file) {
    total += 1
    let text = row.isCompletion ? row.given : "Answer: \(row.given)"
    let problem = Problem(id: row.id, domain: "math", prompt: .text(""), reference: .string(row.gold))
    guard let verdict = try? MathAnswer().verify(Completion(text: text), of: problem) else {
      faults += 1
      continue
    }
    let isAccepted = verdict.status == .accepted
    if !disputed.contains(row.id) {
      undisputed += 1
      rightOfThem += isAccepted == row.expected ? 1 : 0
    }
    if isAccepted == row.expected {
      right += 1
    } else if isAccepted {
      wronglyAccepted += 1
    } else {
      wronglyRejected += 1
    }
  }
  let share = Double(right) / Double(max(1, total))
  print("\(name): \(rightOfThem) of \(undisputed) that are not disputed")
  print(
    "\(name): \(right)/\(total) right, \(wronglyAccepted) wrongly accepted, \(wronglyRejected) rejected, \(faults) faults"
  )
  #expect(share >= floor && wronglyAccepted <= wrong)
}

@Test("GSM8K: every worked solution is accepted", .enabled(if: hasShared), arguments: ["train", "test"])
func gsm8k(split: String) throws {
  var count = 0
  for result in try RowReader(shared.appending(path: "data/gsm8k/\(split).jsonl.gz").path) {
    let row = try result.get()
    let text = try #require(row.referenceCompletion)
    #expect(
      try MathAnswer().verify(Completion(text: text), of: row.problem).status == .accepted,
      "\(row.problem.id)")
    count += 1
  }
  #expect(count > 1000)
}

private struct LabelledRows {
  struct Row {
    var id: String
    var gold: String
    var given: String
    var isCompletion: Bool
    var expected: Bool
  }

  static func read(_ file: URL) throws -> [Row] {
    try jsonLines(file).map { json in
      Row(
        id: json["id"]?.scalarText ?? "", gold: json["gold"]?.scalarText ?? "",
        given: json["pred"]?.scalarText ?? "", isCompletion: json["pred_kind"]?.string == "completion",
        expected: json["expected"]?.bool ?? false)
    }
  }
}

/// The objects of a packed file, one a line.
private func jsonLines(_ file: URL) throws -> [JSONValue] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/bin/gzip")
  process.arguments = ["-dc", file.path]
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return try text.split(separator: "\n").map { try JSONValue(parsing: $0) }
}

@Test("language-consistency on texts of known shares: the mean error stays", .enabled(if: hasShared))
func languageShares() throws {
  let file = shared.appending(path: "corpora/language/open.jsonl.gz")
  var errors: [Double] = [], englishChinese: [Double] = []
  for row in try jsonLines(file) {
    let problem = Problem(
      id: "p", domain: "any", prompt: .text(""), language: row["target"]?.string)
    let verdict = try LanguageConsistency().verify(Completion(text: row["text"]?.string ?? ""), of: problem)
    let error = abs(verdict.score - (row["proportion_words"]?.double ?? -1))
    errors.append(error)
    let languages = row["langs"]?.array?.compactMap(\.string) ?? []
    if languages.allSatisfy({ ["en", "zh"].contains($0) }) { englishChinese.append(error) }
  }
  let mean = { (values: [Double]) in values.reduce(0, +) / Double(max(1, values.count)) }
  print("language shares: mean error \(mean(errors)), English and Chinese \(mean(englishChinese))")
  #expect(errors.count >= 300 && mean(errors) <= 0.010 && mean(englishChinese) <= 0.004)
}

@Test("sentences of MGSM in 11 languages are told apart", .enabled(if: hasShared))
func mgsmSentences() throws {
  var (right, total) = (0, 0)
  for language in ["bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh"] {
    let file = shared.appending(path: "data/mgsm/\(language).jsonl")
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let question = try JSONValue(parsing: line)["question"]?.string ?? ""
      for sentence in question.split(whereSeparator: { ".!?。！？।".contains($0) })
      where sentence.count(where: \.isLetter) >= 4 {
        let problem = Problem(id: "p", domain: "any", prompt: .text(""), language: language)
        let verdict = try LanguageConsistency().verify(Completion(text: String(sentence)), of: problem)
        total += 1
        right += verdict.score > 0.5 ? 1 : 0
      }
    }
  }
  print("MGSM: \(right) of \(total) sentences")
  #expect(total > 5000 && Double(right) >= 0.99 * Double(total))
}
