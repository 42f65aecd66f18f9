import Foundation
import Policy
import Testing
import VerifierKit

@testable import Trainer

@Suite("Completions of a sampling that was cut off")
struct RolloutJournalTests {
  typealias Place = RolloutJournal.Place

  private static func completion(_ number: Int) -> GeneratedCompletion {
    var completion = GeneratedCompletion()
    completion.tokens = (0..<number).map { Int32(100 * number + $0) }
    completion.logp = (0..<number).map { -Float($0) / 3 - 1e-7 }
    completion.stopped = number % 2 == 0
    return completion
  }

  private static let all = Dictionary(
    uniqueKeysWithValues: (0..<5).map { (Place($0 / 3, $0 % 3), completion($0)) })

  /// A journal with five completions, the one that a killed process leaves.
  private func written(in folder: URL) throws -> URL {
    let file = folder.appending(path: "unfinished.rollouts")
    let journal = RolloutJournal(file)
    #expect(try journal.begin("step 3", total: 5).isEmpty)
    for number in 0..<5 {
      journal.append(Self.completion(number), at: Place(number / 3, number % 3))
    }
    try journal.end()
    return file
  }

  @Test("are there again on the same occasion, to the bit, and are said")
  func same() throws {
    try withFolder { folder in
      let file = try written(in: folder)
      let lines = Lines()
      #expect(try RolloutJournal(file) { lines.add($0) }.begin("step 3", total: 9) == Self.all)
      #expect(lines.text.contains("5 of 9 completions"))
    }
  }

  @Test("wait for their occasion while steps before it are done again")
  func later() throws {
    try withFolder { folder in
      let file = try written(in: folder)
      let journal = RolloutJournal(file)
      #expect(try journal.begin("step 2", total: 5).isEmpty)
      journal.append(Self.completion(9), at: Place(0, 0))
      #expect(try journal.begin("step 3", total: 5) == Self.all)
      #expect(try journal.begin("step 4", total: 5).isEmpty)
      #expect(try journal.begin("step 3", total: 5).isEmpty, "taken up once")
      // Taken up, they are in the file again.
      let other = RolloutJournal(try written(in: folder))
      _ = try other.begin("step 2", total: 5)
      _ = try other.begin("step 3", total: 5)
      #expect(try RolloutJournal(file).begin("step 3", total: 5) == Self.all)
    }
  }

  @Test("cut at any byte, the whole ones are there, and more can follow")
  func cut() throws {
    try withFolder { folder in
      let whole = try Data(contentsOf: try written(in: folder))
      let file = folder.appending(path: "cut")
      var counts: Set<Int> = []
      for length in 0...whole.count {
        try whole.prefix(length).write(to: file)
        let journal = RolloutJournal(file)
        let found = try journal.begin("step 3", total: 5)
        #expect(found.allSatisfy { Self.all[$0.key] == $0.value })
        counts.insert(found.count)
        for (place, completion) in Self.all where found[place] == nil {
          journal.append(completion, at: place)
        }
        #expect(try RolloutJournal(file).begin("step 3", total: 5) == Self.all, "\(length) bytes")
      }
      #expect(counts == Set(0...5))
    }
  }

  @Test("what follows a damaged byte is not believed")
  func damaged() throws {
    try withFolder { folder in
      let whole = try Data(contentsOf: try written(in: folder))
      let file = folder.appending(path: "damaged")
      for place in whole.indices {
        var data = whole
        data[place] ^= 0x10
        try data.write(to: file)
        let found = try RolloutJournal(file).begin("step 3", total: 5)
        #expect(found.count < 5 && found.allSatisfy { Self.all[$0.key] == $0.value }, "byte \(place)")
      }
    }
  }

  @Test("the sampler draws the missing ones alone, to the same end")
  func sampler() async throws {
    try await withFolder { folder in
      let recipe = try Recipe(yaml: TinyRun.yaml())
      let policy = try PolicySource(recipe)
      let tasks = try recipe.generators(relativeTo: folder) { _ in }
      let problems = (0..<2).map { (task: "sums", problem: tasks[0].problem($0, split: .train)) }
      let file = folder.appending(path: "unfinished.rollouts")
      func sample(step: Int = 1, _ lines: Lines = Lines()) async throws -> [Rollout] {
        let sampler = Sampler(
          pool: DecoderPool(policy.parameters.config, threads: 1, slots: 4),
          renderer: PromptRenderer(tokenizer: policy.tokenizer, systemPrompt: nil), rewarder: EvenRewarder(),
          seed: 1, journal: RolloutJournal(file) { lines.add($0) })
        let asked = Lines()
        let rollouts = try await sampler.rollouts(
          problems, samples: 4, parameters: policy.parameters,
          options: SamplingOptions(maxCompletionTokens: 6), place: [step]
        ) { asked.add(String($0)) }.rollouts
        #expect(Set(asked.text.split(separator: "\n")).count == 8, "progress counts all")
        return rollouts
      }
      let expected = try await sample()
      let whole = try Data(contentsOf: file)
      for share in [0.5, 0.7, 0.9] {
        try whole.prefix(Int(share * Double(whole.count))).write(to: file)
        let lines = Lines()
        let found = try await sample(lines)
        #expect(found.map(\.completion) == expected.map(\.completion))
        #expect(found.map(\.reward.value) == expected.map(\.reward.value))
        #expect(found.map { [$0.group, $0.sample] } == expected.map { [$0.group, $0.sample] })
        #expect(lines.text.contains("of 8 completions had been sampled"))
      }
      // Another step's are others.
      let lines = Lines()
      #expect(try await sample(step: 2, lines).map(\.completion) != expected.map(\.completion))
      #expect(lines.text.isEmpty)
    }
  }

  @Test("no place to write is an error that says so")
  func unwritable() {
    let journal = RolloutJournal(URL(fileURLWithPath: "/nowhere/unfinished.rollouts"))
    #expect(throws: RunError.self) { try journal.begin("step 3", total: 1) }
  }
}
