import Testing
import VerifierKit

@testable import Verifiers

@Test(
  "the plain reading: a box, what is announced, a line with one number, or nothing",
  arguments: [
    ("so \\boxed{\\frac{1}{2}} it is", "\\frac{1}{2}"), ("\\boxed{1} or \\boxed{2}", "2"),
    ("Answer: 12 apples.\nBye", "12 apples"), ("**Answer:** 7", "7"), ("The answer is 7.", "7"),
    ("#### 1,200", "1,200"), ("<think>Answer: 9</think>Answer: 8", "8"), ("It is 5\nAnswer: 6", "6"),
    ("Adding, he has 12.", "12"), ("Twelve.\n12", "12"),
    ("3 + 4 = 7", nil), ("He has 12 apples", nil), ("It costs 1.5", nil), ("-3", nil), ("\\boxed{7", nil),
    ("nothing", nil), ("", nil), ("Answer:", nil), ("<think>5</think>", nil),
  ])
func plainReading(completion: String, answer: String?) {
  #expect(PlainReading.answer(in: completion) == answer)
}

private func opinion(_ completion: String, _ gold: String, abstaining: Bool = false) async throws -> Verdict {
  let options: [String: JSONValue] = [
    "second_opinion": .number(1), "abstain_on_disagreement": .bool(abstaining),
  ]
  return try await makeVerifier("math-answer", options: options).verify(
    Completion(text: completion),
    of: Problem(id: "p", domain: "math", prompt: .text(""), reference: .string(gold)))
}

@Test(
  "of a chain, the second reader looks at what is worked out at an end",
  arguments: [
    ("8 - 9 - 9 = 8 - 9 - 9", NormalForm.Comparison.different), ("8 - 9 - 9 = -10", .equal),
    ("-10 = 8 - 18", .equal),
    ("8 - 9 - 9 = -1 - 9 = -10", .equal), ("8 - 9 - 9 = 4", .different), ("a + b = -10", .equal),
  ])
func chains(given: String, wanted: NormalForm.Comparison) throws {
  let gold = try #require(MathAnswer.form("-10"))
  #expect(MathOpinion.compare(gold, try #require(MathAnswer.form(given))) == wanted)
}

@Test("an answer that only one of two ways of reading finds is a disagreement")
func readingsDiffer() async throws {
  let verdict = try await opinion("\\boxed{5}. No: the answer is 7", "7")
  #expect(verdict.status == .accepted)
  #expect(verdict.details["second_opinion"] == "plain reading: wrong")
  #expect(verdict.details["disagreement"] == "equal, but plain reading: wrong")
  let abstained = try await opinion("\\boxed{5}. No: the answer is 7", "7", abstaining: true)
  #expect(abstained.status == .abstained)
}

@Test(
  "where both read the same, both say the same",
  arguments: [
    ("7", "The answer is **7**."), ("7", "Answer: 3 + 4 = 7"), ("5", "Answer: x = 5"),
    ("\\frac{3\\pi}{4}", "Answer: 3pi/4"), ("x^2+2x+1", "\\boxed{(x+1)^2}"),
    ("12", "Answer: 12 apples (3 boxes of 4)"),
    ("18", "<think>9 or 10?</think>Answer: 18"), ("40/9", "Answer: 4 + 4/9"), ("1/2", "Answer: 0.5"),
    ("3", "He buys 3 more and pays 20.\n#### 3"),
  ])
func readingsAgree(gold: String, completion: String) async throws {
  let verdict = try await opinion(completion, gold)
  #expect(verdict.status == .accepted)
  #expect(verdict.details["second_opinion"] != nil)
  #expect(verdict.details["disagreement"] == nil, "\(verdict.details)")
}
