public import Foundation

/// Where a run leaves everything: `runs/NAME/`.
///
///     recipe.yaml  metrics.jsonl  timings.jsonl  events.out.tfevents.*  rollouts.sqlite  report.html  plot.svg
///     unfinished.rollouts  checkpoints/step-N/
public struct RunFolder: Sendable, Hashable {
  public let url: URL

  /// An existing one.
  public init(opening url: URL) throws(RunError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw RunError("There is no run at \(url.path). Name a folder under runs/.")
    }
    self.url = url
  }

  /// A new one: `NAME`, or `NAME-2`, `NAME-3`, ... when the name is taken. Two runs that start at once get
  /// different folders.
  public init(creating name: String, in runs: URL) throws(RunError) {
    do {
      try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
    } catch {
      throw RunError(
        "Can't create \(runs.path): \(error.localizedDescription). Choose a folder that this user may write to."
      )
    }
    var number = 1
    while true {
      let url = runs.appending(path: number == 1 ? name : "\(name)-\(number)")
      if mkdir(url.path, 0o755) == 0 {
        self.url = url
        break
      }
      guard errno == EEXIST else {
        throw RunError(
          "Can't create \(url.path): \(String(cString: strerror(errno))). "
            + "Choose a folder that this user may write to.")
      }
      number += 1
    }
    try syncFolder(runs)
  }

  public var name: String { url.lastPathComponent }
  public var recipe: URL { url.appending(path: "recipe.yaml") }
  public var metrics: URL { url.appending(path: "metrics.jsonl") }
  /// What of a row is wall time: see `MetricsRow.isTiming`.
  public var timings: URL { url.appending(path: "timings.jsonl") }
  public var rollouts: URL { url.appending(path: "rollouts.sqlite") }
  /// Of a run under way: see `RolloutJournal`.
  public var unfinished: URL { url.appending(path: "unfinished.rollouts") }
  public var report: URL { url.appending(path: "report.html") }
  public var plot: URL { url.appending(path: "plot.svg") }
  public var checkpoints: URL { url.appending(path: "checkpoints") }

  /// The step of the last checkpoint, whether whole or not; nil without any.
  public var lastCheckpoint: Int? { CheckpointShelf(self).steps().last }

  /// Not created by asking.
  public func checkpoint(step: Int) -> URL { checkpoints.appending(path: "step-\(step)") }

  /// Atomic: see `writeAtomically`.
  public func write(_ text: String, to file: URL) throws(RunError) {
    try writeAtomically(Data(text.utf8), to: file)
  }
}
