import AssayNumerics
import Foundation
import VerifierKit

/// What a stage that is under way adds to a checkpoint.
struct StageParts {
  var optimizer: PolicyOptimizer
  /// Of a GRPO stage.
  var trainer: GRPOTrainer?
}

extension Pipeline {
  /// Whatever a run remembers from step to step that is neither weights nor counters, by name, the stage under way included
  /// (`GRPOMemory.swift`); a part that needs it adds a line here and in `recall`.
  func memories() throws -> [String: JSONValue] {
    var memories = try stageParts?.trainer?.memories() ?? [:]
    memories["watch"] = try watchState.json
    memories["rows"] = .string(taskMark)
    memories["examples"] = .object(exampleMarks.mapValues(JSONValue.string))
    return memories
  }

  /// What `memories` gave, of the checkpoint that the run goes on from.
  func recall(_ memories: [String: JSONValue]) throws {
    if let memory = memories["watch"] { watchState = try WatchState(json: memory) }
    guard let step = best.step else { return }
    if BestCheckpoint.isThere(step, in: folder.checkpoints) {
      try BestCheckpoint.link(to: step, in: folder.checkpoints)
      savedBest = step
    } else {
      // It went when a later checkpoint, from which the run does not go on, knew a better one.
      best = BestCheckpoint()
    }
  }

  /// Takes up the checkpoint of a resumed run; what belongs to the stage under way waits for `begin`.
  func takeUp() throws {
    try store.removeSteps(afterID: resumed?.state.logs.rolloutStep ?? 0)
    guard let resumed else {
      say("No checkpoint was saved yet: the run begins again.")
      return
    }
    let state = resumed.state
    position = state.position
    guard try store.lastStepID() == state.logs.rolloutStep else {
      throw RunError(
        "\(folder.rollouts.path) lacks steps that checkpoint step-\(step) knows of. Put the file back, or resume from "
          + "an earlier checkpoint with --checkpoint.")
    }
    harvested = try resumed.harvested()
    if let factors { try resumed.restore(factors, into: policy.parameters) }
    try recall(state.memories)
    say("Going on from checkpoint step-\(step), after \(clock(.seconds(state.wallSeconds))) min.")
    if (state.threads, state.precision) != (threads, precision.rawValue) {
      say(
        "The run began with \(state.threads) threads in \(state.precision), and goes on with \(threads) in "
          + "\(precision.rawValue): sums may differ in their last digits from now on"
          + (state.precision == precision.rawValue ? "." : ", and products in more than those."))
    }
  }

  /// A stage begins, or goes on where the checkpoint left it.
  func begin(_ parts: StageParts) throws {
    stageParts = parts
    defer { resumed = nil }
    guard !position.isStageEnd, let resumed else { return }
    try resumed.restore(parts.optimizer)
    try parts.trainer?.recall(resumed.state.memories)
    if let reference = parts.trainer?.reference { try resumed.restore(reference: reference) }
  }

  /// Saves when it is time, and ends the run when that was asked for. The end of a stage does both itself.
  /// - Parameters:
  ///   - done: steps of the stage.
  func afterStep(_ done: Int, of count: Int, _ progress: Progress) throws {
    position.stageStep = done
    guard done < count else { return }
    let saving = recipe.saving
    let isDue =
      saving.steps > 0 && done % saving.steps == 0
      || saving.minutes > 0 && ContinuousClock.now - lastSave > .seconds(60 * saving.minutes)
    if isDue || stop.isRequested { try save() }
    if stop.isRequested {
      progress.log("  stopped after step \(done) of \(count)")
      throw RunStopped(folder: folder, step: step)
    }
  }

  func endStage(_ stage: StageRecipe) throws {
    switch stage {
    case .sft(let sft): if sft.source == .worked { position.nextProblem += sft.examples }
    case .grpo(let grpo):
      position.nextProblem += grpo.problems
      // Where weights moved, some tasks gave more than their share.
      for (taken, share) in zip(stageParts?.trainer?.state.balance.taken ?? [], mixture.shares)
      where share > 0 && taken > 0 {
        position.nextProblem = max(position.nextProblem, Int((Double(taken + 1) / share).rounded(.up)))
      }
    case .harvest(let harvest): position.nextProblem += harvest.problems
    }
    position.stage += 1
    position.stageStep = 0
    position.awaitsEvaluation = stage.kind != "harvest"
    stageParts = nil
    // After a harvest at the end there is nothing new, and nothing to come.
    if stage.kind == "harvest", position.stage == recipe.stages.count { return }
    try save()
    say(
      "  checkpoint: \(folder.checkpoint(step: step).path)"
        + (factors == nil ? "" : ", with the adapter alone in adapter/"))
    try stopIfAsked()
  }

