import Testing
import VerifierKit

@testable import Verifiers

private func judge(
  _ name: String, _ completion: String, reference: JSONValue? = nil, language: String? = nil,
  prompt: String = "",
  options: [String: JSONValue] = [:]
) async throws -> Verdict {
  try await makeVerifier(name, options: options).verify(
    Completion(text: completion),
    of: Problem(id: "p", domain: "any", prompt: .text(prompt), reference: reference, language: language))
}

@Test(
  "logic-puzzle",
  arguments: [
    (#"{"kind":"truth","answer":true}"#, "Answer: true", "equal"),
    (#"{"kind":"truth","answer":true}"#, "Answer: true or false", "no-answer"),
    (#"{"kind":"truth","answer":true}"#, "Answer: true, false", "several-answers"),
    (#"{"kind":"truths","answer":[true,false,true]}"#, "<think>x</think>Answer: 1, 0, 1", "equal"),
    (#"{"kind":"truths","answer":[true,false,true]}"#, "Answer: true, false, true", "equal"),
    (#"{"kind":"truths","answer":[true,false,true]}"#, "Answer: 1, 1, 1", "wrong-answer"),
    (#"{"kind":"truths","answer":[true,false,true]}"#, "Answer: 1, 0", "no-answer"),
    (#"{"kind":"assignment","solution":{"A":"knight","B":"knave"}}"#, "Answer: A: knight, B: knave", "equal"),
    (
      #"{"kind":"assignment","solution":{"A":"knight","B":"knave"}}"#,
      "Answer: B is a knave and A is a knight", "equal"
    ),
    (
      #"{"kind":"assignment","solution":{"A":"knight","B":"knave"}}"#, "Answer: A: knight, B: knight",
      "wrong-answer"
    ),
    (#"{"kind":"assignment","solution":{"A":"knight","B":"knave"}}"#, "Answer: A: knight", "no-answer"),
    (
      #"{"kind":"assignment","solution":{"A":"knight","B":"knave"}}"#,
      "Answer: A: knight, A: knave, B: knave",
      "several-answers"
    ),
    (#"{"kind":"assignment","solution":{"Ada":"knave"}}"#, "Answer: Ada is a knave.", "equal"),
    (#"{"kind":"valuation","formula":"p & (q | !r)"}"#, "Answer: p = 1, q = 0, r = 0", "satisfies"),
    (#"{"kind":"valuation","formula":"p & (q | !r)"}"#, "Answer: p = 0, q = 1, r = 0", "wrong-answer"),
  ])
func logicPuzzle(reference: String, completion: String, reason: String) async throws {
  let verdict = try await judge("logic-puzzle", completion, reference: try JSONValue(parsing: reference))
  #expect(verdict.reason == reason, "\(verdict)")
}

@Test(
  "answers that name every candidate, or deny them, decide nothing",
  arguments: [
    "Answer: A: knight, knave, B: knave, knight", "Answer: A knight/knave B knave/knight",
    "Answer: A isn't a knight and B isn't a knave", "Answer: A is never a knight, B is never a knave",
  ])
func candidates(completion: String) async throws {
  let reference = try JSONValue(parsing: #"{"kind":"assignment","solution":{"A":"knight","B":"knave"}}"#)
  #expect(try await judge("logic-puzzle", completion, reference: reference).score == 0)
}

@Test("a puzzle that is none is the judge's fault")
func unreadablePuzzle() async {
  await #expect(throws: VerifierFault.self) {
    try await judge("logic-puzzle", "Answer: 1", reference: .object(["kind": .string("riddle")]))
  }
}

@Test(
  "countdown",
  arguments: [
    ("Answer: 3*(7+8) = 45", "equal"), ("Answer: 3*7+8", "wrong-answer"), ("Answer: 3*3*5", "wrong-numbers"),
    ("Answer: 45", "wrong-numbers"), ("Answer: import os", "no-answer"), ("Answer: 3/(7-7)", "wrong-numbers"),
  ])
func countdown(completion: String, reason: String) async throws {
  let reference = try JSONValue(parsing: #"{"numbers":[3,7,8],"target":45}"#)
  #expect(try await judge("countdown", completion, reference: reference).reason == reason)
}

@Test(
  "choice and exact-match",
  arguments: [
    ("choice", "B", "Answer: (B)", "equal"), ("choice", "B", "Answer: B. because of A", "several-answers"),
    ("choice", "B", "\\boxed{C}", "wrong-answer"), ("choice", "B", "Answer: Bananas", "no-answer"),
    ("choice", "B", "\\boxed{B}\nAnswer: A", "wrong-answer"),
    ("choice", "B", "\\boxed{A} or \\boxed{B}", "several-answers"),
    ("choice", "B", "Answer: B is wrong", "several-answers"),
    ("choice", "I", "I do not know", "several-answers"),
    ("choice", "A", "Answer: a dog", "no-answer"), ("choice", "B", "Answer: B or c", "several-answers"),
    ("choice", "B", "The answer is B", "equal"), ("choice", "B", "Answer: `B`", "equal"),
    ("choice", "B", "**B**", "equal"),
    ("choice", "B", "Answer: B. because it is so", "equal"), ("choice", "B", "\\boxed{\\text{(B)}}", "equal"),
    ("exact-match", "cat", "Answer: dog\nFinal Answer: cat", "several-answers"),
    ("exact-match", "vitamin", "Answer: vitamin A\nAnswer: vitamin", "several-answers"),
    ("exact-match", "cat", "Answer: cat. Final Answer: cat", "equal"),
    ("choice", "A", "Answer: A\n**Answer:** A", "equal"),
    ("exact-match", "cat", "<answer>dog</answer> <answer>cat</answer>", "several-answers"),
    ("exact-match", "cat", "it is not \\boxed{cat}", "several-answers"),
    ("exact-match", "cat", "\\boxed{dog}\n\\boxed{cat}", "several-answers"),
    ("exact-match", "red fox", "Answer:  red fox ", "equal"),
    ("exact-match", "red", "Answer: Red", "wrong-answer"),
    ("exact-match", "red", "", "no-answer"),
  ])
func words(verifier: String, gold: String, completion: String, reason: String) async throws {
  #expect(try await judge(verifier, completion, reference: .string(gold)).reason == reason)
}

@Test(
  "reasoning-steps: distinct steps that compute or say something, and hang together with the question",
  arguments: [
    ("What is 7+8, and 40 more?", "1. 7+8=15\n2. 15 + 40 = 55\nso the sum of both is 55", 1.0),
    ("", "1. 7+8=15\n2. 4+3+1=8\nso the sum is 85", 1.0),
    ("f(1)=15;f(2)=19", "9-5=4\n1-1=0\n4*1=4", 1.0),
    (
      "Write a function f(s) that returns s reversed.", "The function takes s.\nIt must return s reversed.",
      2.0 / 3
    ),
    ("", "1+1=2\n1 + 1 = 2\n3. 1+1=2", 1.0 / 3),
    ("What is 7+8?", "1=1\n2=2\n7=7", 0), ("What is 7+8?", "7+8=16\n8+7=14\n7*8=15", 0),
    ("What is 7+8?", "1+1=2\n2+2=4\n3+3=6", 0), ("What is 7+8?", "=\n==\n= =", 0),
    ("What is 7+8?", "First, second, third.\nThen, therefore, because, hence.\nFinally we conclude that.", 0),
    (
      "What is 7+8?", "Step by step, let's think.\nNext step, so then, thus.\nWait, first, second, finally.",
      0
    ),
    ("If ~a and b, what is a|b?", "a=0;b=1;0|1=1", 1.0), ("", "我们先把七和八相加得到十五。\n再加上四十就是五十五。", 2.0 / 3),
  ] as [(String, String, Double)])
func reasoningSteps(prompt: String, thought: String, score: Double) async throws {
  let verdict = try await judge("reasoning-steps", "<think>\(thought)</think>Answer: 1", prompt: prompt)
  #expect(abs(verdict.score - score) < 1e-9, "\(verdict)")
}

@Test("reasoning-steps: without a thought there are none")
func noThought() async throws {
  #expect(try await judge("reasoning-steps", "1+1=2\n2+2=4\n3+3=6").score == 0)
}

@Test(
  "reasoning-steps: what a row asks for, said in sentences",
  arguments: [
    (
      "We test whether n is divisible by each number from 2 up to the square root. If none divides it, n is prime.",
      1.0
    ),
    ("We test whether n is divisible by each number from 2 up to √n, as more is not needed.", 1.0),
    ("We test whether n is divisible by something or other.", 0.5),
    ("divisible by, up to the square root", 0.5), ("divisible by. up to root. square root.", 0.0),
    ("we guess", 0.0),
  ])
func askedSteps(thought: String, score: Double) async throws {
  let steps = try JSONValue(parsing: #"["divisible by", ["up to * root", "up to √n"]]"#)
  let problem = Problem(id: "p", domain: "any", prompt: .text(""), metadata: ["steps": steps])
  let verdict = try await makeVerifier("reasoning-steps").verify(
    Completion(text: "<think>\(thought)</think>x"), of: problem)
  #expect(verdict.score == score)
}

@Test("reasoning-steps: asked steps that can't be read are the row's fault")
func unreadableSteps() async {
  let problem = Problem(id: "p", domain: "any", prompt: .text(""), metadata: ["steps": .array([.integer(3)])])
  await #expect(throws: VerifierFault.self) {
    try await makeVerifier("reasoning-steps").verify(Completion(text: "<think>7+8=15</think>x"), of: problem)
  }
}

@Test("repetition and length")
func style() async throws {
  let loop = String(repeating: "again and again we go ", count: 50)
  #expect(try await judge("repetition", loop).status == .rejected)
  #expect(
    try await judge("repetition", "It is 3 and so on. " + String(repeating: "ha", count: 60)).reason == "loop"
  )
  let lines = (0..<8).map { "step \($0 % 2) again" }.joined(separator: "\n")
  #expect(try await judge("repetition", lines, options: ["n": .integer(64)]).status == .accepted)
  #expect(
    try await judge("repetition", lines + "\nlast line\nand one more here", options: ["n": .integer(4)]).score
      < 0.7)
  #expect(try await judge("repetition", "one two three four five six seven eight nine").score == 1)
  #expect(
    try await judge("length", "a b c", options: ["max_words": .integer(2), "margin": .integer(2)]).score
      == 0.5)
  let cosine: [String: JSONValue] = ["max_words": .integer(4), "form": .string("cosine")]
  #expect(abs(try await judge("length", "a b", options: cosine).score - 0.5) < 1e-12)
  #expect(try await judge("length", "a b c d e", options: cosine).score == 0)
  #expect(try await judge("length", "a b", options: ["max_words": .integer(2)]).status == .accepted)
}

@Test("language-consistency: share of words, formulas and code aside")
func language() async throws {
  let english = "We add the numbers in the first column and carry the one to the next column."
  let german = "Wir addieren die Zahlen in der ersten Spalte und übertragen die Eins in die nächste Spalte."
  func score(_ thought: String, _ language: String?) async throws -> Verdict {
    try await judge("language-consistency", "<think>\(thought)</think>Answer: 1", language: language)
  }
  #expect(try await score(english, "en").score == 1)
  #expect(try await score(german, "de").score == 1)
  #expect(try await score(german, "en").score == 0)
  let mixed = try await score(english + "\n" + german, "en").score
  #expect((0.4...0.6).contains(mixed))
  #expect(try await score("首先我们把两个数字相加，然后得到答案。", "zh").score == 1)
  #expect(try await score("首先我们把两个数字相加，然后得到答案。", "en").score == 0)
  #expect(try await score("7+8=15\n4+3+1=8", "en").reason == "no-words")
  #expect(try await score("```\n首先我们把两个数字相加，然后得到答案。\n```", "en").score == 0)
  #expect(try await score("$\\text{首先我们把}$ x = a + b", "en").score == 0)
  #expect(try await score("", "en").score == 0)
  #expect(try await score(english, nil).status == .abstained)
  #expect(try await score("We pay $5 for the bread and $7 for the milk.", "en").details["words"] == "9")
  #expect(try await score("def f(a_1, x2)", "en").details["stripped"] == "0 %")
  #expect(try await score(english, "tlh").reason == "unknown-language")
  #expect(try await score(english + " `über der Brücke gehen wir spazieren`", "en").score == 1)
}

@Test("unknown names and options are refused, the nearest known one named")
func registry() async {
  func message(_ name: String, _ options: [String: JSONValue] = [:]) async -> String {
    do {
      _ = try makeVerifier(name, options: options)
      return "made"
    } catch { return error.message }
  }
  #expect(await message("math-anser").contains("math-answer"))
  #expect(await message("reasoning-steps", ["targt": .integer(3)]).contains("Did you mean “target”?"))
  #expect(await message("reasoning-steps", ["target": .string("x")]).contains("number"))
  #expect(await message("python-tests").contains("sandbox"))
  #expect(await message("math-answer") == "made")
}

/// Reports whatever it is told to, and remembers the program.
private final class FakeJudge: ProgramJudge, @unchecked Sendable {
  var program = ""
  let outcome: ProgramOutcome
  init(_ outcome: ProgramOutcome) { self.outcome = outcome }
  func judge(_ program: String, against tests: CodeTests) async throws(VerifierFault) -> ProgramReport {
    self.program = program
    let passed = TestReport(outcome: .accepted, message: "", cpuSeconds: 0)
    let last = TestReport(outcome: outcome, message: "why", cpuSeconds: 0)
    return ProgramReport(outcome: outcome, tests: [passed, last], total: 4, isolation: ["seccomp"])
  }
}

@Test(
  "python-tests finds the program",
  arguments: [
    ("```python\nx = 1\n```", "x = 1"),
    ("first\n```python\nx = 1\n```\nbetter:\n```py\nx = 2\n```", "x = 2"),
    ("<think>```python\nx = 0\n```</think>```python\nx = 1\n```", "x = 1"),
    ("```python\nx = 1", "x = 1"),
    ("here:\ndef f():\n  return 1", "def f():\n  return 1"),
    ("```json\n{}\n```\n```python\nx = 3\n```", "x = 3"),
    ("<think>a</think>```python\ndef f(x):\n return 3*x\n```", "def f(x):\n return 3*x"),
  ])
func extraction(completion: String, program: String) async throws {
  let judge = FakeJudge(.accepted)
  let problem = Problem(
    id: "p", domain: "code", prompt: .text(""), tests: CodeTests(kind: .stdio(cases: [], checker: nil)))
  let verdict = try await PythonTests(judge: judge).verify(Completion(text: completion), of: problem)
  #expect(verdict.status == .accepted)
  #expect(judge.program == program)
}

@Test("python-tests: verdicts, partial credit, no code, no tests")
func pythonTests() async throws {
  let problem = Problem(
    id: "p", domain: "code", prompt: .text(""), tests: CodeTests(kind: .stdio(cases: [], checker: nil)))
  let code = Completion(text: "```python\nx\n```")
  let plain = try await PythonTests(judge: FakeJudge(.timeLimit)).verify(code, of: problem)
  #expect(plain.reason == "time-limit" && plain.score == 0 && plain.details["passed"] == "1/4")
  let partial = try await PythonTests(judge: FakeJudge(.wrongAnswer), partialCredit: true).verify(
    code, of: problem)
  #expect(partial.score == 0.25 && partial.status == .rejected)
  let none = try await PythonTests(judge: FakeJudge(.accepted)).verify(
    Completion(text: "I can't."), of: problem)
  #expect(none.reason == "no-code")
  await #expect(throws: VerifierFault.self) {
    try await PythonTests(judge: FakeJudge(.accepted)).verify(
      code, of: Problem(id: "q", domain: "code", prompt: .text("")))
  }
}

@Test("language-consistency: openings that never close are read in one pass")
func unclosed() async throws {
  for piece in ["\\[", "\\(", "$$ ", "$ ", "` ", "``` ", "\\", "https://", "a ", "ж "] {
    let text = String(repeating: piece, count: 200_000 / piece.utf8.count)
    let started = ContinuousClock.now
    _ = try await judge("language-consistency", text, language: "en")
    #expect(ContinuousClock.now - started < .seconds(20), "\(piece)")
  }
}

@Test(
  "the program of a completion, however it is fenced",
  arguments: [
    ("Here:\r\n```python\r\ndef f(x):\r\n  return x\r\n```\r\n", "def f(x):\n  return x"),
    ("```python \ndef f(): pass\n```", "def f(): pass"), ("``` python\ndef f(): pass\n```", "def f(): pass"),
    ("```python\ndef f(): pass\n```\nf() prints:\n```\n6\n```", "def f(): pass"),
    ("```python\ndef f(): pass\n```\nBetter:\n```\ndef f(): return 1\n```", "def f(): return 1"),
    ("1. So:\n   ```python\n   def f():\n     return 1\n   ```", "def f():\n  return 1"),
    ("Example:\n```\n3 4\n```\nProgram:\n```\nprint(input())\n```", "print(input())"),
    ("The ```solve``` function:\n```python\nx = 1\n```", "x = 1"),
    ("```\nprint(1)\n```", "print(1)"), ("```cpp\nint f();\n```\n```py\nx = 1\n```", "x = 1"),
    ("```python\nx = 1```", "x = 1"), ("```python\nx = 1", "x = 1"), ("```python\n```", nil),
    ("```json\n{}\n```", nil), ("no program", nil), ("def f(): pass", "def f(): pass"),
  ])
func extraction(completion: String, program: String?) {
  #expect(CodeExtraction.program(in: completion) == program)
}
