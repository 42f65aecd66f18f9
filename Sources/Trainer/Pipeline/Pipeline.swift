public import Foundation
import Policy
public import VerifierKit

/// The chain of a recipe: stages in order on one policy, an evaluation before the first and after each.
public final class Pipeline {
  let recipe: Recipe
  let folder: RunFolder
  let policy: PolicySource
  let mixture: TaskMixture
  let sampler: Sampler
  let evaluator: Evaluator
  let contamination: ContaminationReport
  var watch: Watch
  private var best = BestCheckpoint()
  private let metrics: MetricsLog
  private let board: TensorBoardLog
  let store: RolloutStore
  /// Optimiser steps of the whole run so far.
  var step = 0
  /// Where in the sequence of training problems the next stage begins: no two stages share a stretch.
  var nextProblem = 0
  var harvested: [SFTExample] = []
  private let started = ContinuousClock.now
  let say: @Sendable (String) -> Void
  /// Shows each row as it is logged.
  public var view: LiveView? {
    didSet { view?.begin(recipe, rows: (try? MetricsLog.rows(of: folder.metrics)) ?? []) }
  }
  /// What is trained instead of all weights, over all stages.
  let factors: LowRankFactors?

  /// - Parameters:
  ///   - recipeFolder: What relative files in the recipe are relative to.
  ///   - runs: Where the run's folder is made.
  ///   - say: Takes the lines that a person reads.
  public init(
    recipe: Recipe, policy: PolicySource, rewarder: any Rewarder, recipeFolder: URL, runs: URL,
    say: @escaping @Sendable (String) -> Void
  ) throws {
    self.recipe = recipe
    self.policy = policy
    self.say = say
    let benchmarks = try recipe.benchmarks(relativeTo: recipeFolder)
    let tasks: [any ProblemGenerator]
    (tasks, contamination) = try recipe.decontaminated(
      try recipe.generators(relativeTo: recipeFolder, say: say), benchmarks)
    watch = Watch(recipe)
    mixture = TaskMixture(tasks, weights: recipe.weights(of: tasks))
    let threads =
      recipe.runtime.threads > 0 ? recipe.runtime.threads : ProcessInfo.processInfo.activeProcessorCount
    let pool = DecoderPool(
      policy.parameters.config, threads: threads, slots: recipe.runtime.sequencesPerBatch,
      precision: recipe.runtime.precision.precision,
      gradientCheckpointing: recipe.runtime.gradientCheckpointing)
    factors =
      recipe.policy.lora.rank > 0
      ? try LowRankFactors(
        policy.parameters, recipe.policy.lora, seed: UInt64(recipe.seed), lane: pool.whole) : nil
    sampler = Sampler(
      pool: pool,
      renderer: PromptRenderer(
        tokenizer: policy.tokenizer, systemPrompt: recipe.systemPrompt, template: recipe.policy.template),
      rewarder: rewarder, seed: UInt64(recipe.seed))
    evaluator = Evaluator(recipe: recipe, tasks: tasks, benchmarks: benchmarks, sampler: sampler)
    folder = try RunFolder(creating: recipe.name, in: runs)
    try folder.write(try recipe.resolved(), to: folder.recipe)
    metrics = try MetricsLog(folder.metrics)
    board = try TensorBoardLog(in: folder.url)
    store = try RolloutStore(folder.rollouts)
  }

  /// Runs all stages and returns the run's folder, with report and plot in it.
  public func run() async throws -> RunFolder {
    say("Run folder: \(folder.url.path)")
    say(
      "Policy \(recipe.policy.model): \(policy.parameters.layout.count.formatted()) parameters; "
        + "seed \(recipe.seed); tasks: \(recipe.tasks.map(\.name).joined(separator: ", "))")
    try reportContamination()
    try await evaluate(stage: "start", keeping: true)
    for (index, stage) in recipe.stages.enumerated() {
      say("\nStage \(index + 1) of \(recipe.stages.count): \(stage.name) (\(stage.kind))")
      switch stage {
      case .sft(let sft): try fineTune(sft, stage: index)
      case .grpo(let grpo): try await reinforce(grpo, stage: index)
      case .harvest(let harvest): try await self.harvest(harvest, stage: index)
      }
      if stage.kind == "harvest" { continue }
      try save()
      try await evaluate(stage: stage.name, keeping: true)
    }
    let elapsed = ContinuousClock.now - started
    let report = try RunReport(
      of: folder,
      facts: [
        "policy \(recipe.policy.model)", "seed \(recipe.seed)", "\(clock(elapsed)) min",
        "\(step) optimiser steps",
      ])
    try report.write(to: folder)
    say("\nHeld-out accuracy, percent (problems that no training step can draw):\n")
    say(report.history.table.text)
    say("Took \(clock(elapsed)) min. Report with plots: \(folder.report.path)")
    return folder
  }

  /// One row into all logs.
  func log(_ row: MetricsRow) throws {
    try metrics.append(row)
    try board.append(row)
    view?.take(row)
  }

  /// Seconds since the run began: the wall clock of each row.
  var wallSeconds: Double { (ContinuousClock.now - started) / .seconds(1) }

  /// - Parameter keeping: Whether the rollouts are stored: between stages, not on the way.
  @discardableResult
  func evaluate(stage: String, keeping: Bool) async throws -> Double {
    let progress = makeProgress("  evaluation", total: evaluator.sampleCount)
    let outcome = try await evaluator.evaluate(
      policy.parameters, stage: stage, step: step, progress: keeping ? progress : nil)
    var row = outcome.row
    row["wall_s"] = wallSeconds
    if stage == "start" { row.values.merge(contamination.values) { first, _ in first } }
    try log(row)
    try keepIfBest(row)
    if keeping {
      try store.insert(
        outcome.rollouts.map(\.record), stage: stage, step: step, purpose: .evaluation)
      let domains = EvaluationHistory([row]).points.first?.passAt1.sorted { $0.key < $1.key } ?? []
      progress.finish(
        domains.map { "\($0.key) \(percent($0.value.mean)) %" }.joined(separator: "  "))
    }
    return outcome.average
  }

  /// The policy as a Hugging Face folder.
  private func save() throws {
    let place = folder.checkpoint(step: step)
    try writePolicy(to: place)
    say("  checkpoint: \(place.path)" + (factors == nil ? "" : ", with the adapter alone in adapter/"))
  }

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
