public import VerifierKit

/// One benchmark of the evaluation: rows of a file, or a generator's held-out problems.
public struct BenchmarkRecipe: Sendable, Equatable, RecipeSection {
  /// As in `eval/NAME/pass@1`.
  public var name = ""
  /// Exactly one of `file` and `generator`.
  public var file: String?
  public var generator: String?
  /// Nil: the generator's, or each row's own.
  public var domain: String?
  /// The first so many problems; nil: all of a file, 100 of a generator.
  public var limit: Int?
  /// Nil: as the evaluation's.
  public var samplesPerProblem: Int?
  public var temperature: Double?
  public var topP: Double?
  /// Nil: as in training.
  public var maxCompletionTokens: Int?
  /// Of a generator.
  public var style = Style.plain
  public var options: [String: JSONValue] = [:]
  /// Where it stands, for messages.
  var place = ""

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    place = section.place()
    try section.text("name", &name)
    try section.text("file", &file)
    try section.text("generator", &generator)
    try section.text("domain", &domain)
    try section.integer("limit", &limit, .atLeast(1))
    try section.integer("samples_per_problem", &samplesPerProblem, .atLeast(1))
    try section.number("temperature", &temperature, .atLeast(0))
    try section.number("top_p", &topP, .above(0, upTo: 1))
    try section.integer("max_completion_tokens", &maxCompletionTokens, .from(1, to: 1 << 24))
    try section.choice("style", &style)
    try section.values("options", &options)
    if (generator == nil) == (file == nil) {
      // A misspelt key is the likelier mistake, and is reported first.
      try section.finish()
      throw RecipeError(place: place, message: "needs exactly one of file and generator.")
    }
    if file != nil, !options.isEmpty {
      throw RecipeError(
        place: section.place("options"), message: "belong to a generator, and this is a file. Remove them.")
    }
    if name.isEmpty { name = generator ?? Self.stem(of: file ?? "") }
    guard !name.contains("/") else {
      throw RecipeError(place: section.place("name"), message: "“\(name)” holds a “/”. Use “-” instead.")
    }
  }

  /// `math500` of `data/math500.jsonl.gz`.
  private static func stem(of file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    return last.split(separator: ".", maxSplits: 1).first.map(String.init) ?? last
  }
}

extension EvaluationRecipe {
  /// - Parameter taken: names that `eval/NAME/` has already: the domains'.
  func check(file: String, taken: Set<String>) throws(RecipeError) {
    var names = taken
    for benchmark in benchmarks where !names.insert(benchmark.name).inserted {
      throw RecipeError(
        place: benchmark.place.isEmpty ? file : benchmark.place,
        message: taken.contains(benchmark.name)
          ? "“\(benchmark.name)” is a domain's name as well. Give the benchmark another."
          : "two benchmarks are called “\(benchmark.name)”. Give each a name of its own.")
    }
  }
}
