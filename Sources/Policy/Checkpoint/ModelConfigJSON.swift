/// `config.json` of the Llama family.
extension ModelConfig {
  /// - Parameter path: of a `config.json`.
  public init(jsonFile path: String) throws(CheckpointError) {
    try self.init(try MappedFile.json(path), file: path)
  }

  init(_ json: JSON, file: String) throws(CheckpointError) {
    func error(_ what: String) -> CheckpointError { CheckpointError(file: file, message: what) }
    guard json.object != nil else { throw error("It holds no object. Fetch or export the file again.") }
    func size(_ key: String, default fallback: Int? = nil) throws(CheckpointError) -> Int {
      if json.lacks(key), let fallback { return fallback }
      guard let value = json[key]?.int else { throw error("“\(key)” is missing, or no whole number.") }
      return value
    }
    let type = json["model_type"]?.string ?? "llama"
    guard type == "llama" else {
      throw error("model_type “\(type)” is not supported. Use a model of the Llama family.")
    }
    let activation = json["hidden_act"]?.string ?? "silu"
    guard activation == "silu" else { throw error("hidden_act “\(activation)” is not supported, only silu.") }
    for key in ["attention_bias", "mlp_bias"] where json[key]?.bool == true {
      throw error("\(key) is not supported.")
    }
    // transformers 5 writes rope_parameters, the versions before it rope_theta and rope_scaling.
    let rope = json["rope_parameters"] ?? json["rope_scaling"] ?? .null
    let scaling = rope["rope_type"]?.string ?? rope["type"]?.string ?? "default"
    guard scaling == "default" else {
      throw error("The rotary embedding is scaled by “\(scaling)”, which is not supported.")
    }
    let theta = rope["rope_theta"]?.double ?? json["rope_theta"]?.double ?? 10_000
    let eos = json["eos_token_id"]
    let heads = try size("num_attention_heads")
    let hidden = try size("hidden_size")
    self.init(
      vocabularySize: try size("vocab_size"), hiddenSize: hidden,
      intermediateSize: try size("intermediate_size"), layers: try size("num_hidden_layers"), heads: heads,
      keyValueHeads: try size("num_key_value_heads", default: heads),
      headDimension: try size("head_dim", default: hidden / max(heads, 1)), ropeTheta: Float(theta),
      rmsNormEpsilon: Float(json["rms_norm_eps"]?.double ?? 1e-6),
      tieWordEmbeddings: json["tie_word_embeddings"]?.bool ?? false,
      maxPositions: try size("max_position_embeddings", default: 2048),
      bosToken: json["bos_token_id"]?.int,
      eosTokens: eos?.array?.compactMap(\.int) ?? eos?.int.map { [$0] } ?? [])
    if let fault { throw error("\(fault). Fetch or export the file again.") }
  }

  /// Why no model can have this shape; nil where one can. Keeps every size below 2²⁴, so that products fit.
  var fault: String? {
    let sizes = [
      ("vocab_size", vocabularySize, 1 << 24), ("hidden_size", hiddenSize, 1 << 20),
      ("intermediate_size", intermediateSize, 1 << 22), ("num_hidden_layers", layers, 1 << 12),
      ("num_attention_heads", heads, 1 << 12), ("num_key_value_heads", keyValueHeads, 1 << 12),
      ("head_dim", headDimension, 1 << 12), ("max_position_embeddings", maxPositions, 1 << 24),
    ]
    for (name, value, limit) in sizes where value < 1 || value > limit {
      return "\(name) is \(value), not within 1...\(limit)"
    }
    if heads % keyValueHeads != 0 {
      return "num_attention_heads \(heads) is no multiple of num_key_value_heads \(keyValueHeads)"
    }
    if headDimension % 2 != 0 { return "head_dim \(headDimension) is odd, so it can't be rotated in pairs" }
    if !(ropeTheta > 0) || !ropeTheta.isFinite { return "rope_theta is \(ropeTheta)" }
    if !(rmsNormEpsilon >= 0) || !rmsNormEpsilon.isFinite { return "rms_norm_eps is \(rmsNormEpsilon)" }
    if eosTokens.count > 1024 { return "eos_token_id names \(eosTokens.count) tokens, at most 1024 are read" }
    if let token = (eosTokens + (bosToken.map { [$0] } ?? [])).first(where: { $0 < 0 || $0 >= vocabularySize }
    ) {
      return "the token \(token) is not in the vocabulary of \(vocabularySize)"
    }
    return nil
  }

  /// As `LlamaForCausalLM` reads it, in transformers 4 and 5 alike.
  func json(padToken: Int32?, type: Checkpoint.StoredType) -> JSON {
    .object([
      ("architectures", .array([.string("LlamaForCausalLM")])),
      ("attention_bias", .bool(false)),
      ("attention_dropout", .number(0)),
      ("bos_token_id", bosToken.map(JSON.int) ?? .null),
      ("eos_token_id", eosJSON),
      ("head_dim", .int(headDimension)),
      ("hidden_act", .string("silu")),
      ("hidden_size", .int(hiddenSize)),
      ("initializer_range", .number(0.02)),
      ("intermediate_size", .int(intermediateSize)),
      ("max_position_embeddings", .int(maxPositions)),
      ("mlp_bias", .bool(false)),
      ("model_type", .string("llama")),
      ("num_attention_heads", .int(heads)),
      ("num_hidden_layers", .int(layers)),
      ("num_key_value_heads", .int(keyValueHeads)),
      ("pad_token_id", padToken.map { .int(Int($0)) } ?? .null),
      ("rms_norm_eps", .number(Double("\(rmsNormEpsilon)") ?? Double(rmsNormEpsilon))),
      ("rope_scaling", .null),
      ("rope_theta", .number(Double("\(ropeTheta)") ?? Double(ropeTheta))),
      ("tie_word_embeddings", .bool(tieWordEmbeddings)),
      ("torch_dtype", .string(type.rawValue)),
      ("use_cache", .bool(true)),
      ("vocab_size", .int(vocabularySize)),
    ])
  }

  /// `generation_config.json`: what ends a completion.
  func generationJSON(padToken: Int32?) -> JSON {
    .object(
      [
        ("bos_token_id", bosToken.map(JSON.int) ?? .null), ("eos_token_id", eosJSON),
        ("pad_token_id", padToken.map { .int(Int($0)) } ?? .null),
      ].filter { !$0.1.isNull })
  }

  private var eosJSON: JSON {
    switch eosTokens.count {
    case 0: .null
    case 1: .int(eosTokens[0])
    default: .array(eosTokens.map(JSON.int))
    }
  }
}
