import Foundation

/// The files of a run that grow by a row a step: metrics, their timings, and both once more for TensorBoard.
final class RunLogs: Sendable {
  private let metrics: MetricsLog
  private let timings: MetricsLog
  private let board: TensorBoardLog

  /// Of a new run.
  init(_ folder: RunFolder) throws(RunError) {
    metrics = try MetricsLog(folder.metrics)
    timings = try MetricsLog(folder.timings)
    board = try TensorBoardLog(in: folder.url)
  }

  /// Of a run that goes on.
  /// - Parameter lengths: of its checkpoint: what came later is cut off. Nil: all is.
  init(_ folder: RunFolder, keeping lengths: TrainerState.Logs?) throws(RunError) {
    metrics = try MetricsLog(folder.metrics, keeping: lengths?.metrics ?? 0)
    timings = try MetricsLog(folder.timings, keeping: lengths?.timings ?? 0)
    if let lengths {
      board = try TensorBoardLog(
        continuing: folder.url.appending(path: lengths.board), keeping: lengths.boardBytes)
    } else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
      for name in names where name.hasPrefix("events.out.tfevents.") {
        try? FileManager.default.removeItem(at: folder.url.appending(path: name))
      }
      board = try TensorBoardLog(in: folder.url)
    }
  }

  func append(_ row: MetricsRow) throws(RunError) {
    let halves = row.halves
    try metrics.append(halves.metrics)
    try timings.append(halves.timings)
    try board.append(row)
  }

  /// Forces all to the disk, and says how long the files are then.
  func checkpoint(rolloutStep: Int64) throws(RunError) -> TrainerState.Logs {
    try metrics.sync()
    try timings.sync()
    try board.sync()
    return TrainerState.Logs(
      metrics: metrics.length, timings: timings.length, board: board.url.lastPathComponent,
      boardBytes: board.length, rolloutStep: rolloutStep)
  }
}
