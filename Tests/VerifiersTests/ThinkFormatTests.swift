import Testing
import VerifierKit

@testable import Verifiers

private func verdict(
  _ completion: String, _ options: [String: JSONValue] = [:], prompt: String = "What is 7+8?"
) async throws -> Verdict {
  try await makeVerifier("think-format", options: options).verify(
    Completion(text: completion), of: Problem(id: "p", domain: "any", prompt: .text(prompt)))
}

@Test(
  "think-format: R1's shape, and every trick with it",
  arguments: [
    ("<think>7+8=15</think>Answer: 15", "formatted"),
    ("<think>\nwe add seven and eight\n</think>\n```python\nprint(1)\n```", "formatted"),
    ("<think>首先我们把两个数字相加</think>15", "formatted"),
    ("<think>p & q is false, so p | q decides</think>Answer: true", "formatted"),
    ("<think>7+8=15</think><answer>15</answer>", "formatted"),
    ("<think></think>Answer: 15", "empty-thought"),
    ("<think> … </think>Answer: 15", "empty-thought"),
    ("<think>hm</think>Answer: 15", "trivial-thought"),
    ("<think>Let me think about this step by step.</think>Answer: 15", "trivial-thought"),
    ("<think>reasoning process here</think>Answer: 15", "trivial-thought"),
    ("<think>15</think>Answer: 15", "trivial-thought"),
    ("<think>What is 7+8?</think>Answer: 15", "trivial-thought"),
    ("<think>7+8=15</think>", "no-answer"),
    ("<think>7+8=15, Answer: 15</think>", "no-answer"),
    ("<think>7+8=15</think>Answer:", "no-answer"),
    ("<think>7+8=15</think><answer> </answer>", "no-answer"),
    ("<think>7+8</think><think>=15</think>Answer: 1", "repeated-or-open-tags"),
    ("<think><think>7+8=15</think></think>Answer: 15", "repeated-or-open-tags"),
    ("<think>7+8=15 Answer: 15", "repeated-or-open-tags"),
    ("so <think>7+8=15</think>Answer: 1", "text-outside"),
    ("Answer: 15", "no-think-block"),
    ("</think>7+8=15<think>Answer: 15", "tags-out-of-order"),
    ("<thınk>7+8=15</thınk>Answer: 15", "no-think-block"),
    ("", "no-think-block"),
  ])
func thinkFormat(completion: String, reason: String) async throws {
  let verdict = try await verdict(completion)
  #expect(verdict.reason == reason)
  #expect(
    verdict.status == (reason == "formatted" ? .accepted : .rejected)
      && (reason == "formatted" || verdict.score == 0))
}

@Test(
  "think-format: other shapes",
  arguments: [
    ("<think> Answer:", "<think>7+8=15</think>\nAnswer: 15", "formatted"),
    ("<think> Answer:", "<think>7+8=15</think>\n15", "no-answer-line"),
    ("<think> Answer:", "<think>7+8=15</think>\nAnswer: 15\nAnswer: 16", "several-answers"),
    ("<think> <answer>", "<think>7+8=15</think> <answer>15</answer>", "formatted"),
    ("<think> <answer>", "<think>7+8=15</think> <answer>15</answer> or 16", "text-after-the-answer"),
    ("<think> <answer>", "<answer>15</answer> <think>7+8=15</think>", "tags-out-of-order"),
    ("<think> <answer>", "<think>7+8=15 <answer>15</answer></think>", "tags-out-of-order"),
    ("<think> <answer>", "<think>7+8=15</think> so <answer>15</answer>", "text-outside"),
    ("<think> \\boxed", "<think>7+8=15</think> It is $\\boxed{15}$.", "formatted"),
    ("<think> \\boxed", "<think>7+8=15</think> \\boxed{15} \\boxed{16}", "several-answers"),
    ("<think> \\boxed", "<think>7+8=15</think> \\boxed{15} or 16", "text-after-the-answer"),
    ("<think> \\boxed", "<think>7+8=\\boxed{15}</think>", "no-box"),
    ("<think> code", "<think>we print the sum</think>\n```python\nprint(15)\n```", "formatted"),
    ("<think> code", "<think>we print the sum</think>\n```python\nprint(15)\n```\nthat is it", "no-code"),
  ])
func shapes(shape: String, completion: String, reason: String) async throws {
  #expect(try await verdict(completion, ["shape": .string(shape)]).reason == reason)
}

@Test("think-format: a prompt that opened the thought, partial credit, shapes that are none")
func thinkOptions() async throws {
  let prefilled: [String: JSONValue] = ["prefilled": .bool(true)]
  #expect(try await verdict("7+8=15</think>Answer: 15", prefilled).reason == "formatted")
  #expect(try await verdict("<think>7+8=15</think>Answer: 15", prefilled).reason == "repeated-or-open-tags")
  let partial: [String: JSONValue] = ["partial_credit": .bool(true), "shape": .string("<think> <answer>")]
  #expect(try await verdict("<think>7+8=15</think>15", partial).score == 0)
  #expect(try await verdict("<think>7+8=15</think>", partial).score == 0.5)
  #expect(try await verdict("<answer>15</answer>", partial).score == 0.5)
  #expect(try await verdict("<think>7+8=15</think><answer></answer>", partial).score == 0.5)
  for shape in ["text <think>", "", "<think> boxed", "<> text", "<think> <think>"] {
    await #expect(throws: VerifierFault.self) { try await verdict("", ["shape": .string(shape)]) }
  }
}
