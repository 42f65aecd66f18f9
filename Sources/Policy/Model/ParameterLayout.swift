/// Where each weight of a decoder lies in one flat buffer, in the order that products want: the rows of
/// q, k and v follow each other, so that one product makes all three; so do gate and up.
public struct ParameterLayout: Sendable {
  public struct Entry: Sendable, Hashable {
    /// As in a Hugging Face checkpoint.
    public var name: String
    /// `[out, in]` of a matrix, `[width]` of a norm.
    public var shape: [Int]
    public var offset: Int
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
    var output = 0
    var postNorm = 0
    /// Rows of gate, then up.
    var gateUp = 0
    var down = 0
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
    func add(_ name: String, _ shape: Int...) -> Int {
      let entry = Entry(name: name, shape: shape, offset: next)
      entries.append(entry)
      next += entry.count
      return entry.offset
    }
    let (width, middle) = (config.hiddenSize, config.intermediateSize)
    let queries = config.heads * config.headDimension
    let keys = config.keyValueHeads * config.headDimension
    embedding = add("model.embed_tokens.weight", config.vocabularySize, width)
    layers = (0..<config.layers).map { index in
      let prefix = "model.layers.\(index)."
      var layer = Layer()
      layer.inputNorm = add(prefix + "input_layernorm.weight", width)
      layer.queryKeyValue = add(prefix + "self_attn.q_proj.weight", queries, width)
      _ = add(prefix + "self_attn.k_proj.weight", keys, width)
      _ = add(prefix + "self_attn.v_proj.weight", keys, width)
      if config.family.hasBias {
        layer.bias = add(prefix + "self_attn.q_proj.bias", queries)
        _ = add(prefix + "self_attn.k_proj.bias", keys)
        _ = add(prefix + "self_attn.v_proj.bias", keys)
      }
      if config.family.hasHeadNorms {
        layer.queryNorm = add(prefix + "self_attn.q_norm.weight", config.headDimension)
        layer.keyNorm = add(prefix + "self_attn.k_norm.weight", config.headDimension)
      }
      layer.output = add(prefix + "self_attn.o_proj.weight", width, queries)
      layer.postNorm = add(prefix + "post_attention_layernorm.weight", width)
      layer.gateUp = add(prefix + "mlp.gate_proj.weight", middle, width)
      _ = add(prefix + "mlp.up_proj.weight", middle, width)
      layer.down = add(prefix + "mlp.down_proj.weight", width, middle)
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
