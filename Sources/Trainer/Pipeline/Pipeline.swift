public import Foundation
import AssayNumerics
import Policy
public import VerifierKit

/// The chain of a recipe: stages in order on one policy, an evaluation before the first and after each.
public final class Pipeline {
  let recipe: Recipe
  public let folder: RunFolder
  /// What relative files in the recipe are relative to.
  let recipeFolder: URL
  let policy: PolicySource
  let mixture: TaskMixture
  let sampler: Sampler
  let evaluator: Evaluator
  let contamination: ContaminationReport
  var watch: Watch
  var best = BestCheckpoint()
  /// The best that the last checkpoint knows of.
  var savedBest: Int?
  let logs: RunLogs
  let store: RolloutStore
  var position = RunPosition()
  var harvested: [SFTExample] = []
  /// The tasks and their rows, for a resumed run to compare.
  let taskMark: String
  /// The rows of each `sft` stage that reads a file, and what they are.
  let fileExamples: [String: [SFTExample]]
  let exampleMarks: [String: String]
  /// What the stage under way has for a checkpoint, and when it was last saved.
  var stageParts: StageParts?
  var lastSave = ContinuousClock.now
  /// The checkpoint that the run went on from, until its stage has taken it up.
  var resumed: SavedCheckpoint?
  let stop: StopRequest
  let reviewer: (any Rewarder)?
  private let lock: RunLock
  private let started = ContinuousClock.now
  /// Of the run's wall time, what went by before this process.
  private let secondsBefore: Double
  let threads: Int
  let precision: Precision
  let say: @Sendable (String) -> Void
  /// Shows each row as it is logged.
  public var view: LiveView? {
    didSet { view?.begin(recipe, rows: (try? MetricsLog.rows(of: folder.metrics)) ?? []) }
  }
  /// What is trained instead of all weights, over all stages.
  let factors: LowRankFactors?

  /// A new run.
  /// - Parameters:
  ///   - reviewer: Tells mixed languages in a harvest; nil: only the recipe's own verifiers count.
  ///   - recipeFolder: What relative files in the recipe are relative to.
  ///   - runs: Where the run's folder is made.
  ///   - stop: Ends the run early, saved.
  ///   - say: Takes the lines that a person reads.
  public convenience init(
    recipe: Recipe, policy: PolicySource, rewarder: any Rewarder, reviewer: (any Rewarder)? = nil,
    recipeFolder: URL, runs: URL, stop: StopRequest = StopRequest(), say: @escaping @Sendable (String) -> Void
  ) throws {
    try self.init(
      recipe: recipe, policy: policy, rewarder: rewarder, reviewer: reviewer, recipeFolder: recipeFolder,
      stop: stop, say: say, resumed: nil
    ) {
      let folder = try RunFolder(creating: recipe.name, in: runs)
      return (folder, try RunLock(folder))
    }
  }

  /// A run that goes on where its checkpoint left it. What came after is cut off its logs.
  public convenience init(
    resuming run: ResumedRun, rewarder: any Rewarder, reviewer: (any Rewarder)? = nil, recipeFolder: URL,
    stop: StopRequest = StopRequest(), say: @escaping @Sendable (String) -> Void
  ) throws {
    try self.init(
      recipe: run.recipe, policy: try run.policy(), rewarder: rewarder, reviewer: reviewer,
      recipeFolder: recipeFolder, stop: stop, say: say, resumed: run
    ) { (run.folder, run.lock) }
  }

