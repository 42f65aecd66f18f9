/// Group-relative policy optimisation. Defaults are DeepSeek-R1-Zero's where it states them (learning rate,
/// KL coefficient, 32 problems of 16 samples an optimiser step, reference every 400 steps), TRL's elsewhere. A step is one
/// of sampling: R1-Zero takes 16 optimiser steps on each 8,192 completions, here each step samples anew.
public struct GRPORecipe: Sendable, Equatable, RecipeSection {
  public var name = ""
  public var steps = 100
  public var problemsPerStep = 32
  /// Samples a problem, G.
  public var groupSize = 16
  /// Passes over each step's rollouts, μ.
  public var numIterations = 1
  /// Optimiser steps a pass.
  public var minibatches = 1
  public var loss = GRPOLossName.grpo
  public var importanceSamplingLevel = ImportanceSamplingLevel.token
  /// The ratio is clipped to [1 − low, 1 + high].
  public var clipEpsilonLow = 0.2
  public var clipEpsilonHigh = 0.2
  /// Dual clip: the largest ratio that a negative advantage is multiplied by; nil: none.
  public var clipRatioC: Double?
  /// β, of the estimate against the reference; 0 needs no reference.
  public var klCoefficient = 0.001
  public var klEstimator = KLEstimator.k3
  /// Whether β·KL is taken from the reward instead of being a term of the loss.
  public var klInReward = false
  /// Whether the KL term is multiplied by the ratio.
  public var biasCorrectedKL = false
  public var advantageEstimator = AdvantageEstimator.grpo
  public var scaleRewards = AdvantageScale.group
  public var entropyCoefficient = 0.0
  /// Whether completions that hit the limit of tokens are left out of the loss (not of mean and deviation).
  public var maskTruncatedCompletions = false
  /// The last so many tokens below the limit cost more and more; 0: none do.
  public var overlongBufferLength = 0
  public var overlongPenaltyFactor = 1.0
  /// Batches sampled at most to replace groups whose rewards are all equal; 1: none are replaced.
  public var maxGenerationBatches = 1
  /// A control experiment: advantages are exchanged at random within each group.
  public var shuffleAdvantages = false
  public var optimizer = OptimizerRecipe(learningRate: 3e-6, schedule: .constant, finalLearningRateRatio: 0.1)
  /// The reference moves to the policy every so many steps; 0: never.
  public var referenceRefreshSteps = 400
  /// By which share it moves; 1: all the way.
  public var referenceMixupAlpha = 1.0
  public var curriculum = CurriculumRecipe()
  public var balance = BalanceRecipe()

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.text("name", &name)
    try section.integer("steps", &steps, .atLeast(1))
    try section.integer("problems_per_step", &problemsPerStep, .atLeast(1))
    try section.integer("group_size", &groupSize, .atLeast(2))
    try section.integer("num_iterations", &numIterations, .atLeast(1))
    try section.integer("minibatches", &minibatches, .atLeast(1))
    if minibatches > problemsPerStep * groupSize {
      throw RecipeError(
        place: section.place("minibatches"),
        message:
          "\(minibatches) mini-batches are more than the \(problemsPerStep * groupSize) samples of a step.")
    }
    try objective(&section)
    try section.choice("advantage_estimator", &advantageEstimator)
    if !section.isWriting, advantageEstimator == .rloo { scaleRewards = .none }
    try section.choice("scale_rewards", &scaleRewards)
    try section.flag("shuffle_advantages", &shuffleAdvantages)
    try section.number("entropy_coefficient", &entropyCoefficient, .atLeast(0))
    try section.flag("mask_truncated_completions", &maskTruncatedCompletions)
    try section.integer("overlong_buffer_len", &overlongBufferLength, .atLeast(0))
    try section.number("overlong_penalty_factor", &overlongPenaltyFactor, .atLeast(0))
    try section.integer("dynamic_sampling_max_gen_batches", &maxGenerationBatches, .from(1, to: 100))
    try optimizer.fields(&section)
    try section.integer("reference_refresh_steps", &referenceRefreshSteps, .atLeast(0))
    try section.number("ref_model_mixup_alpha", &referenceMixupAlpha, .above(0, upTo: 1))
    try section.section("curriculum", &curriculum)
    try section.section("balance", &balance)
  }

  /// Loss, ratio, clip and KL. The loss comes first: the others' defaults hang on it.
  private mutating func objective(_ section: inout Section) throws(RecipeError) {
    try section.choice("loss", &loss)
    if !section.isWriting {
      importanceSamplingLevel = loss.level ?? .token
      (clipEpsilonLow, clipEpsilonHigh) = loss.clip
    }
    try section.choice("importance_sampling_level", &importanceSamplingLevel)
    if let level = loss.level, level != importanceSamplingLevel {
      throw RecipeError(
        place: section.place("importance_sampling_level"),
        message:
          "the loss \(loss.rawValue) has one ratio a completion. Remove this line, or choose another loss.")
    }
    try section.number("clip_epsilon_low", &clipEpsilonLow, .above(0))
    try section.number("clip_epsilon_high", &clipEpsilonHigh, .above(0))
    try section.number("clip_ratio_c", &clipRatioC, .above(1))
    if clipRatioC != nil, loss == .cispo {
      throw RecipeError(
        place: section.place("clip_ratio_c"),
        message: "the loss cispo clips the ratio of all tokens already. Remove this line.")
    }
    if let clipRatioC, clipRatioC <= 1 + clipEpsilonHigh {
      throw RecipeError(
        place: section.place("clip_ratio_c"),
        message: "must be more than 1 + clip_epsilon_high, \(1 + clipEpsilonHigh). Raise it.")
    }
    try section.number("kl_coefficient", &klCoefficient, .atLeast(0))
    try section.choice("kl_estimator", &klEstimator)
    try section.flag("use_kl_in_reward", &klInReward)
    try section.flag("use_bias_correction_kl", &biasCorrectedKL)
    if klInReward, biasCorrectedKL {
      throw RecipeError(
        place: section.place("use_bias_correction_kl"),
        message:
          "corrects the KL term of the loss, and use_kl_in_reward leaves none there. Remove one of them.")
    }
  }

  /// Problems of the mixture that the stage has to itself: groups may be replaced by others.
  public var problems: Int { steps * problemsPerStep * maxGenerationBatches }

  var lossOptions: LossOptions {
    LossOptions(
      clipEpsilonLow: Float(clipEpsilonLow), clipEpsilonHigh: Float(clipEpsilonHigh),
      clipRatioC: clipRatioC.map { Float($0) }, klCoefficient: klInReward ? 0 : Float(klCoefficient),
      klEstimator: klEstimator, biasCorrectedKL: biasCorrectedKL, level: importanceSamplingLevel)
  }
}

