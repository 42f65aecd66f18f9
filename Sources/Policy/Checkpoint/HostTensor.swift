/// A named weight as it comes from or goes to a file: fp32, row-major.
public struct HostTensor: Sendable, Equatable {
  /// As in the Hugging Face checkpoint: `[out, in]` of a linear layer, `[V, H]` of the embedding.
  public var shape: [Int]
  public var values: [Float]

  public init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "shape \(shape) does not hold \(values.count) values")
    self.shape = shape
    self.values = values
  }
}
