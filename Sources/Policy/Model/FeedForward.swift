import AssayNumerics

/// The feed-forward block of a layer: down(act(gate·x) ⊙ up·x); in a layer with experts that is what the shared ones are,
/// and those that a row chooses are added to it.
extension Decoder {
  /// - Parameters:
  ///   - x: `[N, H]`, normed. - y: `[N, H]`, added to.
  func feedForward(
    _ x: ConstFloats, layer index: Int, _ parameters: Parameters, _ weights: PackedWeights,
    kept: Activations.Layer, into y: Floats, rows: Int
  ) {
    let (packed, middle) = (weights.layers[index], config.denseWidth(layer: index))
    let product = productScratch.floats(rows * middle)
    linear.forward(x, packed.gateUp, into: kept.gateUp.start, rows: rows)
    unit.forward(kept.gateUp.start, into: product, rows: rows, width: middle, lane: lane)
    linear.forward(product, packed.down, into: y, rows: rows, adding: true)
    if let experts, let at = layout.layers[index].experts, let packed = packed.experts,
      let kept = kept.experts
    {
      experts.forward(x, at, parameters, packed, kept: kept, into: y, rows: rows)
    }
  }

  /// - Parameters:
  ///   - dy: `[N, H]`. - dx: `[N, H]`, overwritten.
  func feedForwardBackward(
    _ dy: ConstFloats, x: ConstFloats, layer index: Int, _ parameters: Parameters, kept: Activations.Layer,
    dx: Floats, gradient: FloatBuffer, rows: Int
  ) {
    let (at, middle, width) = (layout.layers[index], config.denseWidth(layer: index), config.hiddenSize)
    let (w, g) = (parameters.buffer.start, gradient.start)
    let product = productScratch.floats(rows * middle)
    let dProduct = dProductScratch.floats(rows * middle)
    let dGateUp = gateUpScratch.floats(rows * 2 * middle)
    unit.forward(kept.gateUp.start, into: product, rows: rows, width: middle, lane: lane)
    linear.backward(
      dy, x: product, weight: w + at.down, dx: dProduct, dWeight: g + at.down, rows: rows, input: middle,
      output: width)
    unit.backward(
      dProduct, gateUp: kept.gateUp.start, dGateUp: dGateUp, rows: rows, width: middle, lane: lane)
    linear.backward(
      dGateUp, x: x, weight: w + at.gateUp, dx: dx, dWeight: g + at.gateUp, rows: rows, input: width,
      output: 2 * middle)
    if let experts, let at = at.experts, let kept = kept.experts {
      experts.backward(dy, x: x, at, parameters, kept: kept, dx: dx, gradient: gradient, rows: rows)
    }
  }
}
