import Foundation
import AssayNumerics
import Testing
import VerifierKit

@testable import Trainer

private let shared = SharedData.folder

private func exists(_ path: String) -> Bool { SharedData.has(path) }

@Suite("Problems from files") struct FileProblemsTests {
  private func withRows<Value>(_ count: Int, _ body: (URL) throws -> Value) throws -> Value {
    try withFolder { root in
      let file = root.appending(path: "rows.jsonl")
      let lines = (0..<count).map {
        #"{"id":"\#($0)","question":"What is \#($0) plus 1?","answer":"\#($0) + 1 = <<\#($0)+1=\#($0 + 1)>>\#($0 + 1)\n#### \#($0 + 1)"}"#
      }
      try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
      return try body(file)
    }
  }

  @Test("each pass holds every training row once, in an order of its own")
  func passes() throws {
    try withRows(200) { file in
      let task = try FileProblems(file, name: "rows", seed: 3)
      let count = task.count(.train)
      #expect(count + task.count(.heldOut) == 200 && task.count(.heldOut) > 20)
      let passes = (0..<3).map { pass in
        (0..<count).map { task.problem(pass * count + $0, split: .train).id }
      }
      #expect(Set(passes.map { Set($0) }).count == 1 && Set(passes[0]).count == count)
      #expect(Set(passes).count == 3)
      let heldOut = (0..<task.count(.heldOut)).map { task.problem($0, split: .heldOut).id }
      #expect(Set(heldOut).isDisjoint(with: passes[0]))
      #expect(task.problem(0, split: .heldOut) == task.problem(heldOut.count, split: .heldOut))
    }
  }

  @Test("a reference solution becomes thoughts and an answer")
  func workedSolution() throws {
    try withRows(40) { file in
      let task = try FileProblems(file, name: "rows", domain: "sums", seed: 3)
      let problem = task.problem(5, split: .train)
      let number = try #require(problem.id.split(separator: "/").last.flatMap { Int($0) })
      #expect(problem.domain == "sums" && problem.reference == .string("\(number + 1)"))
      #expect(
        task.workedSolution(for: problem)
          == "<think>\n\(number) + 1 = \(number + 1)\n</think>\nAnswer: \(number + 1)")
      var foreign = problem
      foreign.metadata["task"] = .string("other")
      #expect(task.workedSolution(for: foreign) == nil)
    }
  }

  @Test("limit, a missing file, a bad line and an empty split are told")
  func errors() throws {
    try withRows(40) { file in
      let limited = try FileProblems(file, name: "rows", options: ["limit": .integer(30)], seed: 3)
      #expect(limited.count(.train) + limited.count(.heldOut) == 30)
      let cases: [(URL, [String: JSONValue], String)] = [
        (file.appending(path: "none"), [:], "can't be read"),
        (file, ["limit": .integer(1)], "split"),
        (file, ["limits": .integer(1)], "“limit”"),
      ]
      for (file, options, words) in cases {
        let error = try #require(throws: RecipeError.self) {
          try FileProblems(file, name: "rows", options: options, seed: 3)
        }
        #expect(error.message.contains(words), "\(error)")
      }
      try "{\"question\":\"a\"}\nno JSON\n".write(to: file, atomically: true, encoding: .utf8)
      let error = try #require(throws: RecipeError.self) { try FileProblems(file, name: "rows", seed: 3) }
      #expect(error.message.contains("line 2"))
    }
  }

  @Test("a permutation for any count", arguments: [1, 2, 3, 5, 16, 17, 100, 1023])
  func shuffle(count: Int) {
    let shuffle = Shuffle(count: count, key: CounterRandom(seed: 9))
    #expect(Set((0..<count).map { shuffle[$0] }) == Set(0..<count))
  }

  @Test(
    "GSM8K and MBPP as published: references and worked solutions",
    .enabled(if: exists("gsm8k") && exists("mbpp")), arguments: ["gsm8k", "mbpp"])
  func published(name: String) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: shared.appending(path: name).path)
    let file = try #require(files.sorted().first { $0.contains(".jsonl") })
    let task = try FileProblems(
      shared.appending(path: "\(name)/\(file)"), name: name, options: ["limit": .integer(200)], seed: 1)
    for index in 0..<100 {
      let problem = task.problem(index, split: .train)
      let solution = try #require(task.workedSolution(for: problem))
      #expect(problem.reference != nil || problem.tests != nil)
      #expect(solution.contains("Answer: ") || solution.hasPrefix("```python\n"))
      #expect(!solution.contains("<<") || problem.tests != nil)
    }
  }
}