/// How token losses become one number; see docs/algorithms.md.
public enum GRPOLossName: String, Sendable, CaseIterable {
  case grpo
  case drGRPO = "dr_grpo"
  case bnpo
  case dapo
  case gspo
  case cispo
  case r1

  /// Where the loss leaves no choice.
  var level: ImportanceSamplingLevel? {
    switch self {
    case .gspo, .r1: .sequence
    case .grpo, .drGRPO, .bnpo, .dapo, .cispo: nil
    }
  }

  /// Low and high of the paper: GSPO §5.1; MiniMax-M1 names no bound, this is ScaleRL's, arXiv:2510.13786; R1's 10;
  /// TRL's 0.2 for the rest.
  var clip: (low: Double, high: Double) {
    switch self {
    case .gspo: (3e-4, 4e-4)
    case .cispo: (0.2, 4)
    case .r1: (10, 10)
    case .grpo, .drGRPO, .bnpo, .dapo: (0.2, 0.2)
    }
  }
}

/// What a reward is compared with.
public enum AdvantageEstimator: String, Sendable, CaseIterable {
  /// The mean of its group.
  case grpo
  /// The mean of the others of its group.
  case rloo
}

/// By which standard deviation advantages are divided.
public enum AdvantageScale: String, Sendable, CaseIterable {
  case group
  case batch
  case none
}
