import AssayNumerics

extension Parameters {
  /// The weights of a checkpoint in the layout that the decoder computes with.
  /// - Throws: `CheckpointError` that names the first tensor that is missing or has another shape.
  public convenience init(_ checkpoint: Checkpoint) throws(CheckpointError) {
    self.init(checkpoint.config)
    for entry in layout.entries {
      guard let tensor = checkpoint.tensors[entry.name] else {
        throw CheckpointError(
          file: checkpoint.origin, message: "The tensor \(entry.name) is missing. Export the model again.")
      }
      guard tensor.shape == entry.shape else {
        throw CheckpointError(
          file: checkpoint.origin,
          message: "\(entry.name) has shape \(tensor.shape), config.json implies \(entry.shape).")
      }
      (buffer.start + entry.offset).update(from: tensor.values, count: entry.count)
    }
  }

  public func checkpoint(tokenizer: Tokenizer) -> Checkpoint {
    var tensors: [String: HostTensor] = [:]
    for entry in layout.entries {
      let values = UnsafeBufferPointer(start: buffer.start + entry.offset, count: entry.count)
      tensors[entry.name] = HostTensor(shape: entry.shape, values: Array(values))
    }
    return Checkpoint(config: config, tensors: tensors, tokenizer: tokenizer)
  }
}
