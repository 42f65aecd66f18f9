import AssayNumerics
public import Policy

/// Group-relative policy optimisation: sample groups, judge, compare within the group, step.
///
/// DeepSeekMath, arXiv:2402.03300, algorithm 1; docs/algorithms.md says which option is whose.
public final class GRPOTrainer {
  let recipe: GRPORecipe
  let sampling: SamplingRecipe
  let tokensPerBatch: Int
  let sampler: Sampler
  let optimizer: PolicyOptimizer
  let parameters: Parameters
  var reference: Parameters?
  var schedule: ProblemSchedule
  /// By domain: the verifier that says whether a problem was solved.
  private let verifiers: [String: String]
  /// Tells the random streams of two GRPO stages apart.
  let stage: Int
  /// Σ of the domains' gradients where they are taken apart.
  private var whole: FloatBuffer?

  /// - Parameter firstProblem: Where in the mixture's sequence of training problems this stage begins.
  public init(
    recipe: GRPORecipe, sampling: SamplingRecipe, tokensPerBatch: Int, sampler: Sampler,
    mixture: TaskMixture, parameters: Parameters, factors: LowRankFactors? = nil, stage: Int,
    firstProblem: Int, verifiers: [String: String] = [:]
  ) {
    self.recipe = recipe
    self.sampling = sampling
    self.tokensPerBatch = tokensPerBatch
    self.sampler = sampler
    self.parameters = parameters
    self.stage = stage
    self.verifiers = verifiers
    schedule = ProblemSchedule(
      mixture, recipe, seed: sampler.seed, stage: stage, firstProblem: firstProblem)
    optimizer = PolicyOptimizer(parameters.layout, recipe.optimizer, factors: factors)
    reference = recipe.klCoefficient > 0 ? parameters.frozenCopy() : nil
  }

  /// What steps leave for later ones, beside weights, optimiser and reference.
  public var state: GRPOTrainerState {
    get { GRPOTrainerState(curriculum: schedule.curriculum.state, balance: schedule.balance.state) }
    set {
      schedule.curriculum.state = newValue.curriculum
      // A controller that is switched on within the stage finds nothing of its own.
      if newValue.balance.credits.count == schedule.balance.state.credits.count {
        schedule.balance.state = newValue.balance
      }
    }
  }

  var options: SamplingOptions {
    SamplingOptions(
      temperature: Float(sampling.temperature), topP: Float(sampling.topP), topK: sampling.topK,
      maxCompletionTokens: sampling.maxCompletionTokens)
  }

  /// One step: `problemsPerStep` groups, `numIterations` × `minibatches` updates.
  /// - Returns: The step's metrics under the names of docs/metrics.md, and every rollout.
  public func step(_ step: Int) async throws -> (values: [String: Double], rollouts: [Rollout]) {
    let clock = ContinuousClock()
    let started = clock.now
    if recipe.referenceRefreshSteps > 0, step > 0, step % recipe.referenceRefreshSteps == 0 {
      let alpha = recipe.referenceMixupAlpha
      if alpha == 1 {
        reference?.copy(from: parameters)
      } else {
        reference?.mix(Float(alpha), of: parameters)
      }
    }
    let plan = schedule.plan(step)
    var collection = try await collect(plan, step: step)
    let advantages = setAdvantages(&collection, step: step)
    let updating = clock.now
    let kept = Set(collection.kept)
    let rollouts = collection.rollouts
    guard let updated = update(rollouts.filter { kept.contains($0.group) }, step: step) else {
      throw NonFiniteGradient(rollouts: rollouts)
    }
    var values = updated.values
    values.merge(RolloutMetrics.values(rollouts, advantages)) { first, _ in first }
    values.merge(DomainMetrics.values(rollouts, scores: collection.rewards.scores)) { first, _ in first }
    values.merge(observe(collection, norms: updated.norms, step: step)) { first, _ in first }
    values["timing_s/gen"] = collection.timing.generate
    values["timing_s/reward"] = collection.timing.reward
    values["timing_s/update"] = (clock.now - updating) / .seconds(1)
    values["step_time"] = (clock.now - started) / .seconds(1)
    return (values, rollouts)
  }

