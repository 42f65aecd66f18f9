import AssayNumerics

/// A decoder's matrices in the order that the forward products read them.
final class PackedWeights: Sendable {
  struct Layer: Sendable {
    /// Empty where attention is latent.
    let queryKeyValue: PackedMatrix
    let latent: Latent?
    let output: PackedMatrix
    let experts: Experts?
    let gateUp: PackedMatrix
    let down: PackedMatrix
  }

  struct Latent: Sendable {
    /// Empty where queries have no latent.
    let queryDown: PackedMatrix
    let queryUp: PackedMatrix
    let keyValueDown: PackedMatrix
    let ropeKey: PackedMatrix
    let keyValueUp: PackedMatrix
  }

  struct Experts: Sendable {
    /// Always fp32: a choice should not depend on how factors are rounded.
    let router: PackedMatrix
    let gateUp: [PackedMatrix]
    let down: [PackedMatrix]
  }

  let layers: [Layer]
  let head: PackedMatrix
  /// Norms' weights as they multiply, where they are stored less one; nil where they are stored as they are.
  private let norms: FloatBuffer?
  private let config: ModelConfig

  init(_ config: ModelConfig, _ kernels: Kernels, _ format: WeightFormat) {
    self.config = config
    func matrix() -> PackedMatrix { PackedMatrix(kernels, format: format) }
    layers = (0..<config.layers).map { layer in
      let experts = config.hasExperts(layer: layer) ? config.mixture?.experts : nil
      return Layer(
        queryKeyValue: matrix(),
        latent: config.latent.map { _ in
          Latent(
            queryDown: matrix(), queryUp: matrix(), keyValueDown: matrix(), ropeKey: matrix(),
            keyValueUp: matrix())
        }, output: matrix(),
        experts: experts.map { count in
          Experts(
            router: PackedMatrix(Kernels(.fp32)), gateUp: (0..<count).map { _ in matrix() },
            down: (0..<count).map { _ in matrix() })
        }, gateUp: matrix(), down: matrix())
    }
    head = matrix()
    for (index, layer) in layers.enumerated() where layer.latent == nil && layer.experts == nil {
      layer.queryKeyValue.then = layer.output
      layer.output.then = layer.gateUp
      layer.gateUp.then = layer.down
      layer.down.then = index + 1 < layers.count ? layers[index + 1].queryKeyValue : head
    }
    norms = config.family.normOffset == 0 ? nil : FloatBuffer(count: ParameterLayout(config).normCount)
  }

  /// A norm's weight as it multiplies.
  /// - Parameter offset: Of the parameter.
  func norm(_ parameters: Parameters, _ offset: Int) -> ConstFloats {
    guard let norms, let place = parameters.layout.normPlaces[offset] else {
      return ConstFloats(parameters.buffer.start + offset)
    }
    return ConstFloats(norms.start + place)
  }

  func pack(_ parameters: Parameters, lane: Lane) {
    let w = parameters.buffer.start, layout = parameters.layout
    func pack(_ matrix: PackedMatrix, _ offset: Int, input: Int, output: Int) {
      matrix.pack(w + offset, row: input, k: input, columns: output, isTransposed: true, lane: lane)
    }
    let (width, queries) = (config.hiddenSize, config.heads * config.headDimension)
    for (index, (layer, at)) in zip(layers, layout.layers).enumerated() {
      if let sizes = config.latent, let latent = layer.latent, let at = at.latent {
        if let rank = sizes.queryRank, let down = at.queryDown {
          pack(latent.queryDown, down, input: width, output: rank)
        }
        pack(latent.queryUp, at.queryUp, input: sizes.queryRank ?? width, output: queries)
        let rank = sizes.keyValueRank
        pack(latent.keyValueDown, at.keyValueDown, input: width, output: rank)
        pack(latent.ropeKey, at.keyValueDown + rank * width, input: width, output: sizes.rope)
        pack(
          latent.keyValueUp, at.keyValueUp, input: rank, output: config.heads * (sizes.nope + sizes.value))
      } else {
        pack(
          layer.queryKeyValue, at.queryKeyValue, input: width,
          output: queries + 2 * config.keyValueHeads * config.headDimension)
      }
      pack(layer.output, at.output, input: config.heads * config.valueDimension, output: width)
      if let mixture = config.mixture, let experts = layer.experts, let at = at.experts {
        pack(experts.router, at.router, input: width, output: mixture.experts)
        for expert in 0..<mixture.experts {
          pack(experts.gateUp[expert], at.gateUp[expert], input: width, output: 2 * mixture.width)
          pack(experts.down[expert], at.down[expert], input: mixture.width, output: width)
        }
      }
      let middle = config.denseWidth(layer: index)
      pack(layer.gateUp, at.gateUp, input: width, output: 2 * middle)
      pack(layer.down, at.down, input: middle, output: width)
    }
    pack(head, layout.head, input: width, output: config.vocabularySize)
    guard let norms else { return }
    for entry in layout.entries {
      guard let place = layout.normPlaces[entry.offset] else { continue }
      for i in 0..<entry.count { norms.start[place + i] = w[entry.offset + i] + config.family.normOffset }
    }
  }
}
