public import AssayNumerics
public import Policy

/// One optimiser step's worth of rollouts: loss, gradient, update.
public struct GRPOStep: Sendable {
  public var variant: any LossVariant
  /// The mean entropy of the step's tokens is subtracted from the loss so many times; 0: not at all.
  public var entropyCoefficient: Float
  public var temperature: Float
  public var tokensPerBatch: Int

  public init(
    variant: any LossVariant, entropyCoefficient: Float = 0, temperature: Float, tokensPerBatch: Int
  ) {
    self.variant = variant
    self.entropyCoefficient = entropyCoefficient
    self.temperature = temperature
    self.tokensPerBatch = tokensPerBatch
  }

  /// The gradient of the loss over `rollouts`; those without an advantage are left out.
  /// - Parameters:
  ///   - batch: The whole optimiser step, of which `rollouts` may be a part: gradients of parts add up.
  ///   - reference: Needed where the loss has a KL term.
  ///   - onPolicy: Whether the parameters are those that sampled: the ratio is exactly 1 then.
  /// - Returns: Nil where nothing has a slope. The buffer is valid until the pool's next gradient.
  public func gradient(
    _ rollouts: [Rollout], batch: LossBatch, pool: DecoderPool, parameters: Parameters,
    reference: Parameters?, onPolicy: Bool
  ) -> (gradient: FloatBuffer, metrics: GRPOStepMetrics)? {
    let hasKL = variant.options.klCoefficient > 0
    // A token without advantage, KL and entropy bonus has no slope; with none in a whole group it need not be run.
    let useful = rollouts.filter { rollout in
      guard let advantage = rollout.advantage, !rollout.completion.tokens.isEmpty else { return false }
      return advantage != 0 || hasKL || entropyCoefficient != 0
    }
    guard !useful.isEmpty else { return nil }
    let packed = PackedRollouts(useful, tokensPerBatch: tokensPerBatch)
    let batches = packed.batches
    var referenceScores: [TokenScores]?
    if hasKL, let reference {
      // In fp32 one of the two is packed at a time.
      pool.rest(parameters)
      referenceScores = pool.scores(batches, reference, temperature: temperature)
      pool.rest(reference)
    }
    let view = LossView(
      useful, packed, variant, batch, reference: referenceScores, onPolicy: onPolicy)
    let entropySlope = -entropyCoefficient / Float(max(1, batch.tokens))
    let (gradient, scores) =
      variant.needsSequence(onPolicy: onPolicy)
      ? pool.gradient(batches, parameters, temperature: temperature, entropySlope: entropySlope) {
        batch, logp in view.terms(batch, logp).map { $0.slope * Float($0.weight) }
      }
      : pool.gradient(batches, parameters, temperature: temperature, entropySlope: entropySlope) {
        batch, index, logp in
        let term = view.term(batch, index, logp, nil)
        return term.slope * Float(term.weight)
      }
    var metrics = GRPOStepMetrics()
    for (batch, scores) in scores.enumerated() {
      let terms = view.terms(batch, scores.logp)
      for (run, sampler) in view.runs(batch) {
        metrics.add(
          Array(terms[run]), logp: Array(scores.logp[run]), entropy: Array(scores.entropy[run]), old: sampler,
          level: variant.options.level)
      }
    }
    return (gradient, metrics)
  }
}

/// Packed tokens as the loss sees them.
private struct LossView: Sendable {
  /// Of each completion: log-probabilities when sampled, nats.
  private let sampled: [[Float]]
  private let advantages: [Float]
  private let owners: [[(rollout: Int, token: Int)]]
  private let variant: any LossVariant
  private let batch: LossBatch
  private let reference: [TokenScores]?
  private let onPolicy: Bool

  init(
    _ rollouts: [Rollout], _ packed: PackedRollouts, _ variant: any LossVariant, _ batch: LossBatch,
    reference: [TokenScores]?, onPolicy: Bool
  ) {
    sampled = rollouts.map(\.completion.logp)
    advantages = rollouts.map { Float($0.advantage ?? 0) }
    owners = packed.owners
    self.variant = variant
    self.batch = batch
    self.reference = reference
    self.onPolicy = onPolicy
  }

  /// Of each completion in a packed batch: where its tokens stand, and their log-probabilities when sampled.
  func runs(_ batch: Int) -> [(run: Range<Int>, sampled: [Float])] {
    var runs: [(Range<Int>, [Float])] = []
    var start = 0
    while start < owners[batch].count {
      let own = sampled[owners[batch][start].rollout]
      runs.append((start..<start + own.count, own))
      start += own.count
    }
    return runs
  }

  /// All terms of a packed batch.
  func terms(_ batch: Int, _ logp: [Float]) -> [LossTerm] {
    var terms: [LossTerm] = []
    terms.reserveCapacity(logp.count)
    let needed = variant.needsSequence(onPolicy: onPolicy)
    for (run, _) in runs(batch) {
      let sequence =
        needed
        ? SequenceScores(
          run.map { token(batch, $0, logp[$0]) }, estimator: variant.options.klEstimator) : nil
      for index in run { terms.append(term(batch, index, logp[index], sequence)) }
    }
    return terms
  }

  func term(_ batch: Int, _ index: Int, _ logp: Float, _ sequence: SequenceScores?) -> LossTerm {
    variant.term(token(batch, index, logp), sequence, in: self.batch)
  }

  private func token(_ batch: Int, _ index: Int, _ logp: Float) -> LossToken {
    let (member, place) = owners[batch][index]
    return LossToken(
      logp: logp, old: onPolicy ? nil : sampled[member][place], reference: reference?[batch].logp[index],
      advantage: advantages[member], length: sampled[member].count)
  }
}
