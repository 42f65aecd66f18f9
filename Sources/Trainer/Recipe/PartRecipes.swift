public import AssayNumerics
public import VerifierKit

/// Which weights the chain starts from.
public struct PolicyRecipe: Sendable, Equatable, RecipeSection {
  /// `spark`: a small decoder initialised from the seed; otherwise an HF folder or a GGUF file.
  public var model = "spark"
  /// What stands around each problem.
  public var template = PromptTemplate.chat
  public var spark = SparkRecipe()
  public var lora = LowRankRecipe()

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.text("model", &model)
    try section.choice("template", &template)
    try section.section("spark", &spark)
    try section.section("lora", &lora)
  }
}

/// The shape of the policy that is initialised on the spot.
public struct SparkRecipe: Sendable, Equatable, RecipeSection {
  public var hiddenSize = 128
  public var intermediateSize = 384
  public var layers = 4
  public var heads = 4
  public var keyValueHeads = 2

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.integer("hidden_size", &hiddenSize, .from(8, to: 8192))
    try section.integer("intermediate_size", &intermediateSize, .from(8, to: 65536))
    try section.integer("layers", &layers, .from(1, to: 256))
    try section.integer("heads", &heads, .from(1, to: 256))
    try section.integer("key_value_heads", &keyValueHeads, .from(1, to: 256))
    if hiddenSize % (2 * heads) != 0 {
      throw RecipeError(
        place: section.place("heads"),
        message: "hidden_size \(hiddenSize) is no multiple of 2 × heads, \(2 * heads): rotary positions need "
          + "heads of an even size.")
    }
    if heads % keyValueHeads != 0 {
      throw RecipeError(
        place: section.place("key_value_heads"),
        message: "heads, \(heads), is no multiple of key_value_heads, \(keyValueHeads).")
    }
  }
}

/// What programs of completions may import besides the standard library.
public struct PythonRecipe: Sendable, Equatable, RecipeSection {
  /// Folders with packages, such as `/usr/lib/python3/dist-packages`.
  public var packages: [String] = []
  /// Modules that are loaded before a program starts, so that it does not wait for them.
  public var preimports: [String] = []

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.texts("packages", &packages)
    try section.texts("preimports", &preimports)
  }
}

/// One source of problems.
public struct TaskRecipe: Sendable, Equatable, RecipeSection {
  /// Unique in the recipe; the generator's or file's name when absent.
  public var name = ""
  /// Exactly one of `generator`, `file` and `command`.
  public var generator: String?
  public var file: String?
  /// A program and its arguments, which writes rows.
  public var command: [String] = []
  /// Nil: the generator's, or each row's own.
  public var domain: String?
  /// Share of the problems of a step, relative to the other tasks'.
  public var weight = 1.0
  public var style = Style.plain
  public var options: [String: JSONValue] = [:]
  /// Where it stands, for messages.
  var place = ""

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    place = section.place()
    try section.text("name", &name)
    try section.text("generator", &generator)
    try section.text("file", &file)
    try section.texts("command", &command)
    try section.text("domain", &domain)
    try section.number("weight", &weight, .above(0))
    try section.choice("style", &style)
    try section.values("options", &options)
    if [generator != nil, file != nil, !command.isEmpty].count(where: \.self) != 1 {
      // A misspelt key is the likelier mistake, and is reported first.
      try section.finish()
      throw RecipeError(place: place, message: "needs exactly one of generator, file and command.")
    }
  }
}

/// One verifier of a domain, and what it counts.
public struct RewardRecipe: Sendable, Equatable, RecipeSection {
  public var verifier = ""
  public var weight = 1.0
  /// The verifier's own.
  public var options: [String: JSONValue] = [:]
  /// Plugins: of one verdict; nil: the manifest's.
  public var deadlineSeconds: Double?
  /// Plugins: pay even what the gate found to be paid for nothing.
  public var allowGameable = false
  /// Plugins: what the run does when their workers break again and again.
  public var onQuarantine = QuarantineAction.pause

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.text("verifier", &verifier)
    try section.number("weight", &weight, .atLeast(0))
    try section.values("options", &options)
    try section.number("deadline_seconds", &deadlineSeconds, .above(0))
    try section.flag("allow_gameable", &allowGameable)
    try section.choice("on_quarantine", &onQuarantine)
    if verifier.isEmpty {
      try section.finish()
      throw RecipeError(place: section.place(), message: "names no verifier. Add “verifier: NAME”.")
    }
  }
}

