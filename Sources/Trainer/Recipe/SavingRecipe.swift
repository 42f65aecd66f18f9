/// When checkpoints are saved and how many stay; names as in `transformers.TrainingArguments`. They change no result.
/// The keys stand in the recipe itself.
public struct SavingRecipe: Sendable, Equatable, RecipeSection {
  /// Steps of a stage between two checkpoints; 0: only at the ends of stages.
  public var steps = 100
  /// And whenever so much time has passed since the last; 0: not.
  public var minutes = 10.0
  /// Of those within stages, the last so many stay; 0: all. Those at the ends of stages always do.
  public var totalLimit = 2

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.integer("save_steps", &steps, .atLeast(0))
    try section.number("save_minutes", &minutes, .atLeast(0))
    try section.integer("save_total_limit", &totalLimit, .atLeast(0))
  }
}
