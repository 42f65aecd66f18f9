import AssayNumerics
public import VerifierKit

/// Every generated task: a line each. A new one adds a file, a line here, and a row in the tests.
let taskTable: [TaskKind] = [
  TaskKind("sums", "math", "a sum, worked in columns with carries", sums),
  TaskKind("differences", "math", "a difference, worked in columns with borrows", differences),
  TaskKind("products", "math", "a product by one digit, worked by partial products", products),
  TaskKind("chains", "math", "a chain of one-digit sums and differences, worked from the left", chains),
  TaskKind("stories", "math", "what somebody has in the end, told in English or German", stories),
  TaskKind("quadratics", "math", "the roots of x² + bx + c, worked by a pair of factors", quadratics),
  TaskKind("formulas", "logic", "the truth values of propositional formulas, by substitution", formulas),
  TaskKind("knights", "logic", "who is a knight and who a knave, by trying the assignments", knights),
  TaskKind("zebras", "logic", "who lives where, with clues that leave one arrangement", zebras),
  TaskKind("clauses", "logic", "truth values that satisfy every clause, or that none do", clauses),
  TaskKind("entailments", "logic", "which conclusions follow from premises, by all cases", entailments),
  TaskKind("countdown", "logic", "an expression over given numbers that makes a target", countdown),
  TaskKind("functions", "code", "a small Python function, from examples or from a description", functions),
]

/// Draws one question of a task. It is drawn again until it falls into the asked split; what comes from
/// `stratum` stays the same then, so that both splits hold it in the same proportions (answers, above all).
typealias Draw =
  @Sendable (_ stratum: inout CounterRandom, _ random: inout CounterRandom) -> Question

struct TaskKind: Sendable {
  let name: String
  let domain: String
  let summary: String
  let make: @Sendable (Style, inout TaskOptions) throws(RecipeError) -> Draw

  init(
    _ name: String, _ domain: String, _ summary: String,
    _ make: @escaping @Sendable (Style, inout TaskOptions) throws(RecipeError) -> Draw
  ) {
    self.name = name
    self.domain = domain
    self.summary = summary
    self.make = make
  }
}

extension GeneratedTask {
  /// Names, domains and summaries of the generators, for lists and messages.
  public static var kinds: [(name: String, domain: String, summary: String)] {
    taskTable.map { ($0.name, $0.domain, $0.summary) }
  }

  /// Options of a generator from `level=3` or `connectives=[and, or]`, their values read as a recipe's.
  public static func options(settings: [String]) throws(RecipeError) -> [String: JSONValue] {
    var options: [String: JSONValue] = [:]
    for setting in settings {
      let given = try Override(setting)
      options[given.path.joined(separator: ".")] = jsonValue(given.value)
    }
    return options
  }

  /// A task by its generator's name.
  /// - Parameters:
  ///   - generator: one of `kinds`.
  ///   - name: the task's own name; it names the stream of random numbers as well.
  ///   - domain: instead of the generator's own.
  ///   - options: the generator's, and `held_out_share` (between 0 and 1).
  ///   - place: where the options stand, for messages.
  /// - Throws: an unknown generator or option, a value out of range, or too few distinct questions.
  public static func make(
    generator: String, name: String, domain: String? = nil, style: Style,
    options: [String: JSONValue] = [:], seed: UInt64, place: String = ""
  ) throws(RecipeError) -> GeneratedTask {
    guard let kind = taskTable.first(where: { $0.name == generator }) else {
      let known = taskTable.map(\.name)
      let nearest = nearestName(to: generator, among: known).map { " Did you mean “\($0)”?" } ?? ""
      throw RecipeError(
        place: "\(place).generator",
        message:
          "there is no generator “\(generator)”.\(nearest) Use one of: \(known.joined(separator: ", ")).")
    }
    var options = TaskOptions(options, place: "\(place).options")
    let heldOutShare = try options.share("held_out_share", default: Split.defaultHeldOutShare)
    let draw = try kind.make(style, &options)
    try options.finish()
    guard
      let task = GeneratedTask(
        name: name, domain: domain ?? kind.domain, seed: seed, heldOutShare: heldOutShare, draw: draw)
    else {
      throw RecipeError(
        place: "\(place).options",
        message: "“\(generator)” has so few distinct questions with these options that one split is empty. "
          + "Widen their ranges.")
    }
    return task
  }
}
