import AssayNumerics
public import VerifierKit

/// A source of problems for one task. Problem *i* is a function of (seed, i, split) and of nothing else.
public protocol ProblemGenerator: Sendable {
  /// The task's name in the recipe.
  var name: String { get }
  /// `math`, `logic`, `code`, or any name that the recipe routes.
  var domain: String { get }

  /// Any `index` ≥ 0; where the task has fewer questions than that, content repeats. No question is in
  /// both splits, whatever the seeds.
  func problem(_ index: Int, split: Split) -> Problem

  /// A completion that every verifier of the task's domain accepts: reasoning in `<think>`, then the
  /// answer. Nil when the problem is not this generator's, or when no solution is known.
  func workedSolution(for problem: Problem) -> String?

  /// What the problems hang on beside the recipe: of a file, its rows.
  var mark: String { get }

  /// How many different problems a split has; nil: as many as anybody asks for, or unknown.
  func distinct(_ split: Split) -> Int?
}

extension ProblemGenerator {
  public func distinct(_ split: Split) -> Int? { nil }
  public var mark: String { "" }
}

/// The side of the fence on which a question lies. A hash of its canonical text decides, so it is the same
/// in every run, and training can't reach a held-out question.
public enum Split: String, Sendable, Hashable, CaseIterable {
  case train
  case heldOut = "held-out"

  /// Share of all questions that is held out unless a task says otherwise.
  public static let defaultHeldOutShare = 0.2

  /// - Parameter key: canonical text of a question: `38+47` for both 47+38 and 38+47.
  public init(key: String, heldOutShare: Double = defaultHeldOutShare) {
    let position = Double(CounterRandom.hash(key) >> 11) * 0x1p-53
    self = position < heldOutShare ? .heldOut : .train
  }
}

/// How a task words its questions and worked solutions.
public enum Style: String, Sendable, Hashable, CaseIterable {
  /// A few characters each, for a policy of one token a character.
  case terse
  /// English sentences, for language models.
  case plain
}

/// One drawn question: its key at once, the rest when it is asked for, which may take a search.
struct Question: Sendable {
  /// Canonical: the same for two questions of which one gives the other away.
  let key: String
  private let make: @Sendable () -> Content

  struct Content: Sendable {
    var prompt: String
    var reference: JSONValue?
    var tests: CodeTests?
    /// What an answer is checked against, for `logic-puzzle`.
    var puzzle: JSONValue?
    var solution: String
    /// BCP 47.
    var language = "en"
  }

  init(key: String, _ make: @escaping @Sendable () -> Content) {
    self.key = key
    self.make = make
  }

  init(
    key: String, prompt: String, reference: JSONValue? = nil, tests: CodeTests? = nil,
    puzzle: JSONValue? = nil,
    solution: String, language: String = "en"
  ) {
    let content = Content(
      prompt: prompt, reference: reference, tests: tests, puzzle: puzzle, solution: solution,
      language: language)
    self.init(key: key) { content }
  }

  var content: Content { make() }
}

/// A task whose questions are drawn at random, again and again until one falls into the asked split.
public struct GeneratedTask: ProblemGenerator {
  public let name: String
  public let domain: String
  private let seed: UInt64
  private let heldOutShare: Double
  private let draw: Draw
  /// One question a split, for the draw that never ends; without both there is no task.
  private let trainWitness: Question
  private let heldOutWitness: Question

  /// Draws before a split counts as empty. A split that holds a thousandth of all draws is missed with a
  /// probability of e⁻¹⁶.
  private static let patience = 16384

  /// Nil when all questions fall on one side of the fence.
  init?(name: String, domain: String, seed: UInt64, heldOutShare: Double, draw: @escaping Draw) {
    self.name = name
    self.domain = domain
    self.seed = seed
    self.heldOutShare = heldOutShare
    self.draw = draw
    var found: [Split: Question] = [:]
    var (stratum, random) = (CounterRandom(seed: 0, 0), CounterRandom(seed: 0, 1))
    for _ in 0..<Self.patience where found.count < Split.allCases.count {
      let question = draw(&stratum, &random)
      found[Split(key: question.key, heldOutShare: heldOutShare)] = question
    }
    guard let train = found[.train], let heldOut = found[.heldOut] else { return nil }
    trainWitness = train
    heldOutWitness = heldOut
  }

  public func problem(_ index: Int, split: Split) -> Problem {
    let question = question(index, split: split)
    let content = question.content
    var metadata: [String: JSONValue] = [
      "task": .string(name), "split": .string(split.rawValue), "index": .integer(index),
      "key": .string(question.key),
    ]
    metadata["puzzle"] = content.puzzle
    return Problem(
      id: "\(name)/\(split.rawValue)/\(index)", domain: domain, prompt: .text(content.prompt),
      reference: content.reference, tests: content.tests, language: content.language,
      metadata: metadata)
  }

  public func workedSolution(for problem: Problem) -> String? {
    guard problem.metadata["task"]?.string == name, let index = problem.metadata["index"]?.integer,
      let split = (problem.metadata["split"]?.string).flatMap(Split.init(rawValue:))
    else { return nil }
    let content = question(index, split: split).content
    return content.prompt == problem.prompt.text ? content.solution : nil
  }

  private func question(_ index: Int, split: Split) -> Question {
    let task = Int(truncatingIfNeeded: CounterRandom.hash(name))
    let side = split == .train ? 0 : 1
    var random = CounterRandom(seed: seed, task, side, index, 1)
    for _ in 0..<Self.patience {
      var stratum = CounterRandom(seed: seed, task, side, index, 0)
      let question = draw(&stratum, &random)
      if Split(key: question.key, heldOutShare: heldOutShare) == split { return question }
    }
    return split == .train ? trainWitness : heldOutWitness
  }
}
