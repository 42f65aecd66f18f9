/// From where on a monitor fires; docs/monitors.md says what each looks at. A threshold of 0: it measures and never fires.
public struct MonitorsRecipe: Sendable, Equatable, RecipeSection {
  public var enabled = true
  /// Steps whose mean is one figure.
  public var window = 10
  /// How far back a figure is compared with, beside the beginning of the stage.
  public var lookback = 50
  /// DeepSeek-R1's.
  public var words = [
    "wait", "mistake", "however", "but", "retry", "error", "verify", "wrong", "evaluate", "check",
  ]
  public var auditGap = 0.1
  public var auditFailed = 0.2
  public var disagreement = 0.01
  public var patternClimb = 0.15
  public var openingClimb = 0.3
  public var entropyFall = 0.15
  public var languageClimb = 0.1
  public var lengthClimb = 0.5
  public var clippedRatio = 0.25
  public var proxyClimb = 0.05
  public var accuracyFall = 0.05

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.flag("enabled", &enabled)
    try section.integer("window", &window, .from(2, to: 1000))
    try section.integer("lookback", &lookback, .from(2, to: 10_000))
    if lookback < window {
      throw RecipeError(
        place: section.place("lookback"), message: "\(lookback) is less than window, \(window). Raise it.")
    }
    try section.texts("words", &words)
    for word in words where WordHashes(word).words.isEmpty || word == "any" {
      throw RecipeError(
        place: section.place("words"),
        message: word == "any"
          ? "“any” is what all words together are called. Leave it out."
          : "“\(word)” holds no letter or digit. Name words.")
    }
    try section.number("audit_gap", &auditGap, .from(0, to: 1))
    try section.number("audit_failed", &auditFailed, .from(0, to: 1))
    try section.number("disagreement", &disagreement, .from(0, to: 1))
    try section.number("pattern_climb", &patternClimb, .from(0, to: 1))
    try section.number("opening_climb", &openingClimb, .from(0, to: 1))
    try section.number("entropy_fall", &entropyFall, .from(0, to: 1))
    try section.number("language_climb", &languageClimb, .from(0, to: 1))
    try section.number("length_climb", &lengthClimb, .atLeast(0))
    try section.number("clipped_ratio", &clippedRatio, .from(0, to: 1))
    try section.number("proxy_climb", &proxyClimb, .from(0, to: 1))
    try section.number("accuracy_fall", &accuracyFall, .from(0, to: 1))
  }
}
