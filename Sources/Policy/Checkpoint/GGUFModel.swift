/// A model of the Llama family out of a GGUF file, in the names and the order of Hugging Face.
extension GGUFFile {
  func checkpoint() throws(CheckpointError) -> Checkpoint {
    var config = try config()
    let tokenizer = try tokenizer()
    config.eosTokens = tokenizer.eosTokens.map(Int.init)
    config.bosToken = tokenizer.bosToken.map(Int.init)
    if let fault = config.fault {
      throw CheckpointError(file: path, message: "\(fault). Fetch or convert the file again.")
    }
    guard tokenizer.vocabularySize <= config.vocabularySize else {
      throw CheckpointError(
        file: path,
        message: "It has \(tokenizer.vocabularySize) tokens, and embeddings of \(config.vocabularySize).")
    }
    var tensors: [String: HostTensor] = [:]
    for entry in ParameterLayout(config).entries {
      let name = Self.name(of: entry.name)
      guard let shape = self.tensors[name]?.shape else {
        throw CheckpointError(file: path, message: "The tensor \(name) is missing. Fetch the file again.")
      }
      guard shape == entry.shape else {
        throw CheckpointError(
          file: path, message: "\(name) has shape \(shape), the metadata imply \(entry.shape).")
      }
      var tensor = try tensor(name)
      if entry.name.hasSuffix("q_proj.weight") { tensor.uninterleave(heads: config.heads) }
      if entry.name.hasSuffix("k_proj.weight") { tensor.uninterleave(heads: config.keyValueHeads) }
      tensors[entry.name] = tensor
    }
    let known = Set(ParameterLayout(config).entries.map { Self.name(of: $0.name) })
    if let other = self.tensors.keys.sorted().first(where: { $0.hasPrefix("blk.") && !known.contains($0) }) {
      throw CheckpointError(
        file: path,
        message:
          "It has the tensor \(other), which a model of the Llama family has no use for: without it the logits "
          + "would be others. Use a model without it.")
    }
    return Checkpoint(config: config, tensors: tensors, tokenizer: tokenizer, origin: path)
  }

  /// `gguf-py/gguf/constants.py` of llama.cpp, the other way round.
  static func name(of name: String) -> String {
    let whole = [
      "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
      "lm_head.weight": "output.weight",
    ]
    if let name = whole[name] { return name }
    let inLayer = [
      "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
      "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
      "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    ]
    let parts = name.split(separator: ".")
    guard parts.count > 4, let short = inLayer[parts[3..<parts.count - 1].joined(separator: ".")] else {
      return name
    }
    return "blk.\(parts[2]).\(short).weight"
  }

  /// Without the tokens that begin and end a text, which are the tokenizer's.
  func config() throws(CheckpointError) -> ModelConfig {
    func error(_ what: String) -> CheckpointError { CheckpointError(file: path, message: what) }
    let architecture = metadata["general.architecture"]?.string ?? ""
    guard architecture == "llama" else {
      throw error("The architecture “\(architecture)” is not supported. Use a model of the Llama family.")
    }
    func size(_ key: String, default fallback: Int? = nil) throws(CheckpointError) -> Int {
      guard let value = metadata["llama." + key]?.int ?? fallback else {
        throw error("llama.\(key) is missing, or no whole number. Fetch or convert the file again.")
      }
      return value
    }
    if let scaling = metadata["llama.rope.scaling.type"]?.string, scaling != "none" {
      throw error("The rotary embedding is scaled by “\(scaling)”, which is not supported.")
    }
    // Without a type llama.cpp scales linearly.
    let factor =
      metadata["llama.rope.scaling.factor"]?.double ?? metadata["llama.rope.scale_linear"]?.double ?? 1
    if metadata["llama.rope.scaling.type"] == nil, factor != 0, factor != 1 {
      throw error("The rotary embedding is scaled by \(factor), which is not supported.")
    }
    if tensors["rope_freqs.weight"] != nil {
      throw error("The rotary embedding has its own frequencies (Llama 3.1), which is not supported.")
    }
    if metadata["llama.expert_count"]?.int ?? 0 > 0 { throw error("Mixtures of experts are not supported.") }
    let heads = try size("attention.head_count")
    let hidden = try size("embedding_length")
    guard let embedding = tensors["token_embd.weight"], let rows = embedding.shape.first else {
      throw error("The tensor token_embd.weight is missing. Fetch the file again.")
    }
    let dimension = try size("attention.key_length", default: hidden / max(heads, 1))
    let rotated = try size("rope.dimension_count", default: dimension)
    guard rotated == dimension else {
      throw error(
        "\(rotated) of \(dimension) dimensions of a head are rotated; only all of them is supported.")
    }
    return ModelConfig(
      vocabularySize: rows, hiddenSize: hidden, intermediateSize: try size("feed_forward_length"),
      layers: try size("block_count"), heads: heads,
      keyValueHeads: try size("attention.head_count_kv", default: heads), headDimension: dimension,
      ropeTheta: Float(metadata["llama.rope.freq_base"]?.double ?? 10_000),
      rmsNormEpsilon: Float(metadata["llama.attention.layer_norm_rms_epsilon"]?.double ?? 1e-5),
      tieWordEmbeddings: tensors["output.weight"] == nil, maxPositions: try size("context_length"))
  }
}

extension HostTensor {
  /// Rows of a head from GGUF's order, which rotates neighbours, to Hugging Face's, which rotates halves:
  /// row `2i + half` becomes row `half·d/2 + i` (`permute` in convert_hf_to_gguf.py of llama.cpp).
  mutating func uninterleave(heads: Int) {
    guard shape.count == 2, heads > 0, shape[0] % (2 * heads) == 0 else { return }
    let width = shape[1]
    let half = shape[0] / heads / 2
    let source = values
    source.withUnsafeBufferPointer { source in
      values.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for head in 0..<heads {
          for row in 0..<2 * half {
            let from = head * 2 * half + row
            let to = head * 2 * half + row % 2 * half + row / 2
            (target + to * width).update(from: source + from * width, count: width)
          }
        }
      }
    }
  }
}
