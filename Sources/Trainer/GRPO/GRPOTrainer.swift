import AssayNumerics
public import Policy

/// Group-relative policy optimisation: sample groups, judge, compare within the group, step.
///
/// DeepSeekMath, arXiv:2402.03300, algorithm 1; docs/algorithms.md says which option is whose.
public final class GRPOTrainer {
  private let recipe: GRPORecipe
  private let sampling: SamplingRecipe
  private let tokensPerBatch: Int
  private let sampler: Sampler
  private let mixture: TaskMixture
  let optimizer: PolicyOptimizer
  private let parameters: Parameters
  var reference: Parameters?
  /// Where in the mixture's sequence of training problems this stage begins.
  private let firstProblem: Int
  /// Tells the random streams of two GRPO stages apart.
  private let stage: Int

  public init(
    recipe: GRPORecipe, sampling: SamplingRecipe, tokensPerBatch: Int, sampler: Sampler,
    mixture: TaskMixture, parameters: Parameters, factors: LowRankFactors? = nil, stage: Int,
    firstProblem: Int
  ) {
    self.recipe = recipe
    self.sampling = sampling
    self.tokensPerBatch = tokensPerBatch
    self.sampler = sampler
    self.mixture = mixture
    self.parameters = parameters
    self.stage = stage
    self.firstProblem = firstProblem
    optimizer = PolicyOptimizer(parameters.layout, recipe.optimizer, factors: factors)
    reference = recipe.klCoefficient > 0 ? parameters.frozenCopy() : nil
  }

  /// One step: `problemsPerStep` groups, `numIterations` × `minibatches` updates.
  /// - Returns: The step's metrics under the names of docs/metrics.md, and every rollout.
  public func step(_ step: Int) async throws -> (values: [String: Double], rollouts: [Rollout]) {
    let clock = ContinuousClock()
    let started = clock.now
    if recipe.referenceRefreshSteps > 0, step > 0, step % recipe.referenceRefreshSteps == 0 {
      reference?.copy(from: parameters)
    }
    let first = firstProblem + step * recipe.problemsPerStep
    let slots = mixture.slots(first..<first + recipe.problemsPerStep)
    let problems = slots.map {
      (task: mixture.tasks[$0.task].name, problem: mixture.tasks[$0.task].problem($0.index, split: .train))
    }
    let options = SamplingOptions(
      temperature: Float(sampling.temperature), topP: Float(sampling.topP), topK: sampling.topK,
      maxCompletionTokens: sampling.maxCompletionTokens)
    var (rollouts, timing) = try await sampler.rollouts(
      problems, samples: recipe.groupSize, parameters: parameters, options: options,
      place: [Place.training, stage, step])
    let groups = grouped(rollouts)
    let advantages = GroupAdvantages(groups.map { $0.map(\.reward.value) }, scale: recipe.scaleRewards)
    for (index, advantage) in advantages.advantages.joined().enumerated() {
      rollouts[index].advantage = advantage
    }
    let updating = clock.now
    var values = try update(rollouts, step: step)
    values.merge(RolloutMetrics.values(rollouts, advantages)) { first, _ in first }
    values["timing_s/gen"] = timing.generate
    values["timing_s/reward"] = timing.reward
    values["timing_s/update"] = (clock.now - updating) / .seconds(1)
    values["step_time"] = (clock.now - started) / .seconds(1)
    return (values, rollouts)
  }

  private func update(_ rollouts: [Rollout], step: Int) throws -> [String: Double] {
    let valid = rollouts.filter { $0.advantage != nil }
    let objective = ClippedObjective(
      epsilonLow: Float(recipe.clipEpsilonLow), epsilonHigh: Float(recipe.clipEpsilonHigh),
      klCoefficient: Float(recipe.klCoefficient))
    let one = GRPOStep(
      objective: objective, variant: recipe.loss.variant, temperature: Float(sampling.temperature),
      tokensPerBatch: tokensPerBatch)
    let rolloutTokens = valid.reduce(0) { $0 + $1.completion.tokens.count }
    let rate = recipe.optimizer.learningRate(at: step, of: recipe.steps)
    var sums: [String: Double] = ["learning_rate": rate]
    var updates = 0.0
    var onPolicy = true
    for pass in 0..<recipe.numIterations {
      for part in minibatches(valid, pass: pass, step: step) {
        let batch = LossBatch(
          completions: part.count, tokens: part.reduce(0) { $0 + $1.completion.tokens.count },
          rolloutTokens: rolloutTokens, minibatches: recipe.minibatches,
          maxCompletionTokens: sampling.maxCompletionTokens)
        guard
          let (gradient, metrics) = one.gradient(
            part, batch: batch, pool: sampler.pool, parameters: parameters, reference: reference,
            onPolicy: onPolicy)
        else { continue }
        let norm = optimizer.step(
          parameters, gradient: gradient, learningRate: rate,
          weightDecay: recipe.optimizer.weightDecay, maxGradNorm: recipe.optimizer.maxGradNorm,
          lane: sampler.pool.whole)
        guard norm.isFinite else {
          throw TrainingError(
            message: "The gradient is not finite at step \(step). Lower learning_rate, and look at the "
              + "last rollouts in rollouts.sqlite.")
        }
        for (name, value) in metrics.values(norm: norm) { sums[name, default: 0] += value }
        if onPolicy {
          sums["sampling/sampling_logp_difference/mean"] = metrics.samplingDifferenceMean
          sums["sampling/sampling_logp_difference/max"] = metrics.samplingDifferenceMax
        }
        onPolicy = false
        updates += 1
      }
    }
    if updates > 0 {
      for name in GRPOStep.Metrics().values(norm: 0).keys { sums[name]? /= updates }
    }
    return sums
  }

  /// Valid rollouts cut into optimiser steps, shuffled by group when there are several.
  private func minibatches(_ rollouts: [Rollout], pass: Int, step: Int) -> [[Rollout]] {
    guard recipe.minibatches > 1 else { return [rollouts] }
    var random = CounterRandom(seed: sampler.seed, Place.shuffle, stage, step, pass)
    let order = random.permutation(of: rollouts.count)
    return (0..<recipe.minibatches).map { part in
      order[rollouts.count * part / recipe.minibatches..<rollouts.count * (part + 1) / recipe.minibatches]
        .map { rollouts[$0] }
    }.filter { !$0.isEmpty }
  }
}

/// Training can't go on; the sentence says why and what to do.
public struct TrainingError: Error, CustomStringConvertible {
  public var message: String
  public init(message: String) { self.message = message }
  public var description: String { message }
}

extension GRPOStep.Metrics {
  /// Under TRL's names.
  func values(norm: Double) -> [String: Double] {
    [
      "policy_loss": policyLoss, "kl": kl, "entropy": entropy, "grad_norm": norm,
      "clip_ratio/low_mean": clipLow, "clip_ratio/high_mean": clipHigh,
      "clip_ratio/region_mean": clipLow + clipHigh,
    ]
  }
}
