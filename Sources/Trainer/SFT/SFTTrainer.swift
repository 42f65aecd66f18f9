import AssayNumerics
public import Policy

/// Supervised fine-tuning: mean cross-entropy of the completions' tokens, prompts not counted.
public struct SFTTrainer {
  public let pool: DecoderPool
  public let renderer: PromptRenderer
  public let recipe: SFTRecipe
  public let tokensPerBatch: Int

  public init(pool: DecoderPool, renderer: PromptRenderer, recipe: SFTRecipe, tokensPerBatch: Int) {
    self.pool = pool
    self.renderer = renderer
    self.recipe = recipe
    self.tokensPerBatch = tokensPerBatch
  }

  public struct Step: Sendable {
    /// From 0.
    public var step: Int
    public var count: Int
    /// Nats a token.
    public var loss: Double
    public var gradNorm: Double
    public var learningRate: Double
    public var tokens: Int
    public var seconds: Double
  }

  /// An example in tokens; those of the completion are scored.
  public typealias Row = (tokens: [Int32], scored: Range<Int>)

  /// The examples in tokens, without those that are longer than `max_length` or than the policy can read.
  /// - Parameter positions: of the policy.
  public func rows(_ examples: [SFTExample], positions: Int) throws -> [Row] {
    let longest = recipe.maxLength > 0 ? min(recipe.maxLength, positions) : positions
    return try examples.compactMap { example in
      let prompt = try renderer.prompt(example.problem)
      let completion = renderer.completion(example.completion)
      guard prompt.count + completion.count <= longest else { return nil }
      return (tokens: prompt + completion, scored: prompt.count..<prompt.count + completion.count)
    }
  }

  /// Trains `parameters` in place; each pass over the rows is shuffled anew from `seed`.
  ///
  /// A step's rows lie packed in batches of up to `tokensPerBatch` tokens, without padding; none attends to another.
  /// - Parameters:
  ///   - first: the step to go on with, where `optimizer` has seen those before it.
  ///   - log: called after each step; what it throws ends the training.
  public func train(
    _ rows: [Row], parameters: Parameters, optimizer: PolicyOptimizer, from first: Int = 0, seed: UInt64,
    log: (Step) throws -> Void
  ) throws {
    precondition(!rows.isEmpty, "SFT needs an example")
    let steps = recipe.stepCount(examples: rows.count)
    var order: [Int] = []
    var pass = 0
    for step in 0..<steps {
      let started = ContinuousClock.now
      while order.count < recipe.batchSize {
        var random = AssayNumerics.CounterRandom(seed: seed, pass)
        order += random.permutation(of: rows.count)
        pass += 1
      }
      let chosen = order.prefix(recipe.batchSize).map { rows[$0] }
      order.removeFirst(recipe.batchSize)
      if step < first { continue }
      let tokens = chosen.reduce(0) { $0 + $1.scored.count }
      let slope = -1 / Float(tokens)
      let (gradient, scores) = pool.gradient(
        packed(chosen, tokensPerBatch: tokensPerBatch), parameters
      ) { _, _, _ in slope }
      let loss = -scores.reduce(0) { $0 + $1.logp.reduce(0) { $0 + Double($1) } } / Double(tokens)
      let rate = recipe.optimizer.learningRate(at: step, of: steps)
      let norm = optimizer.step(
        parameters, gradient: gradient, learningRate: rate,
        weightDecay: recipe.optimizer.weightDecay, maxGradNorm: recipe.optimizer.maxGradNorm,
        lane: pool.whole)
      guard norm.isFinite, loss.isFinite else {
        throw TrainingError(
          message:
            "The loss of stage \(recipe.name) is not finite at its step \(step + 1) (loss \(loss), norm of the "
            + "gradient \(norm)). Lower its learning_rate, or lengthen warmup_steps.")
      }
      try log(
        Step(
          step: step, count: steps, loss: loss, gradNorm: norm, learningRate: rate, tokens: tokens,
          seconds: (ContinuousClock.now - started) / .seconds(1)))
    }
  }
}
