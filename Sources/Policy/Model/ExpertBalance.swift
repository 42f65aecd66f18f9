extension Parameters {
  /// Balances experts without a loss: after a step, the bias that an expert has in the choice falls by `rate` where more
  /// tokens than the mean went to it, and rises by it where fewer did. DeepSeek-V3, arXiv:2412.19437, §2.1.2, eq. 16 and
  /// the paragraph after it; the paper's γ is 0.001 (§4.2).
  /// - Parameter loads: Tokens by layer and expert, as `Decoder.takeExpertLoads` counts them; empty for dense layers.
  public func balanceExperts(loads: [[Int]], rate: Float) {
    precondition(loads.count == layout.layers.count, "loads of \(loads.count) layers")
    for (layer, loads) in zip(layout.layers, loads) {
      guard let experts = layer.experts, !loads.isEmpty else { continue }
      let bias = buffer.start + experts.bias
      let total = loads.reduce(0, +)
      for (expert, load) in loads.enumerated() {
        // Whole numbers on both sides: a load is its layer's mean exactly, or it isn't.
        let excess = load * loads.count - total
        bias[expert] -= rate * Float(excess.signum())
      }
    }
    changed()
  }
}

extension Decoder {
  /// Tokens that went to each expert in the forwards before a backward, by layer, since the last call; empty for dense
  /// layers.
  public func takeExpertLoads() -> [[Int]] {
    defer { expertLoads = Array(repeating: [], count: config.layers) }
    return expertLoads
  }

  func countLoads(_ dispatch: ExpertDispatch, layer: Int) {
    let loads = dispatch.loads
    expertLoads[layer] =
      expertLoads[layer].isEmpty ? loads : zip(expertLoads[layer], loads).map { $0 + $1 }
  }
}
