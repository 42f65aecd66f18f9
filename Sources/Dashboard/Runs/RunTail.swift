import Foundation
import Trainer

/// Reads a run's rows as they come: `metrics.jsonl`, and what `timings.jsonl` beside it, where there is one, says of
/// wall time on the same line.
struct RunTail {
  private var metrics: MetricsTail
  private var timings: MetricsTail
  private let timingsFile: URL
  /// Rows of either file that wait for the other's.
  private var waiting: [MetricsRow] = []
  private var times: [MetricsRow] = []
  /// Whether the last row was held back in the read before: it is not a second time.
  private var hasWaited = false

  init(_ folder: RunFolder) {
    timingsFile = folder.url.appending(path: "timings.jsonl")
    metrics = MetricsTail(folder.metrics)
    timings = MetricsTail(timingsFile)
  }

  mutating func read() throws -> MetricsTail.Change {
    var change = try metrics.read()
    guard FileManager.default.fileExists(atPath: timingsFile.path) else { return change }
    var clock = try timings.read()
    if change.restarted != clock.restarted {
      // One file alone shows that the run was taken up again: both begin anew.
      if !change.restarted {
        metrics.rewind()
        change = try metrics.read()
      }
      if !clock.restarted {
        timings.rewind()
        clock = try timings.read()
      }
      change.restarted = true
    }
    if change.restarted { (waiting, times, hasWaited) = ([], [], false) }
    waiting += change.rows
    times += clock.rows
    // The clock's line is written last.
    var ready = waiting.count
    if ready > times.count, !hasWaited { ready = max(times.count, ready - 1) }
    hasWaited = ready < waiting.count
    change.rows = waiting.prefix(ready).enumerated().map { index, row in
      guard index < times.count, times[index].step == row.step, times[index].stage == row.stage else {
        return row
      }
      var row = row
      row.values.merge(times[index].values) { first, _ in first }
      return row
    }
    waiting.removeFirst(ready)
    times.removeFirst(min(ready, times.count))
    return change
  }
}