  private init(
    recipe: Recipe, policy: PolicySource, rewarder: any Rewarder, reviewer: (any Rewarder)?,
    recipeFolder: URL, stop: StopRequest, say: @escaping @Sendable (String) -> Void, resumed run: ResumedRun?,
    place: () throws -> (RunFolder, RunLock)
  ) throws {
    self.recipe = recipe
    self.reviewer = reviewer
    self.stop = stop
    resumed = run?.checkpoint
    secondsBefore = resumed?.state.wallSeconds ?? 0
    self.policy = policy
    self.say = say
    self.recipeFolder = recipeFolder
    let benchmarks = try recipe.benchmarks(relativeTo: recipeFolder)
    let files = try recipe.fileExamples(relativeTo: recipeFolder, from: resumed?.state.position.stage ?? 0)
    let tasks: [any ProblemGenerator]
    (tasks, contamination) = try recipe.decontaminated(
      try recipe.generators(relativeTo: recipeFolder, say: say), benchmarks, files)
    watch = Watch(recipe)
    mixture = TaskMixture(tasks, weights: recipe.weights(of: tasks))
    taskMark = tasks.map { $0.mark.isEmpty ? $0.name : "\($0.name): \($0.mark)" }.joined(separator: "; ")
    fileExamples = contamination.left(of: files)
    exampleMarks = fileExamples.mapValues { rowsMark($0.map(\.row.text)) }
    if run == nil {
      try recipe.checkStages()
      try recipe.checkRewards(of: tasks)
    }
    if let state = resumed?.state, !state.position.isStageEnd,
      recipe.stages.indices.contains(state.position.stage)
    {
      let stage = recipe.stages[state.position.stage].name
      if let before = state.memories["examples"]?[stage]?.string, before != exampleMarks[stage] {
        throw RunError(
          "The rows of the stage \(stage), which is under way, are not those that it began with (\(before) then, "
            + "\(exampleMarks[stage] ?? "none") now). Put the file back, and evaluation.benchmarks and decontaminate as "
            + "they were.")
      }
    }
    if let before = resumed?.state.memories["rows"]?.string, before != taskMark {
      throw RunError(
        "The rows of the tasks are not those that the run has trained on (\(before) then, \(taskMark) now). Put the "
          + "files back, whatever a task's command needs, and evaluation.benchmarks and decontaminate as they were."
      )
    }
    threads =
      recipe.runtime.threads > 0 ? recipe.runtime.threads : ProcessInfo.processInfo.activeProcessorCount
    precision = recipe.runtime.precision.precision(of: resumed?.state.precision)
    let pool = DecoderPool(
      policy.parameters.config, threads: threads, slots: recipe.runtime.sequencesPerBatch,
      precision: precision,
      gradientCheckpointing: recipe.runtime.gradientCheckpointing)
    factors =
      recipe.policy.lora.rank > 0
      ? try LowRankFactors(
        policy.parameters, recipe.policy.lora, seed: UInt64(recipe.seed), lane: pool.whole) : nil
    (folder, lock) = try place()
    sampler = Sampler(
      pool: pool,
      renderer: PromptRenderer(
        tokenizer: policy.tokenizer, systemPrompt: recipe.systemPrompt, template: recipe.policy.template),
      rewarder: rewarder, seed: UInt64(recipe.seed), journal: RolloutJournal(folder.unfinished, say: say))
    evaluator = Evaluator(recipe: recipe, tasks: tasks, benchmarks: benchmarks, sampler: sampler)
    if let run {
      try run.rewind()
      logs = try RunLogs(folder, keeping: resumed?.state.logs)
    } else {
      try folder.write(try recipe.resolved(), to: folder.recipe)
      logs = try RunLogs(folder)
    }
    store = try RolloutStore(folder.rollouts)
    if run != nil { try takeUp() }
  }

