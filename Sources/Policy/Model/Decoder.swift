public import AssayNumerics

/// A decoder of one of the families of `ModelFamily` over packed sequences: forward, and a backward written by hand.
///
///     embedding ─► { + attention(norm(x)) ─► + down(swiglu(norm(x)·[gate, up])) } × layers ─► norm ─► head
///
/// Queries, keys and values: Projection.swift, or LatentAttention.swift; feed-forward: FeedForward.swift, Experts.swift.
/// Touvron et al. 2023, arXiv:2302.13971, §2.2. One object is one lane: it owns its scratch memory and its
/// activations, so two threads need two of them (they may share parameters).
public final class Decoder {
  public let config: ModelConfig
  public let lane: Lane
  public let precision: Precision
  /// Of the weights; `q8_0`: for sampling and scoring, without a backward.
  public let weightFormat: WeightFormat
  /// Whether only the layers' inputs are kept, and each layer is run again before its backward: a third more time for
  /// a fraction of the memory. Chen et al. 2016, arXiv:1604.06174.
  public let checkpoints: Bool
  let linear: Linear
  let layout: ParameterLayout
  let rotary: Rotary
  let attention: Attention
  let unit: GatedUnit
  /// Of families that norm the heads of queries and keys.
  let headNorm: HeadNorm?
  /// Of families that have them.
  let latent: LatentAttention?
  let experts: Experts?
  /// By layer: what `takeExpertLoads` returns.
  var expertLoads: [[Int]]
  private(set) var activations: Activations?
  private let normScratch = Scratch()
  private let attendedScratch = Scratch()
  let productScratch = Scratch()
  let dProductScratch = Scratch()
  let gradientScratch = Scratch()
  let qkvScratch = Scratch()
  let gateUpScratch = Scratch()
  let residualScratch = Scratch()
  let dHiddenScratch = Scratch()
  private let prefixScratch = Scratch()
  private let sumScratch = Scratch()
  private let againScratch = Scratch()
  let head: Head

  public init(
    _ config: ModelConfig, lane: Lane, precision: Precision = .fp32, weights: WeightFormat = .full,
    gradientCheckpointing: Bool = false
  ) {
    self.config = config
    checkpoints = gradientCheckpointing
    self.lane = lane
    self.precision = precision
    weightFormat = weights
    linear = Linear(Kernels(precision), lane: lane)
    layout = ParameterLayout(config)
    rotary = Rotary(
      positions: config.maxPositions, frequencies: config.rotaryFrequencies,
      pairs: config.latent?.rotatesNeighbours == true ? .neighbours : .halves)
    unit = GatedUnit(config.family.activation)
    headNorm =
      config.family.hasHeadNorms
      ? HeadNorm(
        heads: config.heads, keyValueHeads: config.keyValueHeads, dimension: config.headDimension,
        epsilon: config.rmsNormEpsilon) : nil
    attention = Attention(
      heads: config.heads, keyValueHeads: config.keyValueHeads, dimension: config.headDimension,
      valueDimension: config.valueDimension, window: config.slidingWindow, kernels: linear.kernels)
    latent = config.latent.map { [linear] in LatentAttention(config, $0, linear) }
    experts = config.mixture.map { [linear] in Experts(config, $0, linear) }
    expertLoads = Array(repeating: [], count: config.layers)
    head = Head(config, linear, weights)
  }

  /// Hidden states after the last norm, `[N, H]`; valid until the next call.
  /// - Parameters:
  ///   - keeping: Whether `backward` follows.
  ///   - keysAndValues: Called per layer with the rotated rows `[N, Attention.width]`: fills a cache.
  func forward(
    _ batch: PackedBatch, _ parameters: Parameters, keeping: Bool,
    keysAndValues: ((_ layer: Int, _ rows: ConstFloats) -> Void)? = nil
  ) -> ConstFloats {
    let (n, width) = (batch.count, config.hiddenSize)
    precondition(
      batch.positions.allSatisfy { Int($0) < config.maxPositions },
      "a sequence is longer than max_position_embeddings = \(config.maxPositions)")
    let kept = reserve(n, keeping: keeping)
    let weights = parameters.packed(linear.kernels, weightFormat, lane: lane)
    embed(batch.tokens, parameters, into: kept.layers.first?.input.start ?? kept.last.start)
    for index in layout.layers.indices {
      let next = index + 1 < config.layers ? kept.layers[index + 1].input : kept.last
      run(layer: index, batch, parameters, weights, kept: kept.layers[index], into: next.start)
      keysAndValues?(index, kept.layers[index].queryKeyValue.start)
      if keeping, let experts = kept.layers[index].experts, layout.layers[index].experts != nil {
        countLoads(experts.dispatch, layer: index)
      }
    }
    RMSNorm.forward(
      kept.last.start, weights.norm(parameters, layout.finalNorm), into: kept.normed.start,
      inverse: kept.lastInverse.start,
      rows: n, width: width, epsilon: config.rmsNormEpsilon, lane: lane)
    return ConstFloats(kept.normed.start)
  }

