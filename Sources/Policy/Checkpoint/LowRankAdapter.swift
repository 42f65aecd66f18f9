/// A low-rank adapter of a model: `W + scale·B·A` takes the place of some of its matrices W (Hu et al. 2021,
/// arXiv:2106.09685, §4.1). Files as the Python package `peft` has them: LowRankAdapterFiles.swift.
public struct LowRankAdapter: Sendable, Equatable {
  /// The factors of one matrix `[out, in]`.
  public struct Pair: Sendable, Equatable {
    /// A, `[rank, in]`.
    public var down: HostTensor
    /// B, `[out, rank]`.
    public var up: HostTensor

    public init(down: HostTensor, up: HostTensor) {
      self.down = down
      self.up = up
    }
  }

  public var rank: Int
  public var alpha: Double
  /// Whether the scale is `alpha / √rank` instead of `alpha / rank` (`use_rslora`; Kalajdzievski 2023,
  /// arXiv:2312.03732).
  public var isRankStabilised: Bool
  /// Share of the inputs of A that training drops; none when the model is used.
  public var dropout: Double
  /// Last parts of the names of the adapted layers, such as `q_proj`.
  public var targetModules: [String]
  /// Name or path of the model that it belongs to; empty when unknown.
  public var baseModel: String
  /// By the layer's name in the model: `model.layers.0.self_attn.q_proj`.
  public var pairs: [String: Pair]

  public init(
    rank: Int, alpha: Double, isRankStabilised: Bool = false, dropout: Double = 0, targetModules: [String],
    baseModel: String = "", pairs: [String: Pair]
  ) {
    self.rank = rank
    self.alpha = alpha
    self.isRankStabilised = isRankStabilised
    self.dropout = dropout
    self.targetModules = targetModules
    self.baseModel = baseModel
    self.pairs = pairs
  }

  /// What B·A is multiplied by.
  public var scale: Double {
    isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
  }

  /// Why no adapter can be like this; nil where it can.
  var fault: String? {
    if !(1...1 << 16).contains(rank) { return "the rank is \(rank), not within 1...\(1 << 16)" }
    if !alpha.isFinite { return "alpha is \(alpha)" }
    if !(0..<1).contains(dropout) { return "the dropout is \(dropout), not within 0..<1" }
    if pairs.isEmpty { return "it adapts nothing" }
    for (name, pair) in pairs.sorted(by: { $0.key < $1.key }) {
      let (down, up) = (pair.down.shape, pair.up.shape)
      if down.count != 2 || up.count != 2 || down[0] != rank || up[1] != rank {
        return "\(name) has factors of shapes \(down) and \(up), the rank is \(rank)"
      }
      if !targetModules.contains(where: { name == $0 || name.hasSuffix("." + $0) }) {
        return "\(name) is none of the target modules \(targetModules)"
      }
    }
    return nil
  }

  /// The model with the adapter in its weights: nothing more is needed to use it.
  /// - Throws: `CheckpointError` where the model lacks a matrix, or has it in another shape.
  public func merged(into base: Checkpoint) throws(CheckpointError) -> Checkpoint {
    var merged = base
    for (name, pair) in pairs {
      let name = name + ".weight"
      guard var matrix = merged.tensors.removeValue(forKey: name) else {
        throw CheckpointError(
          file: base.origin, message: "It has no \(name). Merge the adapter into the model it was made for.")
      }
      guard matrix.shape.count == 2, matrix.shape[0] == pair.up.shape[0],
        matrix.shape[1] == pair.down.shape[1]
      else {
        throw CheckpointError(
          file: base.origin,
          message: "\(name) has shape \(matrix.shape), the adapter's factors \(pair.up.shape) and "
            + "\(pair.down.shape). Merge it into the model it was made for.")
      }
      add(pair, to: &matrix)
      merged.tensors[name] = matrix
    }
    return merged
  }

  private func add(_ pair: Pair, to matrix: inout HostTensor) {
    let width = matrix.shape[1]
    let scale = Float(scale)
    matrix.values.withUnsafeMutableBufferPointer { out in
      pair.down.values.withUnsafeBufferPointer { down in
        for (row, factors) in zip(0..., pair.up.values.chunks(of: rank)) {
          for (index, factor) in factors.enumerated() {
            let weight = scale * factor
            for column in 0..<width { out[row * width + column] += weight * down[index * width + column] }
          }
        }
      }
    }
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> some Sequence<ArraySlice<Element>> {
    stride(from: 0, to: count, by: size).lazy.map { self[$0..<Swift.min($0 + size, count)] }
  }
}