  /// - Returns: Metrics, and the norms of the domains' gradients where they are measured; nil where one is not finite.
  private func update(
    _ rollouts: [Rollout], step: Int
  ) -> (values: [String: Double], norms: [String: Double])? {
    let valid = rollouts.filter { $0.advantage != nil }
    let one = GRPOStep(
      variant: recipe.loss.make(recipe.lossOptions), entropyCoefficient: Float(recipe.entropyCoefficient),
      temperature: Float(sampling.temperature), tokensPerBatch: tokensPerBatch)
    let rolloutTokens = tokens(valid)
    let rate = recipe.optimizer.learningRate(at: step, of: recipe.steps)
    let byDomain = recipe.balance.measure == .gradientNorm && schedule.balance.measures(at: step)
    var sums: [String: Double] = ["learning_rate": rate]
    var norms: [String: Double] = [:]
    var updates = 0.0
    var onPolicy = true
    for pass in 0..<recipe.numIterations {
      for part in minibatches(valid, pass: pass, step: step) {
        let batch = LossBatch(
          completions: part.count, tokens: tokens(part), rolloutTokens: rolloutTokens,
          minibatches: recipe.minibatches, maxCompletionTokens: sampling.maxCompletionTokens)
        guard
          let (gradient, metrics, parts) = gradient(
            part.filter(isInLoss), one, batch, onPolicy: onPolicy, byDomain: byDomain)
        else { continue }
        norms.merge(parts) { $0 + $1 }
        let norm = optimizer.step(
          parameters, gradient: gradient, learningRate: rate,
          weightDecay: recipe.optimizer.weightDecay, maxGradNorm: recipe.optimizer.maxGradNorm,
          lane: sampler.pool.whole)
        guard norm.isFinite else { return nil }
        for (name, value) in metrics.values(norm: norm, loss: recipe.loss) { sums[name, default: 0] += value }
        if onPolicy {
          sums["sampling/sampling_logp_difference/mean"] = metrics.samplingDifferenceMean
          sums["sampling/sampling_logp_difference/max"] = metrics.samplingDifferenceMax
        }
        onPolicy = false
        updates += 1
      }
    }
    // In the loss there is no KL to speak of; that in the rewards is logged by `observe`.
    if recipe.lossOptions.klCoefficient == 0 { sums["kl"] = nil }
    if updates > 0 {
      norms = norms.mapValues { $0 / updates }
      for name in GRPOStepMetrics().values(norm: 0, loss: recipe.loss).keys { sums[name]? /= updates }
    }
    return (sums, norms)
  }

  /// The gradient of one optimiser step, of all domains at once or of one after the other.
  private func gradient(
    _ part: [Rollout], _ one: GRPOStep, _ batch: LossBatch, onPolicy: Bool, byDomain: Bool
  ) -> (FloatBuffer, GRPOStepMetrics, norms: [String: Double])? {
    func gradient(_ rollouts: [Rollout]) -> (gradient: FloatBuffer, metrics: GRPOStepMetrics)? {
      one.gradient(
        rollouts, batch: batch, pool: sampler.pool, parameters: parameters, reference: reference,
        onPolicy: onPolicy)
    }
    guard byDomain else { return gradient(part).map { ($0.gradient, $0.metrics, [:]) } }
    let sum = whole ?? FloatBuffer(count: parameters.layout.count)
    whole = sum
    sum.zero()
    var metrics = GRPOStepMetrics()
    var norms: [String: Double] = [:]
    var isEmpty = true
    for domain in Set(part.map(\.problem.domain)).sorted() {
      let samples = part.filter { $0.problem.domain == domain }
      guard let own = gradient(samples) else { continue }
      isEmpty = false
      // Of flat groups alone KL is all there is: nothing to weigh, and more of them would bring nothing.
      if samples.contains(where: { $0.advantage != 0 }) {
        norms[domain] = optimizer.norm(of: own.gradient, lane: sampler.pool.whole)
      }
      Elementwise.add(own.gradient, to: sum, lane: sampler.pool.whole)
      metrics.add(own.metrics)
    }
    return isEmpty ? nil : (sum, metrics, norms)
  }