/// How completions are sampled while training. Temperature 1 as R1-Zero's; the rest as TRL's.
public struct SamplingRecipe: Sendable, Equatable, RecipeSection {
  public var temperature = 1.0
  public var topP = 1.0
  /// 0: all tokens.
  public var topK = 0
  public var maxCompletionTokens = 256

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.number("temperature", &temperature, .above(0))
    try section.number("top_p", &topP, .above(0, upTo: 1))
    try section.integer("top_k", &topK, .atLeast(0))
    try section.integer("max_completion_tokens", &maxCompletionTokens, .from(1, to: 1 << 24))
  }
}

/// Measurement on held-out problems. Temperature and top-p as in DeepSeek-R1's protocol.
public struct EvaluationRecipe: Sendable, Equatable, RecipeSection {
  /// 0: none, and no evaluation.
  public var problemsPerTask = 100
  public var samplesPerProblem = 1
  /// 0: the likeliest token.
  public var temperature = 0.6
  public var topP = 0.95
  /// Steps of GRPO between two evaluations; 0: only between stages.
  public var every = 0
  public var benchmarks: [BenchmarkRecipe] = []
  /// What is done about training rows that share ten words in a row with a benchmark.
  public var decontaminate = Decontamination.report
  /// The figure of an evaluation that tells the best checkpoint; `none`: none is kept.
  public var metricForBestModel = "eval_average"
  public var greaterIsBetter = true

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.integer("problems_per_task", &problemsPerTask, .atLeast(0))
    try section.integer("samples_per_problem", &samplesPerProblem, .atLeast(1))
    try section.number("temperature", &temperature, .atLeast(0))
    try section.number("top_p", &topP, .above(0, upTo: 1))
    try section.integer("every", &every, .atLeast(0))
    try section.list("benchmarks", &benchmarks)
    try section.choice("decontaminate", &decontaminate)
    try section.text("metric_for_best_model", &metricForBestModel)
    try section.flag("greater_is_better", &greaterIsBetter)
  }
}

/// What the machine is asked for. `precision` changes results, `threads` and `tokensPerBatch` the order of sums.
public struct RuntimeRecipe: Sendable, Equatable, RecipeSection {
  /// 0: as many as there are processors.
  public var threads = 0
  /// Tokens that one forward and backward pass holds at most.
  public var tokensPerBatch = 2048
  /// Sequences that are sampled side by side at most.
  public var sequencesPerBatch = 64
  /// What matrix products compute with; auto: the fastest that the CPU multiplies.
  public var precision = PrecisionChoice.auto
  /// Keeps only the layers' inputs of a pass, and runs each layer again in its backward.
  public var gradientCheckpointing = false

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.integer("threads", &threads, .from(0, to: 1024))
    try section.integer("tokens_per_batch", &tokensPerBatch, .atLeast(1))
    try section.integer("sequences_per_batch", &sequencesPerBatch, .atLeast(1))
    try section.choice("precision", &precision)
    try section.flag("gradient_checkpointing", &gradientCheckpointing)
  }

  /// Nil where the CPU multiplies what these kernels are given.
  static func notice(of kernels: Kernels) -> String? {
    kernels.isNative
      ? nil
      : "This CPU does not multiply \(kernels.precision.rawValue): products widen it first. `assay doctor` says how "
        + "fast that is; `runtime.precision: auto` takes the fastest."
  }
}

public enum PrecisionChoice: String, Sendable, CaseIterable {
  case auto, fp32, bf16, fp16

  public var precision: Precision {
    switch self {
    case .auto: .best
    case .fp32: .fp32
    case .bf16: .bf16
    case .fp16: .fp16
    }
  }

  /// That of a run which began in `begun`: under `auto` it goes on in what it began with, where this CPU multiplies that,
  /// whatever is fastest by today's clock.
  func precision(of begun: String?) -> Precision {
    guard self == .auto, let begun = begun.flatMap(Precision.init), Kernels(begun).isNative else {
      return precision
    }
    return begun
  }
}

extension [String: [RewardRecipe]] {
  /// Those of a domain, or those that `*` names for any other.
  func judges(of domain: String) -> [RewardRecipe] { self[domain] ?? self["*"] ?? [] }
}
