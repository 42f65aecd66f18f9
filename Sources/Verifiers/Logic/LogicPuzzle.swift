public import VerifierKit

/// Accepts an answer that solves the row's puzzle, whichever solution it is.
///
/// The puzzle stands in `metadata.puzzle`, or in the reference where it is an object with a `kind`: `puzzleKinds` has a
/// line a kind, docs/verifiers.md an example each. Rows of reasoning-gym are judged as `ReasoningGym` does. An answer
/// has to decide everything that is asked, once: one that leaves something open is `no-answer`, one that says two things
/// of the same is `several-answers`.
public struct LogicPuzzle: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    let given = [problem.metadata["puzzle"], problem.reference].compactMap(\.self).first { $0["kind"] != nil }
    guard let given else {
      if let task = ReasoningGym.task(of: problem) { return try task.verify(completion, of: problem) }
      throw .unreadablePuzzle(problem, "there is no object with a “kind” in metadata.puzzle or the reference")
    }
    guard let kind = given["kind"]?.string, let type = puzzleKinds[kind] else {
      throw .unreadablePuzzle(
        problem, "its kind is none of \(puzzleKinds.keys.sorted().joined(separator: ", "))")
    }
    guard let puzzle = type.init(given) else {
      throw .unreadablePuzzle(
        problem, "it is no puzzle of the kind “\(kind)” (docs/verifiers.md has the forms)")
    }
    return try judge(completion, puzzle, problem)
  }
}

/// Reads what an answer says, and tells whether it is right.
protocol AnswerPuzzle: Sendable {
  /// Nil for what is no puzzle of this kind.
  init?(_ json: JSONValue)

  /// - Parameter answer: what follows the thoughts, as far as it is the final answer; at most 10,000 bytes.
  /// - Throws: why this puzzle can't be judged by: it has no solution, or more than one where one is asked for.
  func judge(_ answer: String) throws(PuzzleError) -> Verdict

  /// Whether an answer may take several lines.
  static var isBlock: Bool { get }
}

extension AnswerPuzzle {
  static var isBlock: Bool { false }
}

/// What is wrong with a puzzle, as the rest of a sentence.
struct PuzzleError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// Every kind of puzzle: a new one adds a file, a line here, and rows in the tests.
let puzzleKinds: [String: any AnswerPuzzle.Type] = [
  "truth": TruthValues.self,
  "truths": TruthValues.self,
  "assignment": RoleAssignment.self,
  "knights": KnightsAnswer.self,
  "valuation": Valuation.self,
  "satisfiability": Satisfiability.self,
  "entailment": Entailment.self,
  "conclusion": Conclusion.self,
  "zebra": ZebraAnswer.self,
  "coloring": GraphColoring.self,
  "queens": QueensBoard.self,
  "sudoku": SudokuGrid.self,
  "hanoi": HanoiMoves.self,
  "countdown": CountdownPuzzle.self,
]

/// The verdict of a puzzle on a completion's final answer.
func judge(
  _ completion: Completion, _ puzzle: some AnswerPuzzle, _ problem: Problem
) throws(VerifierFault) -> Verdict {
  let text: String
  switch FinalAnswer.read(completion.text, isBlock: type(of: puzzle).isBlock) {
  case .success(let answer): text = answer
  case .failure(let missing): return missing.verdict
  }
  guard text.utf8.count <= 10_000 else { return .rejected("no-answer") }
  do throws(PuzzleError) {
    return try puzzle.judge(text)
  } catch {
    throw .unreadablePuzzle(problem, error.message)
  }
}

extension VerifierFault {
  static func unreadablePuzzle(_ problem: Problem, _ message: String) -> VerifierFault {
    VerifierFault(
      reason: "unreadable-puzzle",
      message: "Problem \(problem.id): \(message). Correct the row, or name another verifier.")
  }
}
