/// A model as it lies on disk: shape, named weights in fp32, tokenizer.
public struct Checkpoint: Sendable {
  public var config: ModelConfig
  /// By the names of a Hugging Face checkpoint (`model.layers.0.self_attn.q_proj.weight`).
  public var tensors: [String: HostTensor]
  public var tokenizer: Tokenizer
  /// The path that it came from; empty when it was made here.
  public var origin: String

  public init(
    config: ModelConfig, tensors: [String: HostTensor], tokenizer: Tokenizer, origin: String = ""
  ) {
    self.config = config
    self.tensors = tensors
    self.tokenizer = tokenizer
    self.origin = origin
  }
}
