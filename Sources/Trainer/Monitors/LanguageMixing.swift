/// Reasoning that mixes languages, as R1-Zero's did.
///
/// Two figures: the share of completions in which two scripts stand side by side, which needs no verifier, and the mean
/// score of `language-consistency` where the recipe has it (with weight 0 it is only logged).
struct LanguageMixing: Monitor {
  let name = "language_mixing"
  /// Of either figure; 0: never fires.
  let climb: Double
  let window: TrendWindow

  static let verifier = "language-consistency"

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    let mixed = step.rollouts.compactMap { ScriptCounts($0.rollout.text).isMixed }.map { $0 ? 1.0 : 0 }
    report.values["language/mixed_scripts"] = mean(mixed)
    let scores = step.rollouts.compactMap { rollout -> Double? in
      guard let verdict = rollout.rollout.reward.outcomes[Self.verifier]?.verdict,
        verdict.status != .abstained,
        verdict.reason != "no-words"
      else { return nil }
      return verdict.score
    }
    report.values["language/consistency"] = mean(scores)

    let scripts = memory.append(mean(mixed), to: "scripts", window)
    let consistency = memory.append(mean(scores), to: "consistency", window)
    guard climb > 0 else { return report }
    if let change = scripts.changes(window).first(where: { $0.rises(by: climb) }) {
      report.alarm(
        "scripts",
        "\(share(change.to)) of the completions mix two scripts, up from \(share(change.from)). Add "
          + "language-consistency to the rewards, or raise its weight.")
    }
    if let change = consistency.changes(window).first(where: { $0.falls(by: climb) }) {
      report.alarm(
        "consistency",
        "\(share(change.to)) of the reasoning's words are in the target language, down from \(share(change.from)). "
          + "Raise the weight of language-consistency.")
    }
    return report
  }
}

/// Letters by script. Code in fences, TeX commands and Latin words of fewer than three letters (variables) don't count:
/// they stand in any language's mathematics; nor does Greek.
struct ScriptCounts {
  private(set) var counts: [Script: Int] = [:]

  enum Script: Int, CaseIterable {
    case latin, cyrillic, eastAsian, arabic, hebrew, indic, southEastAsian, other
  }

  /// Letters that are read of a text.
  static let most = 1 << 14
  /// The second script's letters: at least so many, and this share of all.
  static let fewest = 5
  static let share = 0.05

  init(_ text: String) {
    var (word, isCommand, total) = (0, false, 0)
    var before: Unicode.Scalar = " "
    func endWord(_ counts: inout [Script: Int]) {
      if word >= 3, !isCommand { counts[.latin, default: 0] += word }
      (word, isCommand) = (0, false)
    }
    for (index, part) in text.split(separator: "```", omittingEmptySubsequences: false).enumerated()
    where index % 2 == 0 {
      for scalar in part.unicodeScalars {
        defer { before = scalar }
        let script = Self.script(scalar)
        if script == .latin {
          if word == 0 { isCommand = before == "\\" }
          word += 1
          continue
        }
        endWord(&counts)
        guard let script else { continue }
        counts[script, default: 0] += 1
        total += 1
        if total > Self.most { return }
      }
      endWord(&counts)
    }
  }

  /// Nil for a text without letters that count.
  var isMixed: Bool? {
    let sorted = counts.values.sorted(by: >)
    guard let first = sorted.first else { return nil }
    guard sorted.count > 1 else { return false }
    return sorted[1] >= Self.fewest && Double(sorted[1]) >= Self.share * Double(first + sorted[1])
  }

  /// Nil for what is no letter, and for Greek.
  private static func script(_ scalar: Unicode.Scalar) -> Script? {
    switch scalar.value {
    case 0x41...0x5a, 0x61...0x7a, 0xc0...0xd6, 0xd8...0xf6, 0xf8...0x24f, 0x1e00...0x1eff: .latin
    case 0x370...0x3ff, 0x1f00...0x1fff: nil
    case 0x400...0x52f: .cyrillic
    case 0x590...0x5ff: .hebrew
    case 0x600...0x6ff, 0x750...0x77f: .arabic
    case 0x900...0xdff: .indic
    case 0xe00...0xeff, 0x1000...0x109f, 0x1780...0x17ff: .southEastAsian
    case 0x1100...0x11ff, 0x3040...0x30ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xac00...0xd7af,
      0x20000...0x3ffff:
      .eastAsian
    case 0..<0x80: nil
    default: scalar.properties.isAlphabetic ? .other : nil
    }
  }
}
