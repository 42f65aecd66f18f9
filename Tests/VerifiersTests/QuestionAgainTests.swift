import Testing
import VerifierKit

@testable import Verifiers

/// Answers that are equal to the gold one and stand in the prompt as they are.
private func reason(_ prompt: String, _ gold: String, _ completion: String) throws -> String {
  try MathAnswer().verify(
    Completion(text: completion),
    of: Problem(id: "p", domain: "math", prompt: .text(prompt), reference: .string(gold))
  ).reason
}

@Test(
  "an expression of the prompt is no answer to it",
  arguments: [
    ("What is 2^{10}?", "1024", "\\boxed{2^{10}}"), ("Compute 84/4.", "21", "Answer: 84/4"),
    ("Evaluate $\\sqrt{100} + 1$.", "11", "The answer is $\\sqrt{100} + 1$."),
    ("Factor $x^2 - 5x + 6$.", "(x-2)(x-3)", "\\boxed{x^2-5x+6}"),
    ("Expand \\((x+1)^2\\) as a polynomial.", "x^2+2x+1", "\\boxed{\\left(x + 1\\right)^2}"),
    ("Simplify \\(\\dfrac{12}{16}\\)", "\\frac{3}{4}", "\\boxed{\\frac{12}{16}}"),
    ("Find the value of $5!$", "120", "\\boxed{5!}"),
    ("What is \\sin 30^\\circ ?", "1/2", "\\boxed{\\sin 30^\\circ}"),
    ("What is 12 ÷ 4 =", "3", "12 / 4 = 12 / 4"),
    ("Rationalize $\\frac{1}{\\sqrt 2}$", "\\frac{\\sqrt{2}}{2}", "$\\frac{1}{\\sqrt 2}$"),
    ("Write $2x+3y=6$ in slope-intercept form.", "y = -\\frac{2}{3}x + 2", "\\boxed{2x + 3y = 6}"),
  ])
func again(prompt: String, gold: String, completion: String) throws {
  #expect(try reason(prompt, gold, completion) == "question-again")
  // Without the prompt it is a value in another notation.
  #expect(try reason("", gold, completion) == "equal")
}

@Test(
  "what is worked out, in lowest terms, or written as the gold answer is, is an answer",
  arguments: [
    ("What is 2^{10}?", "1024", "\\boxed{1024}"),
    ("What is 2^{10}? 1024 or 512?", "1024", "\\boxed{2^{10} = 1024}"),
    ("Jill ate 1/2 of it. How much is left?", "0.5", "\\boxed{1/2}"),
    ("Which is larger, $\\sqrt{8}$ or $3^2$?", "3^2", "\\boxed{3^2}"),
    ("Is $\\frac{\\pi}{2}$ or $\\frac{\\pi}{3}$ the angle?", "\\pi/2", "\\boxed{\\frac{\\pi}{2}}"),
    ("Factor $x^2 - 5x + 6$.", "(x-2)(x-3)", "\\boxed{(x-3)(x-2)}"),
    ("What is 42 + 2^{10} - 1?", "1065", "\\boxed{1065}"),
    ("Compute $2^{10} + 1$", "1024", "\\boxed{2^{10}}"),
    ("What is the sum of the first 3?", "3", "\\boxed{3}"), ("Say yes.", "yes", "Answer: Yes"),
  ])
func answered(prompt: String, gold: String, completion: String) throws {
  #expect(try reason(prompt, gold, completion) == "equal")
}
