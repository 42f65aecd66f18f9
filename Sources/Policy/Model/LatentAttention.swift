import AssayNumerics

/// Queries, keys and values of multi-head latent attention. DeepSeek-V3, arXiv:2412.19437, §2.1.1, eq. 1–9:
///
///     c_q  = norm(W_dq·x)      [q_nope | q_rope] = W_uq·c_q,   a head each
///     c_kv = norm(W_dkv·x)     [k_nope | v]      = W_ukv·c_kv, a head each
///     k_rope = W_kr·x, the same for all heads; q_rope and k_rope are rotated
///
/// What follows, eq. 10 and 11, is `Attention` with as many key heads as heads, over rows made of these. So is the cache:
/// one of c_kv and k_rope alone, which the paper's inference has, holds some dozens of times less, but needs W_uk
/// multiplied into the queries, and would not give the trainer's log-probabilities bit for bit. At the sizes that are
/// trained here a cache is some megabytes either way.
final class LatentAttention {
  private let config: ModelConfig
  private let sizes: LatentSizes
  private let linear: Linear
  private let lane: Lane
  private let heads: LatentHeads
  private let normScratch = Scratch()
  private let queryScratch = Scratch()
  private let expandedScratch = Scratch()
  private let ropeScratch = Scratch()
  private let latentScratch = Scratch()
  private let gradientScratch = Scratch()
  /// Of the latents' norms: transformers leaves it at this whatever `rms_norm_eps` is.
  private let epsilon: Float = 1e-6

  init(_ config: ModelConfig, _ sizes: LatentSizes, _ linear: Linear) {
    self.config = config
    self.sizes = sizes
    self.linear = linear
    lane = linear.lane
    heads = LatentHeads(heads: config.heads, nope: sizes.nope, rope: sizes.rope, value: sizes.value)
  }

  /// - Parameters:
  ///   - x: `[N, H]`, normed. - qkv: `[N, Attention.width]`, not rotated yet.
  func forward(
    _ x: ConstFloats, _ at: ParameterLayout.Latent, _ parameters: Parameters, _ weights: PackedWeights,
    _ packed: PackedWeights.Latent, kept: Activations.Latent, into qkv: Floats, rows: Int
  ) {
    let query = queryScratch.floats(rows * config.heads * heads.dimension)
    if let latent = kept.query, let inverse = kept.queryInverse, let norm = at.queryNorm,
      let rank = sizes.queryRank
    {
      linear.forward(x, packed.queryDown, into: latent.start, rows: rows)
      let normed = normScratch.floats(rows * rank)
      RMSNorm.forward(
        latent.start, weights.norm(parameters, norm), into: normed, inverse: inverse.start, rows: rows,
        width: rank, epsilon: epsilon, lane: lane)
      linear.forward(normed, packed.queryUp, into: query, rows: rows)
    } else {
      linear.forward(x, packed.queryUp, into: query, rows: rows)
    }
    linear.forward(x, packed.keyValueDown, into: kept.keyValue.start, rows: rows)
    let normed = normScratch.floats(rows * sizes.keyValueRank)
    RMSNorm.forward(
      kept.keyValue.start, weights.norm(parameters, at.keyValueNorm), into: normed,
      inverse: kept.keyValueInverse.start, rows: rows, width: sizes.keyValueRank, epsilon: epsilon, lane: lane
    )
    let expanded = expandedScratch.floats(rows * heads.expandedWidth)
    linear.forward(normed, packed.keyValueUp, into: expanded, rows: rows)
    let ropeKey = ropeScratch.floats(rows * sizes.rope)
    linear.forward(x, packed.ropeKey, into: ropeKey, rows: rows)
    heads.forward(query: query, expanded: expanded, ropeKey: ropeKey, into: qkv, count: rows, lane: lane)
  }

  /// - Parameters:
  ///   - dQKV: `[N, Attention.width]`, at what `forward` made.
  ///   - dx: `[N, H]`, overwritten.
  func backward(
    _ dQKV: ConstFloats, x: ConstFloats, _ at: ParameterLayout.Latent, _ parameters: Parameters,
    _ weights: PackedWeights, kept: Activations.Latent, dx: Floats, gradient: FloatBuffer, rows: Int,
    scratch: Scratch
  ) {
    let (width, rank) = (config.hiddenSize, sizes.keyValueRank)
    let (w, g) = (parameters.buffer.start, gradient.start)
    let dQuery = queryScratch.floats(rows * config.heads * heads.dimension)
    let dExpanded = expandedScratch.floats(rows * heads.expandedWidth)
    let dRopeKey = ropeScratch.floats(rows * sizes.rope)
    heads.backward(
      dQKV, dQuery: dQuery, dExpanded: dExpanded, dRopeKey: dRopeKey, count: rows, lane: lane)
    let dLatent = latentBackward(
      dExpanded, raw: kept.keyValue, inverse: kept.keyValueInverse, norm: at.keyValueNorm, up: at.keyValueUp,
      parameters, weights, gradient: gradient, rows: rows, rank: rank, output: heads.expandedWidth,
      scratch: scratch)
    linear.backward(
      dLatent, x: x, weight: w + at.keyValueDown, dx: dx, dWeight: g + at.keyValueDown, rows: rows,
      input: width, output: rank)
    let rope = at.keyValueDown + rank * width
    linear.backward(
      dRopeKey, x: x, weight: w + rope, dx: dx, dWeight: g + rope, rows: rows, input: width,
      output: sizes.rope, adding: true)
    let queries = config.heads * heads.dimension
    if let raw = kept.query, let inverse = kept.queryInverse, let norm = at.queryNorm,
      let down = at.queryDown,
      let rank = sizes.queryRank
    {
      let dLatent = latentBackward(
        dQuery, raw: raw, inverse: inverse, norm: norm, up: at.queryUp, parameters, weights,
        gradient: gradient, rows: rows, rank: rank, output: queries, scratch: scratch)
      linear.backward(
        dLatent, x: x, weight: w + down, dx: dx, dWeight: g + down, rows: rows, input: width, output: rank,
        adding: true)
    } else {
      linear.backward(
        dQuery, x: x, weight: w + at.queryUp, dx: dx, dWeight: g + at.queryUp, rows: rows, input: width,
        output: queries, adding: true)
    }
  }

  /// Through the product after a latent and its norm. Valid until the next call.
  private func latentBackward(
    _ dy: ConstFloats, raw: FloatBuffer, inverse: FloatBuffer, norm: Int, up: Int, _ parameters: Parameters,
    _ weights: PackedWeights, gradient: FloatBuffer, rows: Int, rank: Int, output: Int, scratch: Scratch
  ) -> ConstFloats {
    let (w, g) = (parameters.buffer.start, gradient.start)
    let normed = normScratch.floats(rows * rank), dNormed = gradientScratch.floats(rows * rank)
    let dLatent = latentScratch.floats(rows * rank)
    RMSNorm.again(
      raw.start, weights.norm(parameters, norm), inverse: inverse.start, into: normed, rows: rows,
      width: rank, lane: lane)
    linear.backward(
      dy, x: normed, weight: w + up, dx: dNormed, dWeight: g + up, rows: rows, input: rank, output: output)
    Elementwise.zero(dLatent, count: rows * rank, lane: lane)
    RMSNorm.backward(
      dNormed, x: raw.start, weight: weights.norm(parameters, norm), inverse: inverse.start, dx: dLatent,
      dWeight: g + norm, rows: rows, width: rank, scratch: scratch, lane: lane)
    return ConstFloats(dLatent)
  }
}
