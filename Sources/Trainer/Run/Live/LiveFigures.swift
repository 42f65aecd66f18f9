import Foundation

/// What a run's rows have said so far, as much of it as one screen shows.
struct LiveFigures {
  /// A stage of the recipe; nil steps where nobody knows before.
  struct Stage: Equatable {
    var name: String
    var steps: Int?
  }

  private let stages: [Stage]
  private(set) var stage = ""
  /// Of the whole run.
  private(set) var step = 0
  private(set) var stepInStage = 0
  private(set) var wallSeconds = 0.0
  /// Newest last, of the stage that runs; evaluations of the whole run.
  private(set) var history: [String: [Double]] = [:]
  private(set) var last: [String: Double] = [:]
  /// Seconds of wall time of the last steps, evaluations between them included.
  private var recentSeconds: [Double] = []
  private var recentTokens: [(tokens: Double, seconds: Double)] = []
  private static let remembered = 400

  init(stages: [Stage]) { self.stages = stages }

  mutating func take(_ row: MetricsRow) {
    let isStep = row["step_time"] != nil
    if row.stage != stage, isStep || !row.values.keys.contains(where: { $0.hasPrefix("eval") }) {
      stage = row.stage
      stepInStage = 0
      recentSeconds = []
      recentTokens = []
      history = history.filter { $0.key.hasPrefix("eval") }
    }
    if stage.isEmpty { stage = row.stage }
    step = row.step
    if isStep { stepInStage += 1 }
    if let wall = row["wall_s"] {
      if isStep, wallSeconds > 0, stepInStage > 1 {
        recentSeconds = (recentSeconds + [wall - wallSeconds]).suffix(20)
      }
      // The clock of a step runs from the step before, past the evaluation between them.
      if isStep || stepInStage == 0 { wallSeconds = wall }
    }
    if let tokens = row["num_tokens"], let seconds = row["step_time"], seconds > 0 {
      recentTokens = (recentTokens + [(tokens, seconds)]).suffix(5)
    }
    for (name, value) in row.values {
      last[name] = value
      history[name, default: []].append(value)
      if let count = history[name]?.count, count > 2 * Self.remembered {
        history[name]?.removeFirst(count - Self.remembered)
      }
    }
  }

  var stepsOfStage: Int? { stages.first { $0.name == stage }?.steps }

  /// `2 of 4`; nil outside of the recipe's stages.
  var stageNumber: String? {
    stages.firstIndex { $0.name == stage }.map { "\($0 + 1) of \(stages.count)" }
  }

  /// Until the stage is done, at the pace of the last steps; nil before there is one.
  var secondsLeft: Double? {
    guard let total = stepsOfStage, !recentSeconds.isEmpty, stepInStage < total else { return nil }
    return Double(total - stepInStage) * recentSeconds.reduce(0, +) / Double(recentSeconds.count)
  }

  var tokensPerSecond: Double? {
    let seconds = recentTokens.reduce(0) { $0 + $1.seconds }
    return seconds > 0 ? recentTokens.reduce(0) { $0 + $1.tokens } / seconds : nil
  }

  /// Names between a prefix and a suffix, `math` of `domain/math/reward`, in order.
  func names(_ prefix: String, _ suffix: String) -> [String] {
    last.keys.filter {
      $0.hasPrefix(prefix) && $0.hasSuffix(suffix) && $0.count > prefix.count + suffix.count
    }
    .map { String($0.dropFirst(prefix.count).dropLast(suffix.count)) }.filter { !$0.contains("/") }.sorted()
  }
}
