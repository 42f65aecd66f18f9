import AssayNumerics

/// What the forward of one packed batch leaves for its backward. Norms' outputs and the SwiGLU product are
/// computed again instead: they cost a pass over memory, and keeping them would double the size.
final class Activations {
  struct Layer {
    /// `[N, H]`: the residual stream before attention, and before the feed-forward block.
    var input: FloatBuffer
    let middle: FloatBuffer
    /// `[N]`: 1 / rms of the two.
    let inputInverse: FloatBuffer
    let middleInverse: FloatBuffer
    /// `[N, Attention.width]`, rotated.
    let queryKeyValue: FloatBuffer
    /// `[N, (heads + kv)·d]` and `[N, heads + kv]`: before the norms of the heads, where there are any.
    let rawHeads: FloatBuffer?
    let headInverse: FloatBuffer?
    let latent: Latent?
    /// `[N, Attention.outputWidth]` and `[N, heads]`.
    let attention: FloatBuffer
    let logSumExp: FloatBuffer
    /// `[N, 2·I]`; in a layer with experts, of the shared ones.
    let gateUp: FloatBuffer
    let experts: Experts?

    /// - Parameter index: Of the layer; nil: for any of them.
    init(_ config: ModelConfig, capacity: Int, index: Int?) {
      func buffer(_ width: Int) -> FloatBuffer { FloatBuffer(uninitialised: capacity * width) }
      let headsNormed = config.family.hasHeadNorms ? config.heads + config.keyValueHeads : 0
      (input, middle) = (buffer(config.hiddenSize), buffer(config.hiddenSize))
      (inputInverse, middleInverse) = (buffer(1), buffer(1))
      queryKeyValue = buffer(
        (config.heads + config.keyValueHeads) * config.headDimension
          + config.keyValueHeads * config.valueDimension)
      rawHeads = headsNormed > 0 ? buffer(headsNormed * config.headDimension) : nil
      headInverse = headsNormed > 0 ? buffer(headsNormed) : nil
      latent = config.latent.map { sizes in
        Latent(
          query: sizes.queryRank.map { buffer($0) }, queryInverse: sizes.queryRank.map { _ in buffer(1) },
          keyValue: buffer(sizes.keyValueRank), keyValueInverse: buffer(1))
      }
      attention = buffer(config.heads * config.valueDimension)
      logSumExp = buffer(config.heads)
      let some = index.map { $0..<$0 + 1 } ?? 0..<config.layers
      gateUp = buffer(2 * (some.map(config.denseWidth).max() ?? 0))
      experts = some.contains(where: config.hasExperts) ? config.mixture.map { Experts($0, capacity) } : nil
    }
  }

  /// Before their norms, and 1 / rms.
  struct Latent {
    /// `[N, rank]` and `[N]`.
    let query: FloatBuffer?
    let queryInverse: FloatBuffer?
    let keyValue: FloatBuffer
    let keyValueInverse: FloatBuffer
  }

  final class Experts {
    /// `[N, experts]`: the router's scores.
    let scores: FloatBuffer
    /// `[N, chosen]`: weights of those that were chosen.
    let weights: FloatBuffer
    /// `[N·chosen, 2·width]`, in the order of `dispatch`.
    let gateUp: FloatBuffer
    var dispatch = ExpertDispatch()

    init(_ sizes: MixtureSizes, _ capacity: Int) {
      scores = FloatBuffer(uninitialised: capacity * sizes.experts)
      weights = FloatBuffer(uninitialised: capacity * sizes.chosen)
      gateUp = FloatBuffer(uninitialised: capacity * sizes.chosen * 2 * sizes.width)
    }
  }

  let capacity: Int
  let layers: [Layer]
  /// `[N, H]`: the residual stream after the last layer, its norm, and `[N]` its 1 / rms.
  let last: FloatBuffer
  let normed: FloatBuffer
  let lastInverse: FloatBuffer

  /// What each layer keeps as its own.
  enum Extent {
    /// No backward follows.
    case nothing
    /// Its input; the backward runs the layer again.
    case inputs
    case all
  }

  init(_ config: ModelConfig, capacity: Int, keeping: Extent) {
    self.capacity = capacity
    func buffer(_ width: Int) -> FloatBuffer { FloatBuffer(uninitialised: capacity * width) }
    switch keeping {
    case .all: layers = (0..<config.layers).map { Layer(config, capacity: capacity, index: $0) }
    case .inputs:
      let shared = Layer(config, capacity: capacity, index: nil)
      layers = (0..<config.layers).map { _ in
        var layer = shared
        layer.input = buffer(config.hiddenSize)
        return layer
      }
    case .nothing:
      // Two sets in turn: a layer reads its input while it writes the next one's.
      let pair = (0..<2).map { _ in Layer(config, capacity: capacity, index: nil) }
      layers = (0..<config.layers).map { pair[$0 % 2] }
    }
    last = buffer(config.hiddenSize)
    normed = buffer(config.hiddenSize)
    lastInverse = buffer(1)
  }
}
