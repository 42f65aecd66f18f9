import AssayNumerics

/// What the forward of one packed batch leaves for its backward. Norms' outputs and the SwiGLU product are
/// computed again instead: they cost a pass over memory, and keeping them would double the size.
final class Activations {
  struct Layer {
    /// `[N, H]`: the residual stream before attention, and before the feed-forward block.
    let input: FloatBuffer
    let middle: FloatBuffer
    /// `[N]`: 1 / rms of the two.
    let inputInverse: FloatBuffer
    let middleInverse: FloatBuffer
    /// `[N, (heads + 2·kv)·d]`, rotated.
    let queryKeyValue: FloatBuffer
    /// `[N, (heads + kv)·d]` and `[N, heads + kv]`: before the norms of the heads, where there are any.
    let rawHeads: FloatBuffer?
    let headInverse: FloatBuffer?
    /// `[N, heads·d]` and `[N, heads]`.
    let attention: FloatBuffer
    let logSumExp: FloatBuffer
    /// `[N, 2·I]`.
    let gateUp: FloatBuffer
  }

  let capacity: Int
  let layers: [Layer]
  /// `[N, H]`: the residual stream after the last layer, its norm, and `[N]` its 1 / rms.
  let last: FloatBuffer
  let normed: FloatBuffer
  let lastInverse: FloatBuffer

  /// - Parameter keeping: Whether a backward follows; if not, all layers share one set of buffers.
  init(_ config: ModelConfig, capacity: Int, keeping: Bool) {
    self.capacity = capacity
    let headsNormed = config.family.hasHeadNorms ? config.heads + config.keyValueHeads : 0
    func buffer(_ width: Int) -> FloatBuffer { FloatBuffer(count: capacity * width) }
    func layer() -> Layer {
      Layer(
        input: buffer(config.hiddenSize), middle: buffer(config.hiddenSize), inputInverse: buffer(1),
        middleInverse: buffer(1),
        queryKeyValue: buffer((config.heads + 2 * config.keyValueHeads) * config.headDimension),
        rawHeads: headsNormed > 0 ? buffer(headsNormed * config.headDimension) : nil,
        headInverse: headsNormed > 0 ? buffer(headsNormed) : nil,
        attention: buffer(config.heads * config.headDimension), logSumExp: buffer(config.heads),
        gateUp: buffer(2 * config.intermediateSize))
    }
    if keeping {
      layers = (0..<config.layers).map { _ in layer() }
    } else {
      // Two sets in turn: a layer reads its input while it writes the next one's.
      let pair = [layer(), layer()]
      layers = (0..<config.layers).map { pair[$0 % 2] }
    }
    last = buffer(config.hiddenSize)
    normed = buffer(config.hiddenSize)
    lastInverse = buffer(1)
  }
}
