/// What `config.json` of DeepSeek-V3 says beyond other families.
extension ModelConfig {
  typealias Size = (_ key: String, _ fallback: Int?) throws(CheckpointError) -> Int

  /// What the file may ask for that is not what the paper has.
  static func checkDeepSeek(_ json: JSON, _ error: (String) -> CheckpointError) throws(CheckpointError) {
    for (key, known) in [("topk_method", "noaux_tc"), ("scoring_func", "sigmoid")] {
      if let value = json[key]?.string, value != known {
        throw error("\(key) “\(value)” is not supported, only \(known).")
      }
    }
    if let frequency = json["moe_layer_freq"]?.int, frequency != 1 {
      throw error("moe_layer_freq \(frequency) is not supported, only 1.")
    }
  }
}

extension LatentSizes {
  init(_ json: JSON, _ size: ModelConfig.Size) throws(CheckpointError) {
    self.init(
      queryRank: json.lacks("q_lora_rank") ? nil : try size("q_lora_rank", nil),
      keyValueRank: try size("kv_lora_rank", nil), nope: try size("qk_nope_head_dim", nil),
      rope: try size("qk_rope_head_dim", nil), value: try size("v_head_dim", nil),
      rotatesNeighbours: json["rope_interleave"]?.bool ?? true)
  }

  var fault: String? {
    for (name, value, limit) in [
      ("q_lora_rank", queryRank ?? 1, 1 << 20), ("kv_lora_rank", keyValueRank, 1 << 20),
      ("qk_nope_head_dim", nope, 1 << 11), ("qk_rope_head_dim", rope, 1 << 11),
      ("v_head_dim", value, 1 << 12),
    ] where value < 1 || value > limit {
      return "\(name) is \(value), not within 1...\(limit)"
    }
    return rope % 2 == 0 ? nil : "qk_rope_head_dim \(rope) is odd, so it can't be rotated in pairs"
  }

  var entries: [(String, JSON)] {
    [
      ("kv_lora_rank", .int(keyValueRank)), ("q_lora_rank", queryRank.map(JSON.int) ?? .null),
      ("qk_nope_head_dim", .int(nope)), ("qk_rope_head_dim", .int(rope)),
      ("rope_interleave", .bool(rotatesNeighbours)), ("v_head_dim", .int(value)),
    ]
  }
}

extension MixtureSizes {
  init(_ json: JSON, _ size: ModelConfig.Size) throws(CheckpointError) {
    self.init(
      denseLayers: try size("first_k_dense_replace", 3), experts: try size("n_routed_experts", nil),
      chosen: try size("num_experts_per_tok", nil), groups: try size("n_group", 8),
      groupsChosen: try size("topk_group", 4), width: try size("moe_intermediate_size", nil),
      shared: try size("n_shared_experts", nil), isNormalised: json["norm_topk_prob"]?.bool ?? true,
      scale: Float(json["routed_scaling_factor"]?.double ?? 2.5))
  }

  /// - Parameter layers: Of the model, within its bounds.
  func fault(layers: Int) -> String? {
    let most = 1 << 12
    for (name, value, least, limit) in [
      ("first_k_dense_replace", denseLayers, 0, layers), ("n_routed_experts", experts, 2, most),
      ("n_group", groups, 1, most), ("topk_group", groupsChosen, 1, groups),
      ("num_experts_per_tok", chosen, 1, experts), ("moe_intermediate_size", width, 1, 1 << 22),
      ("n_shared_experts", shared, 1, most),
    ] where value < least || value > limit {
      return "\(name) is \(value), not within \(least)...\(limit)"
    }
    if experts % groups != 0 || experts < 2 * groups {
      return "n_routed_experts \(experts) can't be had in n_group \(groups) groups of two or more"
    }
    if chosen > experts / groups * groupsChosen {
      return "num_experts_per_tok \(chosen) is more than topk_group \(groupsChosen) groups have"
    }
    if (layers - denseLayers) * experts > 1 << 16 {
      return "\(layers) layers of \(experts) experts are too many"
    }
    if sharedWidth > 1 << 22 { return "the shared experts are \(sharedWidth) wide, more than \(1 << 22)" }
    return scale.isFinite ? nil : "routed_scaling_factor is \(scale)"
  }

  var entries: [(String, JSON)] {
    [
      ("first_k_dense_replace", .int(denseLayers)), ("moe_intermediate_size", .int(width)),
      ("n_group", .int(groups)), ("n_routed_experts", .int(experts)), ("n_shared_experts", .int(shared)),
      ("norm_topk_prob", .bool(isNormalised)), ("num_experts_per_tok", .int(chosen)),
      ("num_nextn_predict_layers", .int(0)), ("routed_scaling_factor", .number(Double("\(scale)") ?? 1)),
      ("topk_group", .int(groupsChosen)),
    ]
  }
}
