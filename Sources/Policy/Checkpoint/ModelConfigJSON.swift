/// `config.json` of the families that are supported.
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
    guard let family = ModelFamily(rawValue: type) else {
      let known = ModelFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw error("model_type “\(type)” is not supported. Use one of \(known).")
    }
    try Self.checkSupport(json, family, error)
    // transformers 5 writes rope_parameters, the versions before it rope_theta and rope_scaling.
    let rope = (json.lacks("rope_parameters") ? json["rope_scaling"] : json["rope_parameters"]) ?? .null
    let theta = rope["rope_theta"]?.double ?? json["rope_theta"]?.double ?? 10_000
    let eos = json["eos_token_id"]
    let heads = try size("num_attention_heads")
    let hidden = try size("hidden_size")
    let layers = try size("num_hidden_layers")
    var (latent, mixture): (LatentSizes?, MixtureSizes?) = (nil, nil)
    if family == .deepseekV3 {
      let some: Size = { key, fallback throws(CheckpointError) in try size(key, default: fallback) }
      let sizes = try LatentSizes(json, some)
      if let fault = sizes.fault { throw error("\(fault). Fetch or export the file again.") }
      latent = sizes
      mixture = try MixtureSizes(json, some)
    }
    // transformers calls the rotated part of a latent head “head_dim”.
    let usual = family.defaultHeadDimension ?? hidden / max(heads, 1)
    let dimension = if let latent { latent.nope + latent.rope } else { try size("head_dim", default: usual) }
    self.init(
      family: family, vocabularySize: try size("vocab_size"), hiddenSize: hidden,
      intermediateSize: try size("intermediate_size"), layers: layers, heads: heads,
      keyValueHeads: try size("num_key_value_heads", default: heads),
      headDimension: dimension,
      ropeTheta: Float(theta), ropeScaling: try Self.scaling(rope, error),
      // null says that there is none.
      slidingWindow: family == .mistral
        ? json["sliding_window"] == nil ? 4096 : try size("sliding_window", default: 0) : 0,
      rmsNormEpsilon: Float(json["rms_norm_eps"]?.double ?? 1e-6),
      tieWordEmbeddings: json["tie_word_embeddings"]?.bool ?? family.defaultTie,
      maxPositions: try size("max_position_embeddings", default: 2048),
      bosToken: json["bos_token_id"]?.int,
      eosTokens: eos?.array?.compactMap(\.int) ?? eos?.int.map { [$0] } ?? [], latent: latent,
      mixture: mixture)
    if let fault { throw error("\(fault). Fetch or export the file again.") }
  }

  /// What of a family is not supported.
  private static func checkSupport(
    _ json: JSON, _ family: ModelFamily, _ error: (String) -> CheckpointError
  ) throws(CheckpointError) {
    let activation = (json["hidden_activation"] ?? .null).string ?? json["hidden_act"]?.string
    // Gemma's first files say “gelu” and mean its approximation; transformers reads them so.
    let known = family.activation == .gelu ? ["gelu_pytorch_tanh", "gelu"] : ["silu"]
    if let activation, !known.contains(activation) {
      throw error("hidden_act “\(activation)” is not supported, only \(known[0]).")
    }
    for key in ["attention_bias", "mlp_bias", "use_sliding_window"] where json[key]?.bool == true {
      throw error("\(key) is not supported.")
    }
    if family == .deepseekV3 { try checkDeepSeek(json, error) }
    if family != .mistral, let kinds = json["layer_types"]?.array,
      let kind = kinds.compactMap(\.string).first(where: { $0 != "full_attention" })
    {
      throw error("Layers of the type “\(kind)” are not supported.")
    }
  }

  private static func scaling(
    _ rope: JSON, _ error: (String) -> CheckpointError
  ) throws(CheckpointError) -> RopeScaling? {
    let type = rope["rope_type"]?.string ?? rope["type"]?.string ?? "default"
    if type == "default" { return nil }
    guard type == "llama3" else {
      throw error("The rotary embedding is scaled by “\(type)”, which is not supported.")
    }
    guard let factor = rope["factor"]?.double, let low = rope["low_freq_factor"]?.double,
      let high = rope["high_freq_factor"]?.double,
      let positions = rope["original_max_position_embeddings"]?.int, factor >= 1, factor.isFinite, low > 0,
      high > low, high.isFinite, positions > 0, positions <= 1 << 24
    else {
      throw error(
        "The scaling “llama3” needs factor ≥ 1, 0 < low_freq_factor < high_freq_factor and "
          + "original_max_position_embeddings. Fetch the file again.")
    }
    return RopeScaling(factor: factor, lowFactor: low, highFactor: high, originalPositions: positions)
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
    if (latent != nil) != (family == .deepseekV3) || (latent == nil) != (mixture == nil) {
      return "latent attention and experts are of the family deepseek_v3, and of no other"
    }
    if let latent {
      if let fault = latent.fault { return fault }
      if keyValueHeads != heads { return "num_key_value_heads \(keyValueHeads) is not num_attention_heads" }
      if headDimension != latent.nope + latent.rope { return "heads of \(headDimension) are not nope + rope" }
    } else if headDimension % 2 != 0 {
      return "head_dim \(headDimension) is odd, so it can't be rotated in pairs"
    }
    if let fault = mixture?.fault(layers: layers) { return fault }
    if !(ropeTheta > 0) || !ropeTheta.isFinite { return "rope_theta is \(ropeTheta)" }
    if !(rmsNormEpsilon >= 0) || !rmsNormEpsilon.isFinite { return "rms_norm_eps is \(rmsNormEpsilon)" }
    if !(0...1 << 24).contains(slidingWindow) { return "sliding_window is \(slidingWindow)" }
    if eosTokens.count > 1024 { return "eos_token_id names \(eosTokens.count) tokens, at most 1024 are read" }
    if let token = (eosTokens + (bosToken.map { [$0] } ?? [])).first(where: { $0 < 0 || $0 >= vocabularySize }
    ) {
      return "the token \(token) is not in the vocabulary of \(vocabularySize)"
    }
    return nil
  }

  /// As transformers reads it, in versions 4 and 5 alike.
  func json(padToken: Int32?, type: Checkpoint.StoredType) -> JSON {
    func number(_ value: Float) -> JSON { .number(Double("\(value)") ?? Double(value)) }
    let activation = JSON.string(family.activation == .gelu ? "gelu_pytorch_tanh" : "silu")
    var entries: [(String, JSON)] = [
      ("architectures", .array([.string(family.className)])),
      ("attention_bias", .bool(family.hasBias)),
      ("attention_dropout", .number(0)),
      ("bos_token_id", bosToken.map(JSON.int) ?? .null),
      ("eos_token_id", eosJSON),
      ("head_dim", .int(rotatedDimension)),
      ("hidden_act", activation),
      ("hidden_size", .int(hiddenSize)),
      ("initializer_range", .number(0.02)),
      ("intermediate_size", .int(intermediateSize)),
      ("max_position_embeddings", .int(maxPositions)),
      ("mlp_bias", .bool(false)),
      ("model_type", .string(family.rawValue)),
      ("num_attention_heads", .int(heads)),
      ("num_hidden_layers", .int(layers)),
      ("num_key_value_heads", .int(keyValueHeads)),
      ("pad_token_id", padToken.map { .int(Int($0)) } ?? .null),
      ("rms_norm_eps", number(rmsNormEpsilon)),
      ("rope_scaling", ropeScaling?.json ?? .null),
      ("rope_theta", number(ropeTheta)),
      ("tie_word_embeddings", .bool(tieWordEmbeddings)),
      ("torch_dtype", .string(type.rawValue)),
      ("use_cache", .bool(true)),
      ("vocab_size", .int(vocabularySize)),
    ]
    switch family {
    case .llama: break
    case .mistral: entries.append(("sliding_window", slidingWindow > 0 ? .int(slidingWindow) : .null))
    case .qwen2, .qwen3: entries.append(("use_sliding_window", .bool(false)))
    case .gemma: entries.append(("hidden_activation", activation))
    case .deepseekV3: entries += (latent?.entries ?? []) + (mixture?.entries ?? [])
    }
    // Only these have the option; Qwen 2 always has the biases.
    if ![.llama, .qwen3, .deepseekV3].contains(family) { entries.removeAll { $0.0 == "attention_bias" } }
    if family != .llama { entries.removeAll { $0.0 == "mlp_bias" } }
    return .object(entries)
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

extension RopeScaling {
  var json: JSON {
    .object([
      ("factor", .number(factor)), ("high_freq_factor", .number(highFactor)),
      ("low_freq_factor", .number(lowFactor)),
      ("original_max_position_embeddings", .int(originalPositions)), ("rope_type", .string("llama3")),
    ])
  }
}
