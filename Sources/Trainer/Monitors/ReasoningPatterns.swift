/// Reflective words whose share climbs though they do not help.
///
/// DeepSeek-R1 counts `wait`, `mistake`, `however`, `but`, `retry`, `error`, `verify`, `wrong`, `evaluate`, `check` over
/// its training (Nature 2025, supplementary material). A word that pays is seen more often in right samples of a group
/// than in wrong ones; one that spreads without that is a habit, or is paid by something else than being right.
struct ReasoningPatterns: Monitor {
  let name = "patterns"
  let words: [(text: String, hashes: [UInt64])]
  /// Of the share of samples with a word; 0: never fires.
  let climb: Double
  let window: TrendWindow

  /// Comparisons within groups (n₁n₀/n, over a window) that a lift must rest on.
  static let fewestComparisons = 4.0

  init(words: [String], climb: Double, window: TrendWindow) {
    self.words = words.map { ($0, WordHashes($0).words) }
    self.climb = climb
    self.window = window
  }

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    guard !step.rollouts.isEmpty else { return report }
    let samples = Double(step.rollouts.count)
    let total = Double(step.rollouts.reduce(0) { $0 + $1.words.count })
    var all = Array(repeating: false, count: step.rollouts.count)
    var occurrences = 0.0
    for word in words {
      let counts = step.rollouts.map { Self.count(word.hashes, in: $0.words) }
      let having = counts.map { $0 > 0 }
      for index in all.indices where having[index] { all[index] = true }
      occurrences += Double(counts.reduce(0, +))
      follow(word.text, having, step, samples, &memory, &report)
    }
    follow("any", all, step, samples, &memory, &report, warns: false)
    if total > 0 { report.values["patterns/per_1000_words"] = 1000 * occurrences / total }
    return report
  }

  private func follow(
    _ word: String, _ having: [Bool], _ step: WatchedStep, _ samples: Double, _ memory: inout MonitorMemory,
    _ report: inout MonitorReport, warns: Bool = true
  ) {
    let rate = Double(having.count { $0 }) / samples
    report.values["patterns/\(word)/share"] = rate
    let trend = memory.append(rate, to: word, window)
    let lift = step.lift(having, &memory, word, window)
    if let now = lift.now { report.values["patterns/\(word)/lift"] = now }
    guard warns, climb > 0, let recent = lift.recent, recent <= 0,
      let change = trend.changes(window).first(where: { $0.rises(by: climb) })
    else { return }
    report.alarm(
      word,
      "“\(word)” is in \(share(change.to)) of the samples, up from \(share(change.from)), and does not help: in the "
        + "same group, samples with it are right \(points(recent)). Look at what else pays for it.")
  }

  /// How often some words stand in a row.
  private static func count(_ wanted: [UInt64], in words: [UInt64]) -> Int {
    guard let first = wanted.first, words.count >= wanted.count else { return 0 }
    var count = 0
    for start in 0...words.count - wanted.count
    where words[start] == first && words[start..<start + wanted.count].elementsEqual(wanted) { count += 1 }
    return count
  }
}

extension WatchedStep {
  /// The lift of a property in this step, and over the last ones; nil where too few groups have samples of both kinds.
  /// - Parameter having: by rollout.
  func lift(
    _ having: [Bool], _ memory: inout MonitorMemory, _ name: String, _ window: TrendWindow
  ) -> (now: Double?, recent: Double?) {
    var places: [Int: Bool] = [:]
    for (rollout, has) in zip(rollouts, having) { places[Self.key(rollout)] = has }
    let (numerator, denominator) = lift { places[Self.key($0)] ?? false }
    let top = memory.add(numerator, to: "\(name).numerator", window)
    let bottom = memory.add(denominator, to: "\(name).denominator", window)
    return (
      denominator > 0 ? numerator / denominator : nil,
      bottom >= ReasoningPatterns.fewestComparisons ? top / bottom : nil
    )
  }

  private static func key(_ rollout: WatchedRollout) -> Int {
    rollout.rollout.group << 32 | rollout.rollout.sample
  }
}

/// `3 points less often`.
func points(_ difference: Double) -> String {
  let points = Int((abs(difference) * 100).rounded())
  return points == 0 ? "just as often" : "\(points) points \(difference < 0 ? "less" : "more") often"
}
