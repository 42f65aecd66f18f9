import Foundation
import GRDB
public import VerifierKit

/// A run's rollouts judged once more, by other verifiers: what would have been said, paid and learnt.
///
/// Rewards and advantages are computed as the trainer does: a step's samples are weighed together, a sample with a
/// fault leaves its group, overlong penalties and the deviation are those of the stage of the new recipe. A KL term in the
/// reward is left out: the reference's log-probabilities are not stored. The policy is the old one: what it would have
/// become under other rewards, nobody knows.
public struct Rescoring: Sendable {
  private let store: RolloutStore
  private let rewarder: any Rewarder
  /// By name: how each stage turns rewards into advantages.
  private let stages: [String: GRPORecipe]
  /// `max_completion_tokens` of the run, which a stage's overlong penalty counts from.
  private let limit: Int
  /// Samples whose texts are in memory at once.
  private static let pageSize = 256

  /// - Parameters:
  ///   - old: the recipe that the run was made with, where it can be read.
  ///   - new: whose verifiers judge now; advantages of a stage that it does not have are computed as in `old`.
  public init(
    _ store: RolloutStore, rewarder: any Rewarder, old: Recipe?, new: Recipe
  ) throws(RunError) {
    self.store = store
    self.rewarder = rewarder
    var stages: [String: GRPORecipe] = [:]
    for case .grpo(let stage) in (old?.stages ?? []) + new.stages { stages[stage.name] = stage }
    self.stages = stages
    limit = (old ?? new).sampling.maxCompletionTokens
    guard try store.keepsProblems() else {
      throw RunError(
        "This run's rollouts.sqlite does not hold the problems whole (it is from before Assay stored tests and "
          + "metadata), so its samples can't be judged again. Run the recipe once more, then rescore that run."
      )
    }
  }

  /// One step after another, in the order in which they were stored.
  /// - Parameters:
  ///   - purpose: Which samples; nil: all.
  ///   - examples: Samples with a changed verdict that are named, of each step at most.
  ///   - take: Called once a step is done; what it gets is all that stays in memory.
  public func run(
    purpose: RolloutPurpose? = .training, examples: Int = 3, _ take: (RescoredStep) throws -> Void
  ) async throws {
    for step in try store.steps(purpose: purpose) {
      try await take(rescore(step, examples: examples))
    }
  }

  private func rescore(_ step: StoredStep, examples: Int) async throws -> RescoredStep {
    var rescored = RescoredStep(stage: step.stage, step: step.step, purpose: step.purpose)
    var samples: [Sample] = []
    var outcomes: [[String: Reward.Outcome]] = []
    var before: [(group: Int, reward: Double?, advantage: Double?)] = []
    var tokens: [Int] = []
    var problems: [Int64: Problem] = [:]
    var last: Int64?
    while true {
      let page = try store.rollouts(
        RolloutFilter(stage: step.stage, step: step.step, purpose: step.purpose), after: last,
        limit: Self.pageSize)
      guard let end = page.last else { break }
      last = end.id
      var judged: [Sample] = []
      for rollout in page {
        let problem = try problem(of: rollout, among: &problems)
        judged.append(
          Sample(
            problem: problem,
            completion: Completion(
              text: rollout.completion,
              finishReason: rollout.finishReason.flatMap(Completion.FinishReason.init(rawValue:)))))
      }
      let found = await rewarder.rewards(for: judged).map(\.outcomes)
      for (index, rollout) in page.enumerated() {
        rescored.compare(rollout, with: found[index], examples: examples)
        before.append((rollout.group, rollout.reward, rollout.advantage))
        tokens.append(rollout.tokens)
        // Texts go; status, score and problem stay, for the step is weighed as a whole.
        samples.append(Sample(problem: judged[index].problem, completion: Completion(text: "")))
        outcomes.append(found[index].mapValues(Self.bare))
      }
    }
    let rewards = rewarder.weigh(samples, outcomes).map(\.value)
    rescored.compare(before, rewards, advantages: advantages(before.map(\.group), rewards, tokens, step))
    return rescored
  }

  /// Nil where the trainer computes none: outside of GRPO's training, and in a control run, which shuffles them.
  private func advantages(
    _ groups: [Int], _ rewards: [Double?], _ tokens: [Int], _ step: StoredStep
  ) -> [Double?]? {
    guard step.purpose == .training, let stage = stages[step.stage], !stage.shuffleAdvantages else {
      return nil
    }
    var lists: [[Double?]] = []
    for (index, group) in groups.enumerated() {
      if index == 0 || groups[index - 1] != group { lists.append([]) }
      let penalty = overlongPenalty(
        tokens: tokens[index], limit: limit, buffer: stage.overlongBufferLength,
        factor: stage.overlongPenaltyFactor)
      lists[lists.count - 1].append(rewards[index].map { $0 - penalty })
    }
    return Array(
      GroupAdvantages(lists, scale: stage.scaleRewards, estimator: stage.advantageEstimator).advantages
        .joined())
  }

  private func problem(
    of rollout: StoredRollout, among known: inout [Int64: Problem]
  ) throws -> Problem {
    guard let id = rollout.problemID else {
      throw RunError(
        "Sample \(rollout.id) of step \(rollout.step) is from before problems were stored whole and can't be judged "
          + "again. Rescore a run that was made as a whole by this version.")
    }
    if let problem = known[id] { return problem }
    guard let problem = try store.problem(id) else {
      throw RunError(
        "Problem \(rollout.problem) in rollouts.sqlite can't be read. Check the file; it may be damaged.")
    }
    // Neighbours share a problem; a step has few of them.
    if known.count >= 4096 { known.removeAll() }
    known[id] = problem
    return problem
  }

  private static func bare(_ outcome: Reward.Outcome) -> Reward.Outcome {
    switch outcome {
    case .verdict(let verdict, let micros):
      .verdict(Verdict(status: verdict.status, score: verdict.score, reason: ""), micros: micros)
    case .fault(let fault): .fault(VerifierFault(reason: fault.reason, message: ""))
    }
  }
}

/// A step whose samples are stored.
struct StoredStep: Sendable, Hashable {
  var stage: String
  var step: Int
  var purpose: RolloutPurpose
}

extension RolloutStore {
  func steps(purpose: RolloutPurpose?) throws(RunError) -> [StoredStep] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql:
          "SELECT stage, step, purpose FROM steps WHERE :purpose IS NULL OR purpose = :purpose ORDER BY id",
        arguments: ["purpose": purpose?.rawValue])
      return rows.compactMap { row in
        RolloutPurpose(rawValue: row["purpose"]).map {
          StoredStep(stage: row["stage"], step: row["step"], purpose: $0)
        }
      }
    }
  }

  /// Whether problems are stored whole.
  func keepsProblems() throws(RunError) -> Bool {
    try read { db in try db.tableExists("problems") }
  }
}
