import Puzzles
public import VerifierKit

/// Judges items of reasoning-gym (Stojanovski et al. 2025, arXiv:2505.24760) by the `source_dataset` of their metadata.
///
/// The package's rule is followed where it is sound; docs/reasoning-gym.md has the table of differences. Nothing of the
/// model's text is evaluated, and partial credit for a wrong answer is not given.
public struct ReasoningGym: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let task = Self.task(of: problem) else {
      throw VerifierFault(
        reason: "unknown-dataset",
        message: "Problem \(problem.id): metadata.source_dataset is none of "
          + Self.tasks.keys.sorted().joined(separator: ", ") + ". Correct the row, or name another verifier.")
    }
    return try task.verify(completion, of: problem)
  }

  /// Whether a row is such an item.
  public static func knows(_ problem: Problem) -> Bool { task(of: problem) != nil }

  static func task(of problem: Problem) -> Task? {
    problem.metadata["source_dataset"]?.string.flatMap { tasks[$0] }
  }

  /// How the items of one data set are judged.
  enum Task: Sendable {
    /// The reference is a number.
    case number
    /// The reference is a word or two.
    case word
    /// Something that is read from the row, fields of the metadata and the reference.
    case puzzle(@Sendable (Problem) -> (any AnswerPuzzle)?)

    func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
      switch self {
      case .number: return try MathAnswer().verify(completion, of: problem)
      case .word:
        guard let gold = problem.reference?.scalarText, !gold.isEmpty else {
          throw .unreadableReference(problem, wanted: "a word")
        }
        return try judge(completion, WordAnswer(gold), problem)
      case .puzzle(let read):
        guard let puzzle = read(problem) else {
          throw .unreadablePuzzle(problem, "its metadata are not those of its data set")
        }
        return try judge(completion, puzzle, problem)
      }
    }
  }

  /// A line a data set.
  static let tasks: [String: Task] = [
    "basic_arithmetic": .number,
    "chain_sum": .number,
    "simple_equations": .number,
    "letter_counting": .number,
    "fraction_simplification": .puzzle { ReducedFraction($0.json) },
    "polynomial_equations": .puzzle { RealRoots($0.json) },
    "simple_integration": .puzzle { Antiderivative($0.json) },
    "number_sorting": .puzzle { SortedNumbers($0.json) },
    "time_intervals": .puzzle { ElapsedTime($0.json, reference: $0.reference?.string) },
    "spell_backward": .word,
    "zebra_puzzles": .word,
    "family_relationships": .word,
    "circuit_logic": .word,
    "syllogism": .word,
    "knights_knaves": .puzzle { KnightsPuzzle(reasoningGym: $0.json).map(KnightsAnswer.init) },
    "propositional_logic": .puzzle { problem in
      Conclusion(["premises": problem.metadata["premises"], "example": problem.metadata["example_answer"]])
    },
    "graph_color": .puzzle { problem in
      let puzzle = problem.metadata["puzzle"]
      return GraphColoring([
        "vertices": puzzle?["vertices"], "edges": puzzle?["edges"], "colors": puzzle?["color_options"],
      ])
    },
    "n_queens": .puzzle { QueensBoard(["board": $0.metadata["puzzle"]]) },
    "mini_sudoku": .puzzle {
      SudokuGrid(["grid": $0.metadata["puzzle"], "box": .array([.integer(2), .integer(2)])])
    },
    "tower_of_hanoi": .puzzle { problem in
      HanoiMoves([
        "disks": problem.metadata["num_disks"], "pegs": problem.metadata["num_pegs"],
        "from": problem.metadata["start_peg"], "to": problem.metadata["target_peg"],
        "shortest": problem.metadata["solution_length"],
      ])
    },
    "countdown": .puzzle { CountdownPuzzle($0, usesAll: true) },
    "puzzle24": .puzzle { CountdownPuzzle($0, target: 24, usesAll: true) },
  ]
}

extension Problem {
  fileprivate var json: JSONValue { .object(metadata) }
}

extension AnswerPuzzle {
  fileprivate init?(_ fields: [String: JSONValue?]) { self.init(.object(fields.compactMapValues(\.self))) }
}

extension CountdownPuzzle {
  fileprivate init?(_ problem: Problem, target: Int? = nil, usesAll: Bool) {
    guard let numbers = problem.metadata["numbers"]?.integers, !numbers.isEmpty,
      let target = target ?? problem.metadata["target"]?.integer
    else { return nil }
    self.init(numbers: numbers, target: target, usesAll: usesAll)
  }
}

extension KnightsPuzzle {
  /// `statements` nest as `["and", ["telling-truth", 0], ["lying", 1]]`, one a person, people counted from 0.
  fileprivate init?(reasoningGym json: JSONValue) {
    guard let names = json["names"]?.strings, (1...Self.mostPeople).contains(names.count),
      let list = json["statements"]?.array, list.count == names.count,
      let knight = json["knight_knave_terms"]?["knight"]?.string,
      let knave = json["knight_knave_terms"]?["knave"]?.string
    else { return nil }
    let formulas = list.compactMap { Self.formula($0, names, depth: 0) }
    guard formulas.count == list.count else { return nil }
    self.init(
      people: names, statements: formulas.enumerated().map { ($0.offset, PropositionalFormula($0.element)) },
      roles: [knight, knave])
  }

  private static func formula(_ json: JSONValue, _ names: [String], depth: Int) -> PropositionalFormula.Node?
  {
    guard depth < 50, let list = json.array, let word = list.first?.string else { return nil }
    if word == "telling-truth" || word == "lying" {
      guard list.count == 2, let person = list[1].integer, names.indices.contains(person) else { return nil }
      let knight = PropositionalFormula.Node.variable(names[person])
      return word == "lying" ? .not(knight) : knight
    }
    let parts = list.dropFirst().compactMap { formula($0, names, depth: depth + 1) }
    guard parts.count == list.count - 1, let first = parts.first else { return nil }
    switch (word, parts.count) {
    case ("not", 1): return .not(first)
    case ("and", _): return parts.dropFirst().reduce(first) { .binary(.and, $0, $1) }
    case ("or", _): return parts.dropFirst().reduce(first) { .binary(.or, $0, $1) }
    case ("->", 2): return .binary(.implies, first, parts[1])
    case ("<=>", 2): return .binary(.equivalent, first, parts[1])
    default: return nil
    }
  }
}
