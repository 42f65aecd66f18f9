/// One stage of the chain: exactly one of the three.
public enum StageRecipe: Sendable, Equatable {
  case sft(SFTRecipe)
  case grpo(GRPORecipe)
  case harvest(HarvestRecipe)

  public var name: String {
    switch self {
    case .sft(let stage): stage.name
    case .grpo(let stage): stage.name
    case .harvest(let stage): stage.name
    }
  }

  /// `sft`, `grpo`, `harvest`.
  public var kind: String {
    switch self {
    case .sft: "sft"
    case .grpo: "grpo"
    case .harvest: "harvest"
    }
  }
}

/// Supervised fine-tuning. Defaults as DeepSeek-R1's (Nature 2025): 2 epochs, batches of 128, a cosine from
/// 5e-5 to a tenth of it.
public struct SFTRecipe: Sendable, Equatable, RecipeSection {
  public var name = ""
  public var source = Source.worked
  /// Of `source: file`: rows with prompt and completion, .jsonl or .jsonl.gz.
  public var file: String?
  /// Tokens of prompt and completion together; longer examples are left out and counted. 0: what the policy can read.
  public var maxLength = 0
  /// Worked examples; of harvested ones and of rows, at most so many, and 0, their default: all.
  public var examples = 1000
  /// Share of worked examples that show their work; the others jump to the answer.
  public var workedShare = 1.0
  /// Passes over the examples; nil when `steps` counts.
  public var epochs: Double?
  /// Optimiser steps; nil when `epochs` counts.
  public var steps: Int?
  /// Examples a step.
  public var batchSize = 128
  public var optimizer = OptimizerRecipe(
    learningRate: 5e-5, schedule: .cosine, finalLearningRateRatio: 0.1)

  public init() {}

  public enum Source: String, Sendable, CaseIterable {
    /// The generators' worked solutions of training problems.
    case worked
    /// What the nearest harvest before kept.
    case harvested
    /// Rows of `file`, such as a harvest wrote.
    case file
  }

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.text("name", &name)
    try section.text("file", &file)
    if file != nil { source = .file }
    try section.choice("source", &source)
    if (file != nil) != (source == .file) {
      throw RecipeError(
        place: section.place("source"),
        message: file == nil
          ? "is file, and no file is named. Add “file: ROWS.jsonl”."
          : "is “\(source.rawValue)”, and a file is named. Remove one of them.")
    }
    try section.integer("max_length", &maxLength, .atLeast(0))
    if source != .worked, !section.isWriting { examples = 0 }
    try section.integer("examples", &examples, .atLeast(source == .worked ? 1 : 0))
    try section.number("worked_share", &workedShare, .from(0, to: 1))
    try section.number("epochs", &epochs, .above(0))
    try section.integer("steps", &steps, .atLeast(1))
    if epochs != nil, steps != nil {
      throw RecipeError(
        place: section.place("steps"), message: "epochs and steps exclude each other. Remove one of them.")
    }
    if epochs == nil, steps == nil { epochs = 2 }
    try section.integer("batch_size", &batchSize, .atLeast(1))
    try optimizer.fields(&section)
  }

  /// Optimiser steps for so many examples, ≥ 1.
  public func stepCount(examples: Int) -> Int {
    steps ?? max(1, Int(((epochs ?? 2) * Double(examples) / Double(batchSize)).rounded(.up)))
  }
}

/// Rejection sampling: the policy answers training problems, and what the verifiers accept is kept.
public struct HarvestRecipe: Sendable, Equatable, RecipeSection {
  public var name = ""
  public var problems = 256
  public var samplesPerProblem = 4
  /// At most so many accepted samples of one problem.
  public var keepPerProblem = 1
  public var temperature = 1.0
  public var filters = HarvestFilters()

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.text("name", &name)
    try section.section("filters", &filters)
    try section.integer("problems", &problems, .atLeast(1))
    try section.integer("samples_per_problem", &samplesPerProblem, .atLeast(1))
    try section.integer("keep_per_problem", &keepPerProblem, .atLeast(1))
    try section.number("temperature", &temperature, .atLeast(0))
  }
}

extension StageRecipe: RecipeSection {
  init() { self = .sft(SFTRecipe()) }

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    var (sft, grpo, harvest): (SFTRecipe?, GRPORecipe?, HarvestRecipe?) = (nil, nil, nil)
    if section.isWriting {
      switch self {
      case .sft(let stage): sft = stage
      case .grpo(let stage): grpo = stage
      case .harvest(let stage): harvest = stage
      }
    }
    try section.section("sft", &sft)
    try section.section("grpo", &grpo)
    try section.section("harvest", &harvest)
    let stages = [sft.map(Self.sft), grpo.map(Self.grpo), harvest.map(Self.harvest)].compactMap(\.self)
    // A key that is none of the three is reported as such when the section ends.
    guard let stage = stages.first else {
      try section.finish()
      throw RecipeError(place: section.place(), message: "is empty. Write sft, grpo or harvest in it.")
    }
    guard stages.count == 1 else {
      throw RecipeError(
        place: section.place(), message: "holds several stages. Begin a new “- ” for each.")
    }
    self = stage
  }

  /// Whether it draws problems.
  var needsTasks: Bool { if case .sft(let sft) = self { sft.source == .worked } else { true } }

  var needsRewards: Bool {
    switch self {
    case .sft: false
    case .grpo, .harvest: true
    }
  }

  /// The same stage under a name.
  func named(_ name: String) -> StageRecipe {
    switch self {
    case .sft(var stage):
      stage.name = name
      return .sft(stage)
    case .grpo(var stage):
      stage.name = name
      return .grpo(stage)
    case .harvest(var stage):
      stage.name = name
      return .harvest(stage)
    }
  }
}
