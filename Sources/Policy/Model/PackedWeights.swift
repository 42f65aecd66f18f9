import AssayNumerics

/// A decoder's matrices in the order that the forward products read them.
final class PackedWeights: Sendable {
  struct Layer: Sendable {
    let queryKeyValue: PackedMatrix
    let output: PackedMatrix
    let gateUp: PackedMatrix
    let down: PackedMatrix
  }

  let layers: [Layer]
  let head: PackedMatrix
  /// Norms' weights as they multiply, where they are stored less one; nil where they are stored as they are.
  private let norms: FloatBuffer?
  private let config: ModelConfig

  init(_ config: ModelConfig, _ kernels: Kernels) {
    self.config = config
    func matrix() -> PackedMatrix { PackedMatrix(kernels) }
    layers = (0..<config.layers).map { _ in
      Layer(queryKeyValue: matrix(), output: matrix(), gateUp: matrix(), down: matrix())
    }
    head = matrix()
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
    let (width, middle, heads) = (
      config.hiddenSize, config.intermediateSize, config.heads * config.headDimension
    )
    for (layer, at) in zip(layers, layout.layers) {
      pack(
        layer.queryKeyValue, at.queryKeyValue, input: width,
        output: heads + 2 * config.keyValueHeads * config.headDimension)
      pack(layer.output, at.output, input: heads, output: width)
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
