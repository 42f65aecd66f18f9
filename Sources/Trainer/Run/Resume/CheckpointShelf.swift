import Foundation

/// `checkpoints/`: which there are, how a new one comes in, and which go.
///
/// A checkpoint is written under a hidden name, forced to the disk and renamed, so that `step-N` is always whole; at
/// any instant of a kill the one before it is still there.
struct CheckpointShelf: Sendable {
  let folder: URL

  init(_ run: RunFolder) { folder = run.checkpoints }

  func place(_ step: Int) -> URL { folder.appending(path: "step-\(step)") }

  /// Where the next one is written.
  func partial(_ step: Int) -> URL { folder.appending(path: ".step-\(step).partial") }

  private func replaced(_ step: Int) -> URL { folder.appending(path: ".step-\(step).replaced") }

  /// Ascending.
  func steps() -> [Int] {
    names().compactMap { $0.wholeMatch(of: /step-(\d+)/).flatMap { Int($0.1) } }.sorted()
  }

  /// A folder that can't be listed, on a disk that is not there, say, is not one without checkpoints.
  func check() throws(RunError) {
    do {
      _ = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      var status = stat()
      if lstat(folder.path, &status) != 0, errno == ENOENT { return }
      throw RunError(
        "Can't list \(folder.path): \(error.localizedDescription). Mount or mend it, then resume.")
    }
  }

  private func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  /// Undoes what a kill left in its middle.
  func tidy() throws(RunError) {
    for name in names() {
      if name.hasSuffix(".partial") || name.hasSuffix(".removed") {
        try remove(folder.appending(path: name))
      } else if let step = name.wholeMatch(of: /\.step-(\d+)\.replaced/).flatMap({ Int($0.1) }) {
        if FileManager.default.fileExists(atPath: place(step).path) {
          try remove(replaced(step))
        } else {
          try rename(replaced(step), to: place(step))
        }
      }
    }
  }

  /// Gives the finished folder `partial(step)` its name.
  func publish(_ step: Int) throws(RunError) {
    try syncFolder(partial(step))
    let isThere = FileManager.default.fileExists(atPath: place(step).path)
    if isThere { try rename(place(step), to: replaced(step)) }
    try rename(partial(step), to: place(step))
    try syncFolder(folder)
    if isThere { try remove(replaced(step)) }
  }

  /// Removes the oldest that were saved within stages, until so many are left; those at the ends of stages stay.
  /// - Parameter limit: 0: all stay.
  func prune(limit: Int) throws(RunError) {
    guard limit > 0 else { return }
    let within = steps().filter { step in state(step).map { !$0.position.isStageEnd } ?? false }
    for step in within.dropLast(limit) { try discard(step) }
  }

  /// Nil where none can be read.
  func state(_ step: Int) -> TrainerState? {
    let file = place(step).appending(path: "trainer-state/state.json")
    return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(TrainerState.self, from: $0) }
  }

  /// Makes the checkpoint of `step` the last one: later ones go, but damaged ones are kept under another name.
  /// - Parameter damaged: steps whose checkpoints are.
  func rewind(to step: Int, damaged: [Int]) throws(RunError) {
    for later in steps() where later > step {
      if damaged.contains(later) {
        let aside = folder.appending(path: "damaged-step-\(later)")
        try remove(aside)
        try rename(place(later), to: aside)
      } else {
        try discard(later)
      }
    }
  }

  /// Half of it is never seen as a checkpoint.
  private func discard(_ step: Int) throws(RunError) {
    let aside = folder.appending(path: ".step-\(step).removed")
    try remove(aside)
    try rename(place(step), to: aside)
    try remove(aside)
  }

  private func rename(_ place: URL, to other: URL) throws(RunError) {
    guard Foundation.rename(place.path, other.path) == 0 else {
      throw systemError("can't rename \(place.path) to \(other.lastPathComponent)")
    }
  }

  func remove(_ place: URL) throws(RunError) {
    guard FileManager.default.fileExists(atPath: place.path) else { return }
    do {
      try FileManager.default.removeItem(at: place)
    } catch {
      throw RunError("Can't remove \(place.path): \(error.localizedDescription). Look at the folder.")
    }
  }
}
