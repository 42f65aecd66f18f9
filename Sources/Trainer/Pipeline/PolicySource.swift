public import Policy

/// The policy that a chain starts from: weights and tokenizer.
public struct PolicySource: Sendable {
  public var parameters: Parameters
  public var tokenizer: Tokenizer

  public init(parameters: Parameters, tokenizer: Tokenizer) {
    self.parameters = parameters
    self.tokenizer = tokenizer
  }

  /// As `policy:` of the recipe says: `spark`, or a GGUF file or Hugging Face folder.
  public init(_ recipe: Recipe) throws(CheckpointError) {
    if recipe.policy.model == "spark" {
      self = Self.spark(recipe.policy.spark, seed: UInt64(recipe.seed), longest: 512)
    } else {
      let checkpoint = try Checkpoint.load(recipe.policy.model)
      self.init(parameters: try Parameters(checkpoint), tokenizer: checkpoint.tokenizer)
    }
  }

  /// A small decoder, initialised from the seed, over bytes and a few whole words.
  static func spark(_ shape: SparkRecipe, seed: UInt64, longest: Int) -> PolicySource {
    let tokenizer = Tokenizer.byteLevel(
      specialTokens: ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"],
      words: [
        "think", "Answer", "</", ">", "```", ">```", "python", "def", " f", " return", "):", "knight",
        " knight", "knave", " knave",
      ],
      chatTemplate: "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}"
        + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
      eos: "<|end|>")
    let config = ModelConfig(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: shape.hiddenSize,
      intermediateSize: shape.intermediateSize, layers: shape.layers, heads: shape.heads,
      keyValueHeads: shape.keyValueHeads, maxPositions: longest,
      eosTokens: tokenizer.eosTokens.map(Int.init))
    return PolicySource(
      parameters: Parameters(initialising: config, seed: seed), tokenizer: tokenizer)
  }
}
