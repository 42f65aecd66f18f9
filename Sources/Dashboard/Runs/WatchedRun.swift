import Foundation
import Trainer

/// One run folder, read as far as it has come.
actor WatchedRun {
  let folder: RunFolder
  private var tail: RunTail
  private(set) var columns = MetricColumns()
  /// Counts how often the metrics began anew.
  private(set) var generation = 0
  /// Why the metrics can't be shown: one line.
  private(set) var problem: String?
  private var badLines = 0
  private var store: (inode: UInt64, store: RolloutStore)?

  init(_ folder: RunFolder) {
    self.folder = folder
    tail = RunTail(folder)
  }

  /// Whether a run goes on there, as far as its files tell.
  enum State: String {
    case running, finished, silent
  }

  /// Takes what is new.
  func refresh() {
    guard FileManager.default.fileExists(atPath: folder.metrics.path) else {
      problem = "no metrics.jsonl in this folder yet"
      return
    }
    do {
      let change = try tail.read()
      if change.restarted {
        columns = MetricColumns()
        badLines = 0
        generation += 1
      }
      for row in change.rows { columns.append(row) }
      badLines += change.badLines
      problem =
        badLines > 0
        ? columns.count == 0
          ? "metrics.jsonl holds no metrics: \(badLines) lines are no rows"
          : "\(badLines) lines of metrics.jsonl are no rows and are left out" : nil
    } catch {
      problem = "metrics.jsonl can't be read: \(error.localizedDescription)"
    }
  }

  /// - Returns: Seconds since 1970 of the last change, and the state.
  func activity(now: Date = Date()) -> (changed: Double?, state: State) {
    guard let changed = modified(folder.metrics) else { return (nil, .silent) }
    if let report = modified(folder.report), report >= changed - 1 { return (changed, .finished) }
    // A step may take long: wait for ten of the last one's before a run counts as silent.
    let lastStep = columns.columns["step_time"]?.values.last ?? 0
    let patience = max(60, 10 * lastStep)
    return (changed, now.timeIntervalSince1970 - changed < patience ? .running : .silent)
  }

  /// The run's rollouts; nil where there are none.
  func rollouts() throws(RunError) -> RolloutStore? {
    var status = stat()
    guard stat(folder.rollouts.path, &status) == 0 else {
      store = nil
      return nil
    }
    let inode = UInt64(status.st_ino)
    if let store, store.inode == inode { return store.store }
    let opened = try RolloutStore(reading: folder.rollouts)
    store = (inode, opened)
    return opened
  }

  private func modified(_ file: URL) -> Double? {
    var status = stat()
    guard stat(file.path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
  }
}
