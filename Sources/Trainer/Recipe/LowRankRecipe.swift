/// A low-rank adapter instead of all weights; names as in `peft.LoraConfig`.
public struct LowRankRecipe: Sendable, Equatable, RecipeSection {
  /// 0: all weights are trained.
  public var rank = 0
  /// The adapter is multiplied by alpha / rank.
  public var alpha = 32.0
  /// Last parts of the names of the adapted layers.
  public var targetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.integer("rank", &rank, .from(0, to: 4096))
    try section.number("alpha", &alpha, .above(0))
    try section.texts("target_modules", &targetModules)
  }
}
