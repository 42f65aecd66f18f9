public import AssayNumerics
import Foundation

/// What `sft` and `grpo` have in common: AdamW's rate over the steps, betas, decay and
/// clipping. Its keys stand in the stage itself.
public struct OptimizerRecipe: Sendable, Equatable {
  /// The peak.
  public var learningRate: Double
  public var schedule: LearningRateSchedule
  /// What `cosine` and `linear` end at, as a share of the peak.
  public var finalLearningRateRatio: Double
  /// Steps of a linear rise from 0 to the peak.
  public var warmupSteps = 0
  /// The same as a share of the stage's steps; 0: `warmupSteps` counts.
  public var warmupRatio = 0.0
  public var weightDecay = 0.0
  /// The gradient's largest Euclidean norm; 0: no clipping.
  public var maxGradNorm = 1.0
  public var adamBeta1 = 0.9
  public var adamBeta2 = 0.999
  /// How the two moments are kept; bf16: half the memory.
  public var state = AdamW.Moments.Format.fp32

  public init(learningRate: Double, schedule: LearningRateSchedule, finalLearningRateRatio: Double) {
    self.learningRate = learningRate
    self.schedule = schedule
    self.finalLearningRateRatio = finalLearningRateRatio
  }

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.number("learning_rate", &learningRate, .above(0))
    try section.choice("lr_schedule", &schedule)
    try section.number("final_learning_rate_ratio", &finalLearningRateRatio, .from(0, to: 1))
    try section.integer("warmup_steps", &warmupSteps, .atLeast(0))
    try section.number("warmup_ratio", &warmupRatio, .from(0, below: 1))
    if warmupSteps > 0, warmupRatio > 0 {
      throw RecipeError(
        place: section.place("warmup_ratio"),
        message: "warmup_steps and warmup_ratio exclude each other. Remove one of them.")
    }
    try section.number("weight_decay", &weightDecay, .atLeast(0))
    try section.number("max_grad_norm", &maxGradNorm, .atLeast(0))
    try section.number("adam_beta1", &adamBeta1, .from(0, below: 1))
    try section.choice("optimizer_state", &state)
    try section.number("adam_beta2", &adamBeta2, .from(0, below: 1))
  }

  /// The rate of a step.
  /// - Parameters:
  ///   - step: from 0; past the last step the rate stays at its end.
  ///   - count: steps of the whole stage.
  public func learningRate(at step: Int, of count: Int) -> Double {
    let warmupSteps = warmupRatio > 0 ? Int((warmupRatio * Double(count)).rounded(.up)) : warmupSteps
    if step < warmupSteps { return learningRate * Double(step + 1) / Double(warmupSteps) }
    let span = count - warmupSteps
    let progress = span > 0 ? min(1, Double(step - warmupSteps) / Double(span)) : 1
    let timescale = warmupSteps > 0 ? Double(warmupSteps) : 10_000
    let share =
      switch schedule {
      case .constant, .constantWithWarmup: 1.0
      case .linear: 1 - progress * (1 - finalLearningRateRatio)
      case .cosine: finalLearningRateRatio + (1 - finalLearningRateRatio) * (1 + cos(.pi * progress)) / 2
      // As transformers: falls with the root of the steps, from the end of the warm-up or over 10,000 steps.
      case .inverseSquareRoot:
        (timescale / (Double(step - warmupSteps) + timescale)).squareRoot()
      }
    return learningRate * share
  }
}

public enum LearningRateSchedule: String, Sendable, CaseIterable {
  case cosine
  case constant
  case constantWithWarmup = "constant_with_warmup"
  case inverseSquareRoot = "inverse_sqrt"
  case linear
}