  /// One layer: from what it has kept of its input to the next one's.
  private func run(
    layer index: Int, _ batch: PackedBatch, _ parameters: Parameters, _ weights: PackedWeights,
    kept x: Activations.Layer, into next: Floats
  ) {
    let (n, width, at) = (batch.count, config.hiddenSize, layout.layers[index])
    let normed = normScratch.floats(n * width)
    RMSNorm.forward(
      x.input.start, weights.norm(parameters, at.inputNorm), into: normed, inverse: x.inputInverse.start,
      rows: n, width: width, epsilon: config.rmsNormEpsilon, lane: lane)
    queryKeyValue(normed, layer: index, parameters, weights, kept: x, positions: batch.positions)
    attention.forward(
      x.queryKeyValue.start, into: x.attention.start, logSumExp: x.logSumExp.start, spans: batch.spans,
      lane: lane)
    Elementwise.copy(x.input.start, to: x.middle.start, count: n * width, lane: lane)
    linear.forward(
      x.attention.start, weights.layers[index].output, into: x.middle.start, rows: n, adding: true)
    RMSNorm.forward(
      x.middle.start, weights.norm(parameters, at.postNorm), into: normed, inverse: x.middleInverse.start,
      rows: n, width: width, epsilon: config.rmsNormEpsilon, lane: lane)
    Elementwise.copy(x.middle.start, to: next, count: n * width, lane: lane)
    feedForward(normed, layer: index, parameters, weights, kept: x, into: next, rows: n)
  }

  /// Adds the gradient of every parameter to `gradient`, given that of the normed hidden states.
  /// - Parameter dNormed: `[N, H]`.
  func backward(
    _ batch: PackedBatch, _ parameters: Parameters, dNormed: ConstFloats, gradient: FloatBuffer
  ) {
    precondition(weightFormat == .full, "weights of 8 bits have no backward")
    guard let kept = activations, kept.capacity >= batch.count else {
      preconditionFailure("backward without a forward that kept its activations")
    }
    let (n, width, attended) = (batch.count, config.hiddenSize, attention.outputWidth)
    let w = parameters.buffer.start
    let g = gradient.start
    let weights = parameters.packed(linear.kernels, weightFormat, lane: lane)
    let normed = normScratch.floats(n * width)
    let dAttended = attendedScratch.floats(n * attended)
    let dx = residualScratch.floats(n * width)
    let dNorm = gradientScratch.floats(n * width)
    let dQKV = qkvScratch.floats(n * attention.width)
    Elementwise.zero(dx, count: n * width, lane: lane)
    RMSNorm.backward(
      dNormed, x: kept.last.start, weight: weights.norm(parameters, layout.finalNorm),
      inverse: kept.lastInverse.start,
      dx: dx, dWeight: g + layout.finalNorm, rows: n, width: width, scratch: sumScratch, lane: lane)
    for (index, at) in layout.layers.enumerated().reversed() {
      let x = kept.layers[index]
      if checkpoints, index + 1 < config.layers {
        run(layer: index, batch, parameters, weights, kept: x, into: againScratch.floats(n * width))
      }
      // Feed-forward block: dx is the gradient of its output, and stays that of the residual.
      RMSNorm.again(
        x.middle.start, weights.norm(parameters, at.postNorm), inverse: x.middleInverse.start, into: normed,
        rows: n,
        width: width, lane: lane)
      feedForwardBackward(
        dx, x: normed, layer: index, parameters, kept: x, dx: dNorm, gradient: gradient, rows: n)
      RMSNorm.backward(
        dNorm, x: x.middle.start, weight: weights.norm(parameters, at.postNorm),
        inverse: x.middleInverse.start, dx: dx,
        dWeight: g + at.postNorm, rows: n, width: width, scratch: sumScratch, lane: lane)
      // Attention block.
      linear.backward(
        dx, x: x.attention.start, weight: w + at.output, dx: dAttended, dWeight: g + at.output, rows: n,
        input: attended, output: width)
      Elementwise.zero(dQKV, count: n * attention.width, lane: lane)
      attention.backward(
        dAttended, out: x.attention.start, logSumExp: x.logSumExp.start, qkv: x.queryKeyValue.start,
        dQKV: dQKV, spans: batch.spans, prefixes: prefixScratch, lane: lane)
      RMSNorm.again(
        x.input.start, weights.norm(parameters, at.inputNorm), inverse: x.inputInverse.start, into: normed,
        rows: n,
        width: width, lane: lane)
      queryKeyValueBackward(
        dQKV, x: normed, layer: index, parameters, weights, kept: x, dx: dNorm, gradient: gradient,
        positions: batch.positions, scratch: sumScratch)
      RMSNorm.backward(
        dNorm, x: x.input.start, weight: weights.norm(parameters, at.inputNorm),
        inverse: x.inputInverse.start, dx: dx,
        dWeight: g + at.inputNorm, rows: n, width: width, scratch: sumScratch, lane: lane)
    }
    let scale = config.family.embeddingScale(width)
    for (row, token) in batch.tokens.enumerated() {
      let to = g + layout.embedding + Int(token) * width, from = dx + row * width
      for i in 0..<width { to[i] += from[i] * scale }
    }
  }

  private func reserve(_ count: Int, keeping: Bool) -> Activations {
    if let kept = activations, kept.capacity >= count, !keeping || keepsAll { return kept }
    let kept = !keeping ? Activations.Extent.nothing : checkpoints ? .inputs : .all
    activations = nil
    let made = Activations(config, capacity: count, keeping: kept)
    activations = made
    keepsAll = keeping
    return made
  }
  private var keepsAll = false

  /// Gives back what a backward needs, where that is much: the caches of sampling take its place.
  func dropActivations() {
    guard keepsAll, let layer = activations?.layers.first else { return }
    if config.layers * layer.gateUp.count * MemoryLayout<Float>.stride > 64 << 20 { activations = nil }
  }
}
