/// What the samples of each problem came to, on one benchmark or one domain.
struct ProblemScores: Sendable {
  /// `[problems][valid samples]`; a problem of which no sample could be judged has none.
  var votes: [[Vote]] = []
  /// Samples that could not be judged.
  var faults = 0
  /// Whether answers can be compared with one another: of programs, no two are alike.
  var areComparable = true

  mutating func append(_ votes: [Vote], of samples: Int) {
    self.votes.append(votes)
    faults += samples - votes.count
  }

  /// avg@k, and pass@1: each problem's share of right samples.
  var passAt1: MeanEstimate? {
    estimate { passAtK(samples: $0.count, correct: $0.count(where: \.isCorrect), k: 1) }
  }

  /// Over the problems with at least `k` valid samples.
  func passAt(_ k: Int) -> MeanEstimate? {
    estimate {
      $0.count < k ? nil : passAtK(samples: $0.count, correct: $0.count(where: \.isCorrect), k: k)
    }
  }

  var cons: MeanEstimate? { areComparable ? estimate { consAtK($0) } : nil }

  private func estimate(_ score: ([Vote]) -> Double?) -> MeanEstimate? {
    let judged = votes.filter { !$0.isEmpty }
    return MeanEstimate(
      problemMeans: judged.compactMap(score), samples: judged.reduce(0) { $0 + $1.count })
  }
}

extension MetricsRow {
  /// `eval/NAME/pass@1`, and with several samples a problem `avg@K`, `pass@2`, `pass@4`, ... `pass@K` and `cons@K`; each
  /// with `_low` and `_high`, its interval of 95 %.
  /// - Parameter samples: K, asked of each problem.
  mutating func record(_ scores: ProblemScores, under name: String, samples: Int) {
    guard let passAt1 = scores.passAt1 else { return }
    record(passAt1, domain: name)
    guard samples > 1 else { return }
    record(passAt1, as: "eval/\(name)/avg@\(samples)")
    var k = 2
    while k <= samples {
      if let estimate = scores.passAt(k) { record(estimate, as: "eval/\(name)/pass@\(k)") }
      k = k < samples ? min(2 * k, samples) : samples + 1
    }
    if let cons = scores.cons { record(cons, as: "eval/\(name)/cons@\(samples)") }
  }

  private mutating func record(_ estimate: MeanEstimate, as name: String) {
    values[name] = estimate.mean
    values["\(name)_low"] = estimate.low
    values["\(name)_high"] = estimate.high
  }
}
