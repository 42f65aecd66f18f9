public import Foundation

/// An interrupted run, read and checked before anything of it is changed: its recipe, and its last good checkpoint.
public struct ResumedRun: Sendable {
  public let folder: RunFolder
  /// The run's own, with what `--set` changes.
  public let recipe: Recipe
  /// Nil: the run was killed before its first, and begins again.
  let checkpoint: SavedCheckpoint?
  /// Steps of checkpoints that can't be read.
  let damaged: [Int]
  let lock: RunLock
  /// Whether the recipe in the folder is to be replaced.
  let isChanged: Bool
  /// Whether there is nothing left to do: the run came to its end, and nothing is asked of it that it has not.
  public let isFinished: Bool

  public var step: Int { checkpoint?.state.position.step ?? 0 }

  /// - Parameters:
  ///   - url: the run's folder.
  ///   - given: a recipe that must be the run's, but for what `overrides` change in it; nil: the run's own.
  ///   - overrides: `a.b=c` each, as `--set` takes them; `given` has them already.
  ///   - step: of the checkpoint to go back to; nil: the last good one.
  ///   - say: Takes the lines that a person reads: checkpoints that are damaged.
  /// - Throws: `RecipeError` for a recipe that is not the run's, `RunError` where nothing can be resumed.
  public init(
    _ url: URL, recipe given: Recipe? = nil, overrides: [String] = [], step: Int? = nil,
    say: (String) -> Void
  ) throws {
    folder = try RunFolder(opening: url)
    guard FileManager.default.fileExists(atPath: folder.recipe.path) else {
      throw RunError("\(url.path) has no recipe.yaml, so it is no run. Name a folder under runs/.")
    }
    lock = try RunLock(folder)
    let stored = try Recipe(contentsOf: folder.recipe)
    recipe = try given ?? Recipe(contentsOf: folder.recipe, overrides: overrides)
    (checkpoint, damaged) = try Self.choose(CheckpointShelf(folder), step: step, say: say)
    let changes = try stored.changes(in: recipe)
    isChanged = !changes.isEmpty
    isFinished =
      step == nil && changes.isEmpty && damaged.isEmpty
      && FileManager.default.fileExists(atPath: folder.report.path)
    if given != nil { try Self.check(changes, in: stored, named: overrides, folder) }
    guard let position = checkpoint?.state.position else { return }
    for change in changes {
      if let why = Recipe.obstacle(to: change, at: position) {
        throw RecipeError(
          place: change.path,
          message:
            "can't be changed at step \(position.step): \(why). Begin a new run, with policy.model set to "
            + "\(folder.checkpoint(step: position.step).relativePath) if you like.")
      }
    }
    guard recipe.stages.count >= position.stage else {
      throw RecipeError(
        place: "stages", message: "\(position.stage) of them are done already. Leave those in the recipe.")
    }
    for change in changes { say("Changed: \(change.text).") }
    try Self.checkLogs(folder, position.step, checkpoint?.state.logs)
  }

  /// Only what `--set` names may differ.
  private static func check(
    _ changes: [Recipe.Change], in stored: Recipe, named overrides: [String], _ folder: RunFolder
  ) throws(RecipeError) {
    let paths = try overrides.map { text throws(RecipeError) in try Override(text).fullPath(in: stored) }
    let unnamed = changes.filter { change in
      !paths.contains {
        change.path == $0 || change.path.hasPrefix($0 + ".") || change.path.hasPrefix($0 + "[")
      }
    }
    guard let first = unnamed.first else { return }
    let more = unnamed.count > 1 ? " (and \(unnamed.count - 1) more)" : ""
    throw RecipeError(
      place: first.path,
      message: "the recipe is not that of \(folder.name): \(first.before ?? "nothing") there, "
        + "\(first.after ?? "nothing") here\(more). Resume with the run's own, assay resume "
        + "\(folder.url.relativePath), or name the change: --set \(first.path)=\(first.after ?? "null").")
  }

  private static func choose(
    _ shelf: CheckpointShelf, step: Int?, say: (String) -> Void
  ) throws -> (SavedCheckpoint?, damaged: [Int]) {
    try shelf.check()
    try shelf.tidy()
    let steps = shelf.steps()
    if let step, !steps.contains(step) {
      throw RunError(
        "There is no checkpoint of step \(step) in \(shelf.folder.path). There are: "
          + "\(steps.map(String.init).joined(separator: ", ")).")
    }
    var damaged: [Int] = []
    for candidate in steps.reversed() where step == nil || candidate == step {
      let place = shelf.place(candidate)
      let fault: String
      if let found = CheckpointManifest.fault(in: place) {
        fault = found
      } else if let state = shelf.state(candidate), state.format == TrainerState.currentFormat {
        return (SavedCheckpoint(folder: place, state: state), damaged)
      } else {
        fault = "trainer-state/state.json is of another version of Assay"
      }
      damaged.append(candidate)
      say("Checkpoint step-\(candidate) can't be used: \(fault). Going back to the one before it.")
    }
    guard damaged.isEmpty else {
      throw RunError(
        "No checkpoint in \(shelf.folder.path) can be used. Begin a new run with the recipe.yaml beside it.")
    }
    return (nil, [])
  }

  /// What was logged up to the checkpoint is still there.
  private static func checkLogs(
    _ folder: RunFolder, _ step: Int, _ logs: TrainerState.Logs?
  ) throws(RunError) {
    guard let logs else { return }
    for (file, bytes) in [
      (folder.metrics, logs.metrics), (folder.timings, logs.timings),
      (folder.url.appending(path: logs.board), logs.boardBytes),
    ] {
      let found = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
      guard found >= bytes else {
        throw RunError(
          "\(file.path) has \(found) bytes, checkpoint step-\(step) was written when it had \(bytes). "
            + "Put the file back, or resume from an earlier checkpoint with --checkpoint.")
      }
    }
    guard FileManager.default.fileExists(atPath: folder.rollouts.path) || logs.rolloutStep == 0 else {
      throw RunError("\(folder.rollouts.path) is missing. Put the file back.")
    }
  }

  /// The policy as the checkpoint has it, or as the recipe begins with it.
  public func policy() throws -> PolicySource {
    try checkpoint?.policy() ?? PolicySource(recipe)
  }
}

extension Override {
  /// Where in a recipe the value goes: `stages[1].grpo.steps` for `stages.rl.grpo.steps`.
  func fullPath(in recipe: Recipe) throws(RecipeError) -> String {
    try applied(to: try recipe.node()).path
  }
}
