import Foundation

/// What of a row is wall time, which no two runs share, stands in `timings.jsonl`; all else, in `metrics.jsonl`, is a
/// function of the recipe.
extension MetricsRow {
  /// `wall_s`, `step_time`, and all below `timing_s/`.
  public static func isTiming(_ name: String) -> Bool {
    name == "wall_s" || name == "step_time" || name.hasPrefix("timing_s/")
  }

  /// The row's half for each of the two files.
  var halves: (metrics: MetricsRow, timings: MetricsRow) {
    (
      MetricsRow(step: step, stage: stage, values: values.filter { !Self.isTiming($0.key) }),
      MetricsRow(step: step, stage: stage, values: values.filter { Self.isTiming($0.key) })
    )
  }

  /// The halves together again: line by line, as they were written.
  static func joined(_ rows: [MetricsRow], timings file: URL) -> [MetricsRow] {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return rows }
    let timings = text.split(separator: "\n").compactMap { MetricsRow(json: $0) }
    return rows.enumerated().map { index, row in
      guard index < timings.count, timings[index].step == row.step, timings[index].stage == row.stage else {
        return row
      }
      var row = row
      row.values.merge(timings[index].values) { first, _ in first }
      return row
    }
  }
}
