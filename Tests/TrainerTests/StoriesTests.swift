import Testing
import VerifierKit
import Verifiers

@testable import Trainer

@Suite("Stories in two languages")
struct StoriesTests {
  private func task(_ language: String, foreignShare: Double) throws -> GeneratedTask {
    try .make(
      generator: "stories", name: "stories", style: .plain,
      options: ["language": .string(language), "foreign_share": .number(foreignShare)], seed: 3)
  }

  /// The language reward's score of 200 worked solutions.
  private func scores(_ language: String, foreignShare: Double) throws -> [Double] {
    let task = try task(language, foreignShare: foreignShare)
    return try (0..<200).map { index in
      let problem = task.problem(index, split: .train)
      #expect(problem.language == language)
      let solution = try #require(task.workedSolution(for: problem))
      return try LanguageConsistency().verify(Completion(text: solution), of: problem).score
    }
  }

  @Test(
    "thoughts are in the question's language, or as often in the other as was asked", arguments: ["en", "de"])
  func languages(language: String) throws {
    #expect(try scores(language, foreignShare: 0).allSatisfy { $0 > 0.9 })
    #expect(try scores(language, foreignShare: 1).allSatisfy { $0 < 0.2 })
    let half = try scores(language, foreignShare: 0.5)
    let foreign = half.count { $0 < 0.2 }
    #expect((75...125).contains(foreign) && half.allSatisfy { $0 < 0.2 || $0 > 0.9 })
  }

  @Test("a question that one language trains on, the other does not hold out")
  func split() throws {
    let (english, german) = (try task("en", foreignShare: 0), try task("de", foreignShare: 0))
    func keys(_ task: GeneratedTask, _ split: Split) -> Set<String> {
      Set((0..<1000).compactMap { task.problem($0, split: split).metadata["key"]?.string })
    }
    #expect(keys(english, .train).isDisjoint(with: keys(german, .heldOut)))
    #expect(keys(german, .train).isDisjoint(with: keys(english, .heldOut)))
  }

  @Test("an unknown language, or a share above 1, is an error that says what is possible")
  func wrong() {
    #expect(throws: RecipeError.self) { try task("fr", foreignShare: 0) }
    #expect(throws: RecipeError.self) { try task("en", foreignShare: 1.5) }
  }
}