  /// Runs all stages and returns the run's folder, with report and plot in it.
  public func run() async throws -> RunFolder {
    say("Run folder: \(folder.url.path)")
    say(
      "Policy \(recipe.policy.model): \(policy.parameters.layout.count.formatted()) parameters; "
        + "seed \(recipe.seed)"
        + (mixture.tasks.isEmpty ? "" : "; tasks: \(mixture.tasks.map(\.name).joined(separator: ", "))"))
    if let notice = RuntimeRecipe.notice(of: Kernels(precision)) { say(notice) }
    try reportContamination()
    try await evaluateIfAwaited()
    while position.stage < recipe.stages.count {
      let index = position.stage
      let stage = recipe.stages[index]
      say(
        "\nStage \(index + 1) of \(recipe.stages.count): \(stage.name) (\(stage.kind))"
          + (position.isStageEnd ? "" : ", from its step \(position.stageStep + 1) on"))
      switch stage {
      case .sft(let sft): try fineTune(sft, stage: index)
      case .grpo(let grpo): try await reinforce(grpo, stage: index)
      case .harvest(let harvest): try await self.harvest(harvest, stage: index)
      }
      try endStage(stage)
      try await evaluateIfAwaited()
    }
    let elapsed = Duration.seconds(wallSeconds)
    BestCheckpoint.prune(keeping: [best.step], in: folder.checkpoints)
    let report = try RunReport(
      of: folder,
      facts: [
        "policy \(recipe.policy.model)", "seed \(recipe.seed)", "\(clock(elapsed)) min",
        "\(step) optimiser steps",
      ])
    try report.write(to: folder)
    sampler.journal?.remove()
    if !report.history.points.isEmpty {
      say("\nHeld-out accuracy, percent (problems that no training step can draw):\n")
      say(report.history.table.text)
    }
    say("Took \(clock(elapsed)) min. Report with plots: \(folder.report.path)")
    return folder
  }

  /// One row into all logs.
  func log(_ row: MetricsRow) throws {
    try logs.append(row)
    view?.take(row)
  }

  /// Optimiser steps of the whole run so far.
  var step: Int { position.step }

  /// Seconds that the run has taken, over all its processes: the wall clock of each row.
  var wallSeconds: Double { secondsBefore + (ContinuousClock.now - started) / .seconds(1) }

  /// - Parameter isShown: Whether progress and result are: between stages, not on the way.
  /// - Returns: The average; nil where no sample could be judged.
  @discardableResult
  func evaluate(stage: String, isShown: Bool) async throws -> Double? {
    let progress = makeProgress("  evaluation", total: evaluator.sampleCount)
    let outcome = try await evaluator.evaluate(
      policy.parameters, stage: stage, step: step, progress: isShown ? progress : nil)
    var row = outcome.row
    row["wall_s"] = wallSeconds
    if stage == "start" { row.values.merge(contamination.values) { first, _ in first } }
    try log(row)
    try keepIfBest(row)
    try store.insert(outcome.rollouts.map(\.record), stage: stage, step: step, purpose: .evaluation)
    if isShown {
      let domains = EvaluationHistory([row]).points.first?.passAt1.sorted { $0.key < $1.key } ?? []
      progress.finish(
        domains.map { "\($0.key) \(percent($0.value.mean)) %" }.joined(separator: "  "))
    }
    return outcome.average
  }

  /// The policy as a Hugging Face folder.
  func writePolicy(to place: URL) throws {
    try policy.parameters.checkpoint(tokenizer: policy.tokenizer).write(to: place.path)
    if let factors {
      try factors.adapter(baseModel: recipe.policy.model).write(to: place.appending(path: "adapter").path)
    }
  }

  /// Which training rows are too near to a benchmark: said, and listed in the run's folder.
  private func reportContamination() throws {
    for line in contamination.lines { say(line) }
    let list = contamination.jsonl
    if !list.isEmpty { try folder.write(list, to: folder.url.appending(path: "contamination.jsonl")) }
  }

  /// What monitors and the best checkpoint keep: a part of each checkpoint.
  var watchState: WatchState {
    get { WatchState(monitors: watch.memory, best: best) }
    set { (watch.memory, best) = (newValue.monitors, newValue.best) }
  }

  func note(_ text: String) { say(text) }
}

extension Rollout {
  /// As the run folder stores it.
  var record: RolloutRecord {
    RolloutRecord(
      group: group, sample: sample, problem: problem,
      completion: Completion(text: text, finishReason: completion.stopped ? .stop : .length),
      tokens: completion.tokens.count, reward: reward, advantage: advantage)
  }
}
