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
    ("What is 2^{10}?", "1024", "\\boxed{2^{10}}"), ("What is 2^{10}?", "1024", "\\boxed{x = (2^10)}"),
    ("What is sqrt(100)?", "10", "\\boxed{sqrt(100)}"), ("Compute 84/4.", "21", "Answer: 84/4"),
    ("Compute\n84/4\n\n1. Give it.", "21", "Answer: 84/4"),
    ("Compute **84/4** (no tables)", "21", "Answer: 84/4"),
    ("计算$84/4$的值", "21", "Answer: 84/4"), ("计算84/4的值", "21", "Answer: 84/4"),
    ("Evaluate $\\sqrt{100} + 1$.", "11", "The answer is $\\sqrt{100} + 1$."),
    ("Factor $x^2 - 5x + 6$.", "(x-2)(x-3)", "\\boxed{x^2-5x+6}"),
    ("Expand \\((x+1)^2\\) as a polynomial.", "x^2+2x+1", "\\boxed{\\left(x + 1\\right)^2}"),
    ("Simplify \\(\\dfrac{12}{16}\\)", "\\frac{3}{4}", "\\boxed{\\frac{12}{16}}"),
    ("Solve $x + 5 = 0$.", "x = -5", "\\boxed{x + 5 = 0}"), ("Find the value of $5!$", "120", "\\boxed{5!}"),
    ("What is \\sin 30^\\circ ?", "1/2", "\\boxed{\\sin 30^\\circ}"),
    ("What is 12 ÷ 4 =", "3", "12 / 4 = 12 / 4"),
    ("Evaluate $\\lfloor 3.7\\rfloor$", "3", "\\boxed{\\lfloor 3.7\\rfloor}"),
    ("Rationalize $\\frac{1}{\\sqrt 2}$", "\\frac{\\sqrt{2}}{2}", "$\\frac{1}{\\sqrt 2}$"),
    ("Write $2x+3y=6$ in slope-intercept form.", "y = -\\frac{2}{3}x + 2", "\\boxed{2x + 3y = 6}"),
    ("Solve $2x+3<7$.", "x<2", "\\boxed{2x+3 < 7}"), ("Convert 1202_3 to base 10.", "47", "\\boxed{1202_3}"),
    ("Solve $2x+3\\leqslant 7$.", "x \\le 2", "\\boxed{2x + 3 \\leq 7}"),
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
    ("Which line?", "x = 5", "\\boxed{x - 5 = 0}"), ("Inverse of $f(x)=1-x$?", "-x+1", "\\boxed{1-x}"),
    ("Which is it: (A) $2$ (B) $\\sqrt{2}$ (C) $\\pi$?", "B", "The answer is (B) $\\sqrt{2}$."),
    ("Is it $(x+2)(x+3)$ or $(x+1)(x+6)$?", "(x+3)(x+2)", "\\boxed{(x+2)(x+3)}"),
    ("$\\angle B = 40^\\circ$. Find $\\angle C$.", "40", "\\boxed{40^\\circ}"),
    ("A box weighs 49 N. What holds it?", "49 \\text{ N}", "\\boxed{49 N}"),
    ("The date after 2020-03-04 or before?", "March 4, 2020", "\\boxed{2020-03-04}"),
    ("For $0 \\le x \\le 1$, what is the range?", "[0,1]", "\\boxed{[0, 1]}"),
    ("For $0 \\le x \\le 1$, where is it?", "[0,1]", "\\boxed{0 \\leq x \\leqslant 1}"),
    (
      "$0 \\leqslant x \\leqslant 2$, $1 \\leqslant x \\leqslant 3$", "[1,2]",
      "\\boxed{1 \\leqslant x \\leqslant 2}"
    ),
    ("Solve $\\ln x = 2$ for $x$.", "e^2", "\\boxed{x = exp(2)}"),
    ("The area is 12.", "2\\sqrt{3}", "Answer: sqrt(12)"),
    ("A coin is tossed 10 times, with 2 sides.", "1024", "\\boxed{2**10}"),
    ("Is it $y=5-2x$ or $y=3+x$?", "y=-2x+5", "\\boxed{y=5-2x}"),
    (
      "Let $w=-\\frac{1}{2}+i\\frac{\\sqrt{3}}{2}$.", "-\\frac{1}{2}+\\frac{i\\sqrt{3}}{2}",
      "\\boxed{-\\frac{1}{2}+i\\frac{\\sqrt{3}}{2}}"
    ),
    (
      "Given $\\sin 15^\\circ = \\frac{\\sqrt6-\\sqrt2}{4}$, find $\\cos 75^\\circ$.",
      "\\frac{\\sqrt{6}-\\sqrt{2}}{4}",
      "\\boxed{\\cos 75^\\circ = \\frac{\\sqrt{6}-\\sqrt{2}}{4}}"
    ),
    ("What is $x = 2^{10}$? 1024 or 512?", "x = 1024", "\\boxed{x = 2^{10} = 1024}"),
    ("Is it $y^2+x^2=25$?", "x^2+y^2=25", "\\boxed{y^2+x^2=25}"),
    ("Which of $\\sqrt{2}$, $\\sqrt{9}$?", "\\{\\sqrt{2}\\}", "\\boxed{\\sqrt{2}}"),
    ("Find $x$ if $x^2=12$, $x>0$.", "3.464", "\\boxed{2\\sqrt{3} = x}"),
    ("Which is it, 1302 or 1202?", "1202_3", "\\boxed{1202}"),
  ])
func answered(prompt: String, gold: String, completion: String) throws {
  #expect(try reason(prompt, gold, completion) == "equal")
}

@Test("of a conversation, the question is what the user said last")
func lastMessage() throws {
  func reason(_ messages: [Message]) throws -> String {
    try MathAnswer().verify(
      Completion(text: "\\boxed{2^{10}}"),
      of: Problem(id: "p", domain: "math", prompt: .messages(messages), reference: .string("1024"))
    ).reason
  }
  let (asked, other) = (
    Message(role: "user", content: "What is 2^{10}?"), Message(role: "user", content: "And 1024?")
  )
  #expect(try reason([asked]) == "question-again")
  #expect(try reason([asked, Message(role: "assistant", content: "1024"), other]) == "equal")
}

@Test("hostile prompts take no verdict away, and end")
func hostileQuestions() throws {
  let answers = [
    ("\\boxed{2^{10}}", "1024"), ("\\boxed{0!!!!!!!!!!!!!!!!!!!!!!!!}", "1"),
    ("\\boxed{((((2^{10}))))}", "1024"),
  ]
  for piece in ["(", ")", "\\", "\\left", "**", "{", "2^{", "$", "<|", "é", "x", "1 "] {
    for (answer, gold) in answers {
      // None of these prompts asks for it: what it gets is what it gets without a prompt.
      let expected = try reason("", gold, answer)
      let long = String(repeating: piece, count: 19_990 / piece.utf8.count) + "1"
      for prompt in [long, piece] { #expect(try reason(prompt, gold, answer) == expected, "\(piece)") }
    }
  }
}