  /// Whether a completion's tokens count in the loss.
  private func isInLoss(_ rollout: Rollout) -> Bool {
    rollout.completion.stopped || !recipe.maskTruncatedCompletions
  }

  private func tokens(_ rollouts: [Rollout]) -> Int {
    rollouts.reduce(0) { $0 + (isInLoss($1) ? $1.completion.tokens.count : 0) }
  }

  /// What curriculum and balance learn from a step, and what is logged of them.
  private func observe(
    _ collection: GroupCollection, norms: [String: Double], step: Int
  ) -> [String: Double] {
    var values: [String: Double] = [:]
    if recipe.maxGenerationBatches > 1 {
      values["dynamic_sampling/num_gen_batches"] = Double(collection.batches)
      values["dynamic_sampling/replaced"] = Double(collection.entries.count - recipe.problemsPerStep)
      values["dynamic_sampling/missing"] = Double(recipe.problemsPerStep - collection.kept.count)
    }
    if recipe.klInReward, recipe.klCoefficient > 0 {
      let judged = collection.rewards.scores.count { $0 != nil }
      values["kl"] = collection.rewards.klSum / Double(max(1, collection.rewards.tokens))
      values["reward_kl_penalty"] = collection.rewards.penalties.reduce(0, +) / Double(max(1, judged))
    }
    if recipe.overlongBufferLength > 0 {
      let costs = zip(collection.rollouts, collection.rewards.scores).compactMap { rollout, score in
        rollout.reward.value.flatMap { value in score.map { value - $0 } }
      }
      values["overlong_penalty"] = costs.reduce(0, +) / Double(max(1, costs.count))
    }
    if recipe.curriculum.share > 0 {
      for (group, entry) in zip(grouped(collection.rollouts), collection.entries) {
        guard let rate = passRate(group, verifiers: verifiers) else { continue }
        schedule.curriculum.record(
          id: entry.problem.id, task: schedule.name(entry.task), index: entry.index, passRate: rate,
          step: step)
      }
      values["curriculum/pool"] = Double(schedule.curriculum.state.entries.count)
      values["curriculum/replayed"] = Double(collection.entries.count(where: \.isReplayed))
    }
    guard schedule.balance.measures(at: step) else { return values }
    var amounts = norms
    if recipe.balance.measure == .tokens {
      for rollout in collection.rollouts {
        amounts[rollout.problem.domain, default: 0] += Double(rollout.completion.tokens.count)
      }
    }
    let total = amounts.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
    let name = recipe.balance.measure == .tokens ? "token" : "grad"
    for (domain, amount) in amounts where total > 0 {
      if recipe.balance.measure == .gradientNorm { values["domain/\(metricName(domain))/grad_norm"] = amount }
      values["domain/\(metricName(domain))/\(name)_share"] = amount / total
    }
    if schedule.balance.isControlling {
      for (task, share) in schedule.balance.shares.enumerated() {
        values["task/\(schedule.name(task))/weight"] = share
      }
      schedule.balance.observe(amounts)
    }
    return values
  }

  /// Valid rollouts cut into optimiser steps, by chance when there are several; within one they keep their order, so that
  /// those of one prompt lie side by side.
  private func minibatches(_ rollouts: [Rollout], pass: Int, step: Int) -> [[Rollout]] {
    guard recipe.minibatches > 1 else { return [rollouts] }
    var random = CounterRandom(seed: sampler.seed, Place.shuffle, stage, step, pass)
    let order = random.permutation(of: rollouts.count)
    return (0..<recipe.minibatches).map { part in
      order[rollouts.count * part / recipe.minibatches..<rollouts.count * (part + 1) / recipe.minibatches]
        .sorted().map { rollouts[$0] }
    }.filter { !$0.isEmpty }
  }
}

/// A step's gradient is not finite; the weights are those before that update.
struct NonFiniteGradient: Error {
  /// What was sampled in the step.
  var rollouts: [Rollout]
}

/// Training can't go on; the sentence says why and what to do.
public struct TrainingError: Error, CustomStringConvertible {
  public var message: String
  public init(message: String) { self.message = message }
  public var description: String { message }
}
