/// The shape of a decoder; keys as in a Hugging Face `config.json`.
public struct ModelConfig: Sendable, Hashable {
  public var family: ModelFamily
  public var vocabularySize: Int
  public var hiddenSize: Int
  /// Width of the SwiGLU block.
  public var intermediateSize: Int
  public var layers: Int
  public var heads: Int
  /// Grouped-query attention: `heads` is a multiple of it.
  public var keyValueHeads: Int
  /// Of queries and keys.
  public var headDimension: Int
  public var ropeTheta: Float
  public var ropeScaling: RopeScaling?
  /// Keys that a query sees, itself the last; 0: all before it.
  public var slidingWindow: Int
  public var rmsNormEpsilon: Float
  /// Whether the head is the embedding, transposed.
  public var tieWordEmbeddings: Bool
  public var maxPositions: Int
  public var bosToken: Int?
  /// Any of these ends a completion.
  public var eosTokens: [Int]
  /// Of multi-head latent attention; nil: grouped-query attention.
  public var latent: LatentSizes?
  /// Of the layers whose feed-forward block is a mixture; nil: all are dense.
  public var mixture: MixtureSizes?

  public init(
    family: ModelFamily = .llama, vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int,
    heads: Int,
    keyValueHeads: Int, headDimension: Int? = nil, ropeTheta: Float = 10_000,
    ropeScaling: RopeScaling? = nil, slidingWindow: Int = 0,
    rmsNormEpsilon: Float = 1e-5, tieWordEmbeddings: Bool = true, maxPositions: Int = 2048,
    bosToken: Int? = nil, eosTokens: [Int] = [], latent: LatentSizes? = nil, mixture: MixtureSizes? = nil
  ) {
    self.family = family
    self.ropeScaling = ropeScaling
    self.slidingWindow = slidingWindow
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension ?? hiddenSize / heads
    self.ropeTheta = ropeTheta
    self.rmsNormEpsilon = rmsNormEpsilon
    self.tieWordEmbeddings = tieWordEmbeddings
    self.maxPositions = maxPositions
    self.bosToken = bosToken
    self.eosTokens = eosTokens
    self.latent = latent
    self.mixture = mixture
  }

  var valueDimension: Int { latent?.value ?? headDimension }
  /// Dimensions of a head that are rotated.
  var rotatedDimension: Int { latent?.rope ?? headDimension }
  func hasExperts(layer: Int) -> Bool { mixture.map { layer >= $0.denseLayers } ?? false }
  /// Width of a layer's dense feed-forward block; in a layer with experts, of those that every token goes to.
  func denseWidth(layer: Int) -> Int {
    guard let mixture, hasExperts(layer: layer) else { return intermediateSize }
    return mixture.sharedWidth
  }
}

/// Multi-head latent attention. DeepSeek-V3, arXiv:2412.19437, §2.1.1.
public struct LatentSizes: Sendable, Hashable {
  /// `q_lora_rank`; nil: queries are made from the hidden state without a latent.
  public var queryRank: Int?
  /// `kv_lora_rank`.
  public var keyValueRank: Int
  /// `qk_nope_head_dim`, `qk_rope_head_dim`, `v_head_dim`: of a head's queries and keys the dimensions that are not
  /// rotated and those that are, and those of its values.
  public var nope: Int
  public var rope: Int
  public var value: Int
  /// `rope_interleave`: whether neighbours are rotated against each other, or halves.
  public var rotatesNeighbours: Bool

  public init(
    queryRank: Int?, keyValueRank: Int, nope: Int, rope: Int, value: Int, rotatesNeighbours: Bool = true
  ) {
    self.queryRank = queryRank
    self.keyValueRank = keyValueRank
    self.nope = nope
    self.rope = rope
    self.value = value
    self.rotatesNeighbours = rotatesNeighbours
  }
}

/// Experts with sigmoid gates. DeepSeek-V3, arXiv:2412.19437, §2.1.2.
public struct MixtureSizes: Sendable, Hashable {
  /// `first_k_dense_replace`: layers before the first one with experts.
  public var denseLayers: Int
  /// `n_routed_experts`, and `num_experts_per_tok` of them.
  public var experts: Int
  public var chosen: Int
  /// `n_group`, and `topk_group` of them.
  public var groups: Int
  public var groupsChosen: Int
  /// `moe_intermediate_size`: width of one expert.
  public var width: Int
  /// `n_shared_experts`: every token goes to these, which are one block of `sharedWidth`.
  public var shared: Int
  /// `norm_topk_prob`, `routed_scaling_factor`.
  public var isNormalised: Bool
  public var scale: Float

  public init(
    denseLayers: Int, experts: Int, chosen: Int, groups: Int = 1, groupsChosen: Int = 1, width: Int,
    shared: Int = 1, isNormalised: Bool = true, scale: Float = 1
  ) {
    self.denseLayers = denseLayers
    self.experts = experts
    self.chosen = chosen
    self.groups = groups
    self.groupsChosen = groupsChosen
    self.width = width
    self.shared = shared
    self.isNormalised = isNormalised
    self.scale = scale
  }

  var sharedWidth: Int { shared * width }
}
