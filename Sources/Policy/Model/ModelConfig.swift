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

  public init(
    family: ModelFamily = .llama, vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int,
    heads: Int,
    keyValueHeads: Int, headDimension: Int? = nil, ropeTheta: Float = 10_000,
    ropeScaling: RopeScaling? = nil, slidingWindow: Int = 0,
    rmsNormEpsilon: Float = 1e-5, tieWordEmbeddings: Bool = true, maxPositions: Int = 2048,
    bosToken: Int? = nil, eosTokens: [Int] = []
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
  }
}
