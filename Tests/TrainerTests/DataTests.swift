import Testing
import Trainer
import VerifierKit
import Verifiers

/// Each task with each style that it has, as a recipe would name it.
struct TaskCase: Sendable, CustomTestStringConvertible {
  var generator: String
  var style: Style
  var options: [String: JSONValue] = [:]
  /// Share of held-out problems that one fixed answer may get right.
  var constantAnswer = 0.25
  /// Characters of the longest prompt and worked solution; nil: no bound.
  var longest: (prompt: Int, solution: Int)?

  var testDescription: String { "\(generator) \(style.rawValue) \(options)" }

  func task(seed: UInt64 = 7) throws -> GeneratedTask {
    try .make(
      generator: generator, name: "\(generator)-\(style.rawValue)", style: style, options: options, seed: seed
    )
  }
}

let taskCases: [TaskCase] = [
  TaskCase(generator: "sums", style: .terse, longest: (5, 42)),
  TaskCase(
    generator: "sums", style: .terse,
    options: ["max_terms": .integer(3), "min_digits": .integer(1), "max_digits": .integer(3)]),
  TaskCase(generator: "sums", style: .plain),
  TaskCase(generator: "differences", style: .terse, longest: (5, 40)),
  TaskCase(generator: "differences", style: .plain),
  TaskCase(generator: "products", style: .terse, longest: (4, 48)),
  TaskCase(generator: "products", style: .plain),
  TaskCase(generator: "chains", style: .terse, longest: (7, 48)),
  TaskCase(generator: "chains", style: .plain),
  TaskCase(generator: "stories", style: .terse),
  TaskCase(generator: "stories", style: .plain),
  TaskCase(
    generator: "stories", style: .plain, options: ["language": .string("de"), "foreign_share": .number(0.5)]),
  TaskCase(generator: "quadratics", style: .terse, longest: (12, 48)),
  TaskCase(generator: "quadratics", style: .plain),
  TaskCase(generator: "formulas", style: .terse, longest: (25, 66)),
  TaskCase(generator: "formulas", style: .terse, options: ["variables": .integer(3), "depth": .integer(2)]),
  TaskCase(generator: "formulas", style: .plain, constantAnswer: 0.28),
  TaskCase(
    generator: "formulas", style: .plain,
    options: ["connectives": .array([.string("and"), .string("or")])], constantAnswer: 0.28),
  TaskCase(generator: "knights", style: .terse, constantAnswer: 0.28, longest: (15, 66)),
  TaskCase(generator: "knights", style: .plain, constantAnswer: 0.28),
  TaskCase(generator: "knights", style: .plain, options: ["level": .integer(3)]),
  TaskCase(generator: "zebras", style: .terse, constantAnswer: 0.09),
  TaskCase(generator: "zebras", style: .plain, options: ["level": .integer(2)], constantAnswer: 0.06),
  TaskCase(generator: "zebras", style: .plain, options: ["table": .bool(true)]),
  TaskCase(generator: "clauses", style: .terse, constantAnswer: 0.24),
  TaskCase(generator: "clauses", style: .plain, options: ["level": .integer(3)], constantAnswer: 0.15),
  TaskCase(generator: "entailments", style: .terse, constantAnswer: 0.28),
  TaskCase(generator: "entailments", style: .plain, options: ["level": .integer(4)], constantAnswer: 0.28),
  TaskCase(generator: "countdown", style: .terse, constantAnswer: 0.03),
  TaskCase(generator: "countdown", style: .plain, options: ["level": .integer(4)], constantAnswer: 0.02),
  TaskCase(generator: "functions", style: .terse, longest: (15, 90)),
  TaskCase(
    generator: "functions", style: .terse, options: ["max_offset": .integer(24), "negative": .bool(true)]),
  TaskCase(generator: "functions", style: .plain),
]

