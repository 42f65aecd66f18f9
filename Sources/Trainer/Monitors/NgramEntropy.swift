import Foundation

/// Text that says the same again and again: the entropy of a step's runs of three words falls.
struct NgramEntropy: Monitor {
  let name = "ngram_entropy"
  /// Of the normalised entropy; 0: never fires.
  let fall: Double
  let window: TrendWindow

  static let n = 3
  /// Words that are read of a completion, and runs that are counted in a step.
  static let longest = 512
  static let most = 1 << 20

  func observe(_ step: WatchedStep, memory: inout MonitorMemory) -> MonitorReport {
    var report = MonitorReport()
    let entropy = Self.entropy(step.rollouts.map(\.words))
    report.values["ngrams/entropy"] = entropy
    let trend = memory.append(entropy, to: "entropy", window)
    let accuracy = memory.append(step.accuracy, to: "accuracy", window)
    guard fall > 0 else { return report }
    for (change, right) in zip(trend.changes(window), accuracy.changes(window))
    where change.falls(by: fall) && !right.rises(by: 0.02) {
      report.alarm(
        "entropy",
        "completions say the same more and more: entropy of three words in a row \(figure(change.to)) of the most "
          + "possible, from \(figure(change.from)), and accuracy does not rise. Look at rollouts of one step side by "
          + "side; a higher kl_coefficient or temperature keeps them apart.")
      break
    }
    return report
  }

  /// Entropy of the runs' frequencies over the logarithm of their number: 1 when all differ, 0 when all are one. Nil
  /// for fewer than two.
  static func entropy(_ texts: [[UInt64]]) -> Double? {
    var counts: [UInt64: Int] = [:]
    var total = 0
    for words in texts where total < most {
      for gram in WordHashes(words: Array(words.prefix(longest))).grams(n) {
        counts[gram, default: 0] += 1
        total += 1
      }
    }
    guard total > 1 else { return nil }
    // In order: a sum of floating-point numbers hangs on it.
    let nats = counts.values.sorted().reduce(0.0) { sum, count in
      let p = Double(count) / Double(total)
      return sum - p * log(p)
    }
    return nats / log(Double(total))
  }
}
