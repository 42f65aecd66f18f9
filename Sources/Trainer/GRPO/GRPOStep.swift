public import AssayNumerics
public import Policy

/// One optimiser step's worth of rollouts: loss, gradient, update.
public struct GRPOStep: Sendable {
  public var objective: ClippedObjective
  public var variant: any LossVariant
  public var temperature: Float
  public var tokensPerBatch: Int

  public init(
    objective: ClippedObjective, variant: any LossVariant, temperature: Float, tokensPerBatch: Int
  ) {
    self.objective = objective
    self.variant = variant
    self.temperature = temperature
    self.tokensPerBatch = tokensPerBatch
  }

  /// Means over tokens unless said otherwise.
  public struct Metrics: Sendable {
    /// Of the objective, as the variant weighs it.
    public var policyLoss = 0.0
    /// k3 to the reference, nats.
    public var kl = 0.0
    /// Nats.
    public var entropy = 0.0
    public var clipLow = 0.0
    public var clipHigh = 0.0
    /// |logp of the trainer − logp of the sampler|, nats: 0 but for rounding on the first update.
    public var samplingDifferenceMean = 0.0
    public var samplingDifferenceMax = 0.0
  }

  /// The gradient of the loss over `rollouts`; those without an advantage are left out.
  /// - Parameters:
  ///   - reference: Needed where the KL coefficient is above 0.
  ///   - onPolicy: Whether the parameters are those that sampled: the ratio is exactly 1 then.
  public func gradient(
    _ rollouts: [Rollout], batch: LossBatch, pool: DecoderPool, parameters: Parameters,
    reference: Parameters?, onPolicy: Bool
  ) -> (gradient: FloatBuffer, metrics: Metrics)? {
    // A token without advantage and KL has no slope; with neither in a whole group it need not be run.
    let useful = rollouts.filter { rollout in
      guard let advantage = rollout.advantage, !rollout.completion.tokens.isEmpty else { return false }
      return advantage != 0 || objective.klCoefficient > 0
    }
    guard !useful.isEmpty else { return nil }
    let packed = PackedRollouts(useful, tokensPerBatch: tokensPerBatch)
    let batches = packed.batches
    let owners = packed.owners
    var referenceScores: [TokenScores]?
    if objective.klCoefficient > 0, let reference {
      // One of the two is packed at a time: packing takes a tenth of a second, and as much memory as the weights.
      parameters.dropPacked()
      referenceScores = pool.scores(batches, reference, temperature: temperature)
      reference.dropPacked()
    }
    let scoresOfReference = referenceScores
    let weights = useful.map { variant.tokenWeight(length: $0.completion.tokens.count, in: batch) }
    let term = { @Sendable (batch: Int, index: Int, logp: Float) -> ClippedObjective.Term in
      let (member, place) = owners[batch][index]
      return objective.term(
        logp: logp, old: onPolicy ? nil : useful[member].completion.logp[place],
        reference: scoresOfReference?[batch].logp[index], advantage: Float(useful[member].advantage ?? 0))
    }
    let (gradient, scores) = pool.gradient(batches, parameters, temperature: temperature) {
      batch, index, logp in
      term(batch, index, logp).slope * Float(weights[owners[batch][index].rollout])
    }
    var metrics = Metrics()
    var count = 0.0
    for (batch, scores) in scores.enumerated() {
      for (index, logp) in scores.logp.enumerated() {
        let (member, place) = owners[batch][index]
        let term = term(batch, index, logp)
        metrics.policyLoss += Double(term.loss) * weights[member]
        metrics.kl += Double(term.kl)
        metrics.entropy += Double(scores.entropy[index])
        metrics.clipLow += term.clippedLow ? 1 : 0
        metrics.clipHigh += term.clippedHigh ? 1 : 0
        let difference = Double(abs(logp - useful[member].completion.logp[place]))
        metrics.samplingDifferenceMean += difference
        metrics.samplingDifferenceMax = max(metrics.samplingDifferenceMax, difference)
        count += 1
      }
    }
    metrics.kl /= count
    metrics.entropy /= count
    metrics.clipLow /= count
    metrics.clipHigh /= count
    metrics.samplingDifferenceMean /= count
    return (gradient, metrics)
  }
}