@Suite("Generated tasks") struct GeneratedTaskTests {
  @Test("a problem is a function of seed, number and split", arguments: taskCases)
  func pure(_ row: TaskCase) throws {
    let (task, again, other) = (try row.task(), try row.task(), try row.task(seed: 8))
    let indexes = [0, 1, 17, 1_000_000]
    for split in Split.allCases {
      #expect(
        indexes.map { task.problem($0, split: split) }
          == indexes.reversed().map { again.problem($0, split: split) }.reversed())
      let prompts = (0..<20).map { task.problem($0, split: split).prompt }
      #expect(prompts != (0..<20).map { other.problem($0, split: split).prompt })
    }
  }

  @Test("no question is in both splits, whatever the seed", arguments: taskCases)
  func disjoint(_ row: TaskCase) throws {
    var keys: [Split: Set<String>] = [:]
    var prompts: [Split: Set<String>] = [:]
    for seed in [7, 8, 9] as [UInt64] {
      let task = try row.task(seed: seed)
      for split in Split.allCases {
        for index in 0..<400 {
          let problem = task.problem(index, split: split)
          keys[split, default: []].insert(problem.metadata["key"]?.string ?? "")
          prompts[split, default: []].insert(problem.prompt.text)
        }
      }
    }
    #expect(keys[.train]?.isDisjoint(with: keys[.heldOut] ?? []) == true)
    #expect(prompts[.train]?.isDisjoint(with: prompts[.heldOut] ?? []) == true)
    #expect(keys[.heldOut]?.contains("") == false)
  }

  @Test("what one task trains on, no other holds out", arguments: Style.allCases)
  func disjointTasks(style: Style) throws {
    var prompts: [Split: Set<String>] = [:]
    for row in taskCases where row.style == style {
      let task = try row.task()
      for split in Split.allCases {
        prompts[split, default: []].formUnion((0..<2000).map { task.problem($0, split: split).prompt.text })
      }
    }
    #expect(prompts[.train]?.isDisjoint(with: prompts[.heldOut] ?? []) == true)
  }

  @Test("no fixed answer is often right on held-out problems", arguments: taskCases)
  func constantAnswer(_ row: TaskCase) throws {
    let task = try row.task()
    var counts: [String: Int] = [:]
    var keys: Set<String> = []
    let problems = (0..<2000).map { task.problem($0, split: .heldOut) }
    for problem in problems {
      counts[answerKey(problem, task), default: 0] += 1
      keys.insert(problem.metadata["key"]?.string ?? "")
    }
    let best = try #require(counts.max { $0.value < $1.value })
    let share = Double(best.value) / Double(problems.count)
    print(
      "constant answer, \(row.testDescription): \(share) by \(best.key.prefix(60)); \(keys.count) distinct")
    #expect(share <= row.constantAnswer)
  }

  @Test("worked solutions end in the reference and stay short", arguments: taskCases)
  func workedSolutions(_ row: TaskCase) throws {
    let task = try row.task()
    let samples = Split.allCases.flatMap { split in (0..<300).map { task.problem($0, split: split) } }
    var (longestPrompt, longestSolution) = (0, 0)
    for problem in samples {
      let solution = try #require(task.workedSolution(for: problem))
      #expect(solution.hasPrefix("<think>") && solution.contains("</think>"))
      let answer = try #require(solution.split(separator: "</think>").last).description
      #expect(
        problem.reference == nil && problem.tests == nil || isRight(answer, of: problem),
        "\(problem.prompt.text): \(solution)")
      if problem.metadata["puzzle"] != nil {
        let verdict = try LogicPuzzle().verify(Completion(text: solution), of: problem)
        #expect(verdict.status == .accepted, "\(problem.prompt.text): \(solution) \(verdict)")
      }
      longestPrompt = max(longestPrompt, problem.prompt.text.count)
      longestSolution = max(longestSolution, solution.count)
      #expect(problem.prompt.text.allSatisfy { row.style == .plain || $0.isASCII })
    }
    if let longest = row.longest {
      #expect(longestPrompt <= longest.prompt)
      #expect(longestSolution <= longest.solution)
    }
    print("\(row.testDescription): prompt ≤ \(longestPrompt), solution ≤ \(longestSolution)")
  }

  @Test("another task's problem has no worked solution here")
  func foreignProblem() throws {
    let sums = try taskCases[0].task()
    let chains = try #require(taskCases.first { $0.generator == "chains" }).task()
    #expect(sums.workedSolution(for: chains.problem(0, split: .train)) == nil)
    var altered = sums.problem(0, split: .train)
    altered.prompt = .text("1+1")
    #expect(sums.workedSolution(for: altered) == nil)
  }
}

/// What a policy would have to write for this problem to be right, for counting.
private func answerKey(_ problem: Problem, _ task: GeneratedTask) -> String {
  if let tests = problem.tests, case .call(_, let cases) = tests.kind {
    // The same program is right for two problems only if it is the same function.
    return cases.isEmpty ? "" : problem.metadata["key"]?.string ?? ""
  }
  switch problem.reference {
  case nil: return task.workedSolution(for: problem)?.split(separator: "Answer:").last?.description ?? ""
  case .object(let object): return "\(object["answer"] ?? .null)" + solutionInOrder(object["solution"])
  default: return problem.reference?.string ?? ""
  }
}

/// Names differ from puzzle to puzzle; the kinds in the order of the names are what a fixed answer could
/// repeat.
private func solutionInOrder(_ solution: JSONValue?) -> String {
  (solution?.object ?? [:]).sorted { $0.key < $1.key }.map { "\($0.value)" }.joined(separator: ",")
}

/// A plain reading of the answer, independent of the verifiers.
private func isRight(_ answer: String, of problem: Problem) -> Bool {
  let text = answer.trimmingPrefix("\n")
  if problem.tests != nil {
    guard text.hasPrefix("```python\ndef f("), text.hasSuffix("\n```") else { return false }
    return passesLine(String(text), problem)
  }
  guard text.hasPrefix("Answer: ") else { return false }
  let value = String(text.dropFirst("Answer: ".count))
  guard let object = problem.reference?.object else { return value == problem.reference?.string }
  if let truths = object["answer"]?.array?.compactMap(\.bool) {
    return value.split(separator: ", ").map { ["1", "true", "yes"].contains($0) } == truths
  }
  let pairs = value.split(separator: ", ").map { $0.split(separator: ": ").map(String.init) }
  return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], JSONValue.string($0[1])) })
    == object["solution"]?.object
}

/// Programs of the form `return a*x+b` are evaluated; others need Python and are judged in the sandbox's
/// tests.
private func passesLine(_ program: String, _ problem: Problem) -> Bool {
  guard let match = program.firstMatch(of: /return (\d+)\*x([+-]\d+)\n/),
    let slope = Int(match.1), let offset = Int(match.2),
    case .call("f", let cases) = problem.tests?.kind
  else { return program.contains("return ") }
  return cases.allSatisfy { .integer(slope * ($0.arguments[0].integer ?? 0) + offset) == $0.expected }
}

@Test("an option given as text is read as a recipe's, a list too")
func optionsGivenAsText() throws {
  let given = ["connectives=[and, or]", "formulas=3", "table=true"]
  let options = try GeneratedTask.options(settings: given)
  #expect(options["connectives"] == .array([.string("and"), .string("or")]))
  #expect(options["formulas"] == .integer(3) && options["table"] == .bool(true))
  #expect(throws: RecipeError.self) { try GeneratedTask.options(settings: ["formulas"]) }
}
