/// Where each weight of a decoder lies in one flat buffer, in the order that products want: the rows of
/// q, k and v follow each other, so that one product makes all three; so do gate and up.
public struct ParameterLayout: Sendable {
  public struct Entry: Sendable, Hashable {
    /// As in a Hugging Face checkpoint.
    public var name: String
    /// `[out, in]` of a matrix, `[width]` of a norm.
    public var shape: [Int]
    public var offset: Int
    /// Whether the optimiser moves it: not the bias that the choice of experts has, which has no gradient.
    public var isTrained = true
    public var count: Int { shape.reduce(1, *) }
    public var range: Range<Int> { offset..<offset + count }
    /// Norms are vectors: as usual, they do not decay.
    public var decays: Bool { shape.count > 1 }
  }

  /// Offsets of one layer.
  public struct Layer: Sendable {
    var inputNorm = 0
    /// Rows of q, then k, then v.
    var queryKeyValue = 0
    /// Of q, then k, then v; where the family has them.
    var bias: Int?
    /// Norms of the heads of q, and of k.
    var queryNorm: Int?
    var keyNorm: Int?
    /// In the place of `queryKeyValue`.
    var latent: Latent?
    var output = 0
    var postNorm = 0
    var experts: Experts?
    /// Rows of gate, then up; in a layer with experts, of the shared ones.
    var gateUp = 0
    var down = 0
  }

  /// Offsets of latent attention: down to the latents, their norms, and up again.
  struct Latent: Sendable {
    /// Where queries have a latent.
    var queryDown: Int?
    var queryNorm: Int?
    var queryUp = 0
    /// Rows of the latent, then those of the rotated key.
    var keyValueDown = 0
    var keyValueNorm = 0
    var keyValueUp = 0
  }

  /// Offsets of a layer's experts.
  struct Experts: Sendable {
    var router = 0
    var bias = 0
    /// Of each expert: rows of gate, then up.
    var gateUp: [Int] = []
    var down: [Int] = []
  }

  public let entries: [Entry]
  public let count: Int
  let embedding: Int
  let layers: [Layer]
  let finalNorm: Int
  /// The embedding's offset when tied.
  let head: Int
  /// By the offset of each norm: where it would lie in a buffer of all of them, and that buffer's length.
  let normPlaces: [Int: Int]
  let normCount: Int

  public init(_ config: ModelConfig) {
    var entries: [Entry] = []
    var next = 0
    func add(_ name: String, _ shape: Int..., isTrained: Bool = true) -> Int {
      let entry = Entry(name: name, shape: shape, offset: next, isTrained: isTrained)
      entries.append(entry)
      next += entry.count
      return entry.offset
    }
    let width = config.hiddenSize
    let queries = config.heads * config.headDimension
    let keys = config.keyValueHeads * config.headDimension
    embedding = add("model.embed_tokens.weight", config.vocabularySize, width)
    layers = (0..<config.layers).map { index in
      let prefix = "model.layers.\(index)."
      var layer = Layer()
      layer.inputNorm = add(prefix + "input_layernorm.weight", width)
      if let sizes = config.latent {
        let prefix = prefix + "self_attn."
        var latent = Latent()
        if let rank = sizes.queryRank {
          latent.queryDown = add(prefix + "q_a_proj.weight", rank, width)
          latent.queryNorm = add(prefix + "q_a_layernorm.weight", rank)
          latent.queryUp = add(prefix + "q_b_proj.weight", queries, rank)
        } else {
          latent.queryUp = add(prefix + "q_proj.weight", queries, width)
        }
        latent.keyValueDown = add(
          prefix + "kv_a_proj_with_mqa.weight", sizes.keyValueRank + sizes.rope, width)
        latent.keyValueNorm = add(prefix + "kv_a_layernorm.weight", sizes.keyValueRank)
        latent.keyValueUp = add(
          prefix + "kv_b_proj.weight", config.heads * (sizes.nope + sizes.value), sizes.keyValueRank)
        layer.latent = latent
      } else {
        layer.queryKeyValue = add(prefix + "self_attn.q_proj.weight", queries, width)
        _ = add(prefix + "self_attn.k_proj.weight", keys, width)
        _ = add(prefix + "self_attn.v_proj.weight", keys, width)
      }
      if config.family.hasBias {
        layer.bias = add(prefix + "self_attn.q_proj.bias", queries)
        _ = add(prefix + "self_attn.k_proj.bias", keys)
        _ = add(prefix + "self_attn.v_proj.bias", keys)
      }
      if config.family.hasHeadNorms {
        layer.queryNorm = add(prefix + "self_attn.q_norm.weight", config.headDimension)
        layer.keyNorm = add(prefix + "self_attn.k_norm.weight", config.headDimension)
      }
      layer.output = add(prefix + "self_attn.o_proj.weight", width, config.heads * config.valueDimension)
      layer.postNorm = add(prefix + "post_attention_layernorm.weight", width)
      var dense = prefix + "mlp."
      if let mixture = config.mixture, config.hasExperts(layer: index) {
        var experts = Experts()
        experts.router = add(dense + "gate.weight", mixture.experts, width)
        experts.bias = add(dense + "gate.e_score_correction_bias", mixture.experts, isTrained: false)
        for expert in 0..<mixture.experts {
          let prefix = dense + "experts.\(expert)."
          experts.gateUp.append(add(prefix + "gate_proj.weight", mixture.width, width))
          _ = add(prefix + "up_proj.weight", mixture.width, width)
          experts.down.append(add(prefix + "down_proj.weight", width, mixture.width))
        }
        layer.experts = experts
        dense += "shared_experts."
      }
      let middle = config.denseWidth(layer: index)
      layer.gateUp = add(dense + "gate_proj.weight", middle, width)
      _ = add(dense + "up_proj.weight", middle, width)
      layer.down = add(dense + "down_proj.weight", width, middle)
      return layer
    }
    finalNorm = add("model.norm.weight", width)
    head =
      config.tieWordEmbeddings ? embedding : add("lm_head.weight", config.vocabularySize, width)
    self.entries = entries
    count = next
    let norms = entries.filter { $0.name.hasSuffix("norm.weight") }
    var places: [Int: Int] = [:]
    var place = 0
    for norm in norms {
      places[norm.offset] = place
      place += norm.count
    }
    (normPlaces, normCount) = (places, place)
  }
}
