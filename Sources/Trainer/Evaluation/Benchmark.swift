public import Foundation
public import VerifierKit

/// Problems that a policy is measured on and never trained on: the rows of a file, or a generator's held-out side.
public struct Benchmark: Sendable {
  public let name: String
  public let recipe: BenchmarkRecipe
  public let problems: [Entry]

  public struct Entry: Sendable {
    public var problem: Problem
    /// The answer as text, where one is known.
    var answer: String?
    /// Question and reference solution.
    var texts: [String]
  }

  var isFromFile: Bool { recipe.file != nil }

  /// - Parameters:
  ///   - folder: what a relative file is relative to.
  ///   - rewards: by domain.
  /// - Throws: a file that can't be read, its first bad line, or a domain without rewards.
  public init(
    _ recipe: BenchmarkRecipe, relativeTo folder: URL, rewards: [String: [RewardRecipe]], seed: UInt64
  ) throws(RecipeError) {
    name = recipe.name
    self.recipe = recipe
    var entries: [Entry] = []
    if let file = recipe.file {
      let url = folder.file(file)
      for var row in try FileProblems.read(url, limit: recipe.limit ?? .max, place: "\(recipe.place).file") {
        if let domain = recipe.domain { row.problem.domain = domain }
        row.problem.id = "\(recipe.name)/\(row.problem.id)"
        row.problem.metadata["task"] = .string(recipe.name)
        entries.append(
          Entry(
            problem: row.problem, answer: row.problem.reference?.scalarText,
            texts: [row.problem.prompt.text] + [row.referenceCompletion].compactMap(\.self)))
      }
      guard !entries.isEmpty else {
        throw RecipeError(
          place: "\(recipe.place).file", message: "\(url.lastPathComponent) has no rows. Name another file.")
      }
    } else if let generator = recipe.generator {
      let task = try GeneratedTask.make(
        generator: generator, name: recipe.name, domain: recipe.domain, style: recipe.style,
        options: recipe.options, seed: seed, place: recipe.place)
      for index in 0..<(recipe.limit ?? 100) {
        let problem = task.problem(index, split: .heldOut)
        entries.append(
          Entry(
            problem: problem, answer: task.answer(to: problem), texts: [problem.prompt.text]))
      }
    }
    problems = entries
    let unrewarded = entries.first { rewards.judges(of: $0.problem.domain).isEmpty }
    if let unrewarded {
      throw RecipeError(
        place: recipe.place,
        message: "“\(recipe.name)” holds problems of the domain “\(unrewarded.problem.domain)”, which has no "
          + "rewards. Add “domain: NAME” to the benchmark, or the domain under “rewards:”.")
    }
  }
}

extension ProblemGenerator {
  /// The answer alone: what follows the thoughts of the worked solution, or the reference.
  func answer(to problem: Problem) -> String? {
    let worked = workedSolution(for: problem)?.split(separator: "</think>", maxSplits: 1).last
    return worked.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? problem.reference?.scalarText
  }
}

extension Recipe {
  /// The benchmarks' problems, in order.
  public func benchmarks(relativeTo folder: URL) throws(RecipeError) -> [Benchmark] {
    var benchmarks: [Benchmark] = []
    for recipe in evaluation.benchmarks {
      benchmarks.append(
        try Benchmark(recipe, relativeTo: folder, rewards: rewards, seed: UInt64(seed)))
    }
    return benchmarks
  }

  /// A generator's problems are held out by their keys: two shares would hold out different ones.
  func checkSplit(of benchmark: BenchmarkRecipe) throws(RecipeError) {
    func share(_ options: [String: JSONValue]) -> Double {
      options["held_out_share"]?.double ?? Split.defaultHeldOutShare
    }
    guard let generator = benchmark.generator,
      let task = tasks.first(where: {
        $0.generator == generator && share($0.options) < share(benchmark.options)
      })
    else { return }
    throw RecipeError(
      place: benchmark.place,
      message:
        "“\(benchmark.name)” would hold problems that the task “\(task.name)” trains on: give it no larger "
        + "held_out_share than the task's.")
  }

  /// The verifier whose word decides whether a completion is right: the first of its domain.
  func judge(of domain: String) -> String? { rewards.judges(of: domain).first?.verifier }
}
