/// All monitors of a run, and what they keep.
public struct Watch: Sendable {
  private let recipe: Recipe
  private let monitors: [any Monitor]
  public var memory = WatchMemory()

  public init(_ recipe: Recipe) {
    self.recipe = recipe
    monitors = recipe.monitors.enabled ? Self.monitors(recipe.monitors) : []
  }

  /// The table of monitors: a new one adds a file, a line here, a section in docs/monitors.md and its tests.
  private static func monitors(_ recipe: MonitorsRecipe) -> [any Monitor] {
    let window = TrendWindow(length: recipe.window, lookback: recipe.lookback)
    return [
      AuditGap(gap: recipe.auditGap, failed: recipe.auditFailed, window: window),
      Disagreement(threshold: recipe.disagreement, window: window),
      ReasoningPatterns(words: recipe.words, climb: recipe.patternClimb, window: window),
      Openings(climb: recipe.openingClimb, window: window),
      NgramEntropy(fall: recipe.entropyFall, window: window),
      LanguageMixing(climb: recipe.languageClimb, window: window),
      LengthAgainstCorrectness(climb: recipe.lengthClimb, window: window),
      CutCompletions(threshold: recipe.clippedRatio, window: window),
      ProxyRewards(climb: recipe.proxyClimb, fall: recipe.accuracyFall, window: window),
    ]
  }

  /// Metrics of one step for its row, and lines for a person where a monitor has begun to fire.
  public mutating func observe(
    _ rollouts: [Rollout], stage: String
  ) -> (values: [String: Double], warnings: [String]) {
    guard !monitors.isEmpty else { return ([:], []) }
    if memory.stage != stage { memory = WatchMemory(stage: stage) }
    memory.steps += 1
    let step = WatchedStep(rollouts, recipe: recipe)
    var values: [String: Double] = [:]
    var warnings: [String] = []
    for monitor in monitors {
      var kept = memory.monitors[monitor.name] ?? MonitorMemory()
      let report = monitor.observe(step, memory: &kept)
      values.merge(report.values) { first, _ in first }
      values["monitor/\(monitor.name)"] = Double(report.alarms.count)
      for alarm in report.alarms {
        let last = kept.warned[alarm.subject]
        kept.warned[alarm.subject] = memory.steps
        // One that goes on firing, or comes back soon, has been told of.
        if let last, memory.steps - last <= recipe.monitors.lookback { continue }
        warnings.append("monitor \(monitor.name): \(alarm.message)")
      }
      memory.monitors[monitor.name] = kept
    }
    return (values, warnings)
  }
}

/// What the monitors of a run keep: a part of its checkpoints.
public struct WatchMemory: Codable, Sendable, Equatable {
  /// They begin anew with each stage: its tasks and its policy are others.
  var stage = ""
  /// Of the stage.
  var steps = 0
  var monitors: [String: MonitorMemory] = [:]

  init(stage: String = "") { self.stage = stage }
}

/// `0.123`, or `12.3`: three digits that a person reads.
func figure(_ value: Double) -> String {
  let scaled = (value * 1000).rounded() / 1000
  return scaled == scaled.rounded() ? String(Int(scaled)) : String(scaled)
}

/// `37 %`.
func share(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }
