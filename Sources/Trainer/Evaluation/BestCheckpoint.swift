public import Foundation

/// The best evaluation of a run so far, and `checkpoints/best`, which is the policy of that moment.
///
/// `best` is a link to `best-step-N`, so that it changes in one instant. One that was overtaken stays until a checkpoint
/// is saved that knows the better one: a run that goes back before that finds it again.
public struct BestCheckpoint: Codable, Sendable, Equatable {
  public private(set) var value: Double?
  public private(set) var step: Int?

  public init() {}

  /// Takes an evaluation's figure.
  /// - Returns: Whether it is the best so far. Of two that are equal, the first is; one that is no number is not.
  public mutating func takes(_ value: Double, step: Int, greaterIsBetter: Bool = true) -> Bool {
    guard value.isFinite else { return false }
    if let best = self.value, greaterIsBetter ? value <= best : value >= best { return false }
    (self.value, self.step) = (value, step)
    return true
  }

  static let prefix = "best-step-"

  /// Writes `best-step-N` and points `best` at it. A folder that is whole already, of a run that
  /// was interrupted and came here again, stays.
  /// - Parameters:
  ///   - about: goes into the folder as `best.json`, last of all.
  ///   - write: puts the policy into a folder that does not exist yet.
  public static func publish(
    step: Int, in checkpoints: URL, about: Data, write: (URL) throws -> Void
  ) throws {
    let files = FileManager.default
    try files.createDirectory(at: checkpoints, withIntermediateDirectories: true)
    let place = checkpoints.appending(path: "\(prefix)\(step)")
    let mark = "best.json"
    if (try? Data(contentsOf: place.appending(path: mark))) != about {
      let beside = checkpoints.appending(path: "\(prefix)\(step).partial")
      try? files.removeItem(at: beside)
      try write(beside)
      try writeAtomically(about, to: beside.appending(path: mark))
      try? files.removeItem(at: place)
      guard rename(beside.path, place.path) == 0 else {
        throw RunError("Can't rename \(beside.path): \(String(cString: strerror(errno))). Free some space.")
      }
    }
    try link(to: step, in: checkpoints)
  }
}

extension BestCheckpoint {
  /// Points `best` at `best-step-N`.
  static func link(to step: Int, in checkpoints: URL) throws {
    let link = checkpoints.appending(path: "best")
    let newLink = checkpoints.appending(path: ".best.\(getpid())")
    unlink(newLink.path)
    guard symlink("\(prefix)\(step)", newLink.path) == 0, rename(newLink.path, link.path) == 0 else {
      throw RunError(
        "Can't link \(link.path): \(String(cString: strerror(errno))). Remove what is there under that name.")
    }
    try syncFolder(checkpoints)
  }

  /// Removes those that were overtaken.
  static func prune(keeping steps: [Int?], in checkpoints: URL) {
    let files = FileManager.default
    let kept = Set(steps.compactMap { step in step.map { "\(prefix)\($0)" } })
    for name in (try? files.contentsOfDirectory(atPath: checkpoints.path)) ?? []
    where name.hasPrefix(prefix) && !kept.contains(name) {
      try? files.removeItem(at: checkpoints.appending(path: name))
    }
  }

  static func isThere(_ step: Int, in checkpoints: URL) -> Bool {
    FileManager.default.fileExists(atPath: checkpoints.appending(path: "\(prefix)\(step)").path)
  }

  /// Removes what was the best after a step that a run goes back to.
  static func rewind(to step: Int, in checkpoints: URL) throws(RunError) {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: checkpoints.path)) ?? [] where name.hasPrefix(prefix)
    {
      guard let at = Int(name.dropFirst(prefix.count)), at > step else { continue }
      do {
        try files.removeItem(at: checkpoints.appending(path: name))
      } catch {
        throw RunError(
          "Can't remove \(name) in \(checkpoints.path): \(error.localizedDescription). Look at the folder.")
      }
    }
    let link = checkpoints.appending(path: "best").path
    if !files.fileExists(atPath: link) { unlink(link) }
  }
}

extension Pipeline {
  /// Keeps the policy as `checkpoints/best` when the evaluation is the best so far.
  func keepIfBest(_ row: MetricsRow) throws {
    let metric = recipe.evaluation.metricForBestModel
    guard metric != "none" else { return }
    guard let value = row[metric] else {
      if let faults = row["eval/faults"], faults > 0 {
        // The judge's fault is not the policy's: it is neither the best nor the worst.
        say("  \(metric) could not be measured: \(Int(faults)) samples have no verdict")
        return
      }
      let measured = row.values.keys.filter { $0.hasPrefix("eval") }.sorted()
      throw TrainingError(
        message: "evaluation.metric_for_best_model: “\(metric)” is no figure of an evaluation. Use one of: "
          + measured.joined(separator: ", ") + "; or none.")
    }
    guard watchState.best.takes(value, step: row.step, greaterIsBetter: recipe.evaluation.greaterIsBetter)
    else { return }
    let about = MetricsRow(step: row.step, stage: row.stage, values: [metric: value]).json + "\n"
    try BestCheckpoint.publish(step: row.step, in: folder.checkpoints, about: Data(about.utf8)) {
      try writePolicy(to: $0)
    }
    BestCheckpoint.prune(keeping: [row.step, savedBest], in: folder.checkpoints)
  }
}
