import AssayNumerics
public import Policy

/// Supervised fine-tuning: mean cross-entropy of the completions' tokens, prompts not counted.
public struct SFTTrainer {
  public let pool: DecoderPool
  public let renderer: PromptRenderer
  public let recipe: SFTRecipe
  public let tokensPerBatch: Int
  /// What is trained instead of all weights.
  let factors: LowRankFactors?

  public init(
    pool: DecoderPool, renderer: PromptRenderer, recipe: SFTRecipe, tokensPerBatch: Int,
    factors: LowRankFactors? = nil
  ) {
    self.factors = factors
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

  /// Trains `parameters` in place; each pass over the examples is shuffled anew from `seed`.
  public func train(
    _ examples: [SFTExample], parameters: Parameters, seed: UInt64,
    log: (Step) throws -> Void
  ) throws {
    precondition(!examples.isEmpty, "SFT needs an example")
    let rows = try examples.map { example in
      let prompt = try renderer.prompt(example.problem)
      let completion = renderer.completion(example.completion)
      return (tokens: prompt + completion, scored: prompt.count..<prompt.count + completion.count)
    }
    let optimizer = PolicyOptimizer(parameters.layout, recipe.optimizer, factors: factors)
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
      try log(
        Step(
          step: step, count: steps, loss: loss, gradNorm: norm, learningRate: rate, tokens: tokens,
          seconds: (ContinuousClock.now - started) / .seconds(1)))
    }
  }
}