  /// Waits until the judges are ready, or until the run is asked to stop: a plugin in quarantine may take long to mend.
  func awaitJudges() async throws {
    let (rewarder, stop, say) = (sampler.rewarder, self.stop, self.say)
    let areReady = try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await rewarder.beginStep { say("  \($0)") }
        return true
      }
      group.addTask {
        while !stop.isRequested { try await Task.sleep(for: .milliseconds(200)) }
        // Judges that are ready all but at once take their step.
        try await Task.sleep(for: .milliseconds(200))
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? true
    }
    guard !areReady else { return }
    try save()
    try stopIfAsked()
  }

  private func stopIfAsked() throws {
    if stop.isRequested { throw RunStopped(folder: folder, step: step) }
  }

  /// Measures what was trained since the last time: before the first stage, after each, and on the way.
  @discardableResult
  func evaluateIfAwaited() async throws -> Double? {
    guard position.awaitsEvaluation else { return nil }
    let isBetween = position.isStageEnd
    if stop.isRequested {
      if isBetween, resumed == nil { try save() }
      // Within a stage the step that was done is saved by `afterStep`; of a resumed run nothing is new yet.
      if isBetween || resumed != nil { try stopIfAsked() }
    }
    let index = isBetween ? position.stage - 1 : position.stage
    let stage = index < 0 ? "start" : recipe.stages[index].name
    let average = evaluates ? try await evaluate(stage: stage, isShown: isBetween) : nil
    position.awaitsEvaluation = false
    if isBetween, stop.isRequested {
      try save()
      try stopIfAsked()
    }
    return average
  }

  /// Whether there is anything to measure on.
  private var evaluates: Bool { evaluator.sampleCount > 0 }

  /// A checkpoint of this moment: complete and on the disk, or not there.
  func save() throws {
    guard Elementwise.sumOfSquares(policy.parameters.buffer, lane: sampler.pool.whole).isFinite else {
      throw TrainingError(
        message:
          "The weights are not finite after step \(step), and are not saved. Lower the learning_rate of stage "
          + "\(recipe.stages.prefix(position.isStageEnd ? position.stage : position.stage + 1).last?.name ?? "")."
      )
    }
    let shelf = CheckpointShelf(folder)
    let partial = shelf.partial(step)
    do {
      try store.sync()
      try shelf.remove(partial)
      try writePolicy(to: partial)
      let parts = CheckpointParts(
        state: TrainerState(
          position: position, wallSeconds: wallSeconds, optimizerSteps: stageParts?.optimizer.steps,
          logs: try logs.checkpoint(rolloutStep: try store.lastStepID()), threads: threads,
          precision: precision.rawValue, memories: try memories()),
        optimizer: stageParts?.optimizer, reference: stageParts?.trainer?.reference, factors: factors,
        harvested: harvested)
      try parts.write(to: partial)
      try shelf.publish(step)
    } catch {
      try? shelf.remove(partial)
      throw error
    }
    try shelf.prune(limit: recipe.saving.totalLimit)
    BestCheckpoint.prune(keeping: [best.step], in: folder.checkpoints)
    savedBest = best.step
    lastSave = ContinuousClock.now
  }
}

extension ResumedRun {
  /// Makes the chosen checkpoint the last one, and the recipe the run's.
  func rewind() throws {
    let shelf = CheckpointShelf(folder)
    try shelf.rewind(to: checkpoint == nil ? -1 : step, damaged: damaged)
    // What a kill between the saving of a new one and the removal of an old one left.
    try shelf.prune(limit: recipe.saving.totalLimit)
    try BestCheckpoint.rewind(to: checkpoint == nil ? -1 : step, in: folder.checkpoints)
    unlink(folder.report.path)
    guard isChanged else { return }
    let before = folder.url.appending(path: "recipe.until-step-\(step).yaml")
    if !FileManager.default.fileExists(atPath: before.path),
      let old = try? String(contentsOf: folder.recipe, encoding: .utf8)
    {
      try folder.write(old, to: before)
    }
    try folder.write(try recipe.resolved(), to: folder.recipe)
  }
}
