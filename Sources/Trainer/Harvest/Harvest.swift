import Foundation
public import Policy
import VerifierKit

/// Rejection sampling: the policy answers training problems, and what every verifier is content with is
/// kept as rows for supervised fine-tuning. DeepSeek-R1, arXiv:2501.12948, §2.3.3.
public struct Harvest: Sendable {
  public let recipe: HarvestRecipe
  public let sampling: SamplingRecipe
  public let rewards: [String: [RewardRecipe]]
  public let sampler: Sampler
  public let mixture: TaskMixture

  public init(
    recipe: HarvestRecipe, sampling: SamplingRecipe, rewards: [String: [RewardRecipe]],
    sampler: Sampler, mixture: TaskMixture
  ) {
    self.recipe = recipe
    self.sampling = sampling
    self.rewards = rewards
    self.sampler = sampler
    self.mixture = mixture
  }

  /// What was sampled and what became of it.
  public struct Result: Sendable {
    public var rollouts: [Rollout]
    public var kept: [SFTExample]
    public var correct: Int
    public var faults: Int
  }

  /// - Parameters:
  ///   - first: Where in the mixture's sequence of training problems to begin.
  ///   - checkpoint: Named in each row's origin.
  public func run(
    parameters: Parameters, stage: Int, first: Int, checkpoint: String, progress: Progress?
  ) async throws -> Result {
    let problems = mixture.slots(first..<first + recipe.problems).map {
      (task: mixture.tasks[$0.task].name, problem: mixture.tasks[$0.task].problem($0.index, split: .train))
    }
    let total = recipe.problems * recipe.samplesPerProblem
    let (rollouts, _) = try await sampler.rollouts(
      problems, samples: recipe.samplesPerProblem, parameters: parameters,
      options: SamplingOptions(
        temperature: Float(recipe.temperature), topP: Float(sampling.topP), topK: sampling.topK,
        maxCompletionTokens: sampling.maxCompletionTokens),
      place: [Place.harvest, stage]
    ) { progress?.update($0, "of \(total) completions") }
    var result = Result(rollouts: rollouts, kept: [], correct: 0, faults: 0)
    // The same question may come twice where a task has few: cap and compare over all of them.
    var taken: [String: Set<String>] = [:]
    for rollout in rollouts {
      guard rollout.reward.value != nil else {
        result.faults += 1
        continue
      }
      guard isCorrect(rollout) else { continue }
      result.correct += 1
      guard rollout.completion.stopped, isReadable(rollout) else { continue }
      let key = rollout.problem.domain + "\n" + rollout.problem.prompt.text
      guard taken[key, default: []].count < recipe.keepPerProblem,
        taken[key, default: []].insert(rollout.text).inserted
      else { continue }
      result.kept.append(example(rollout, checkpoint: checkpoint))
    }
    return result
  }

  /// The first verifier of the domain accepts.
  private func isCorrect(_ rollout: Rollout) -> Bool {
    guard let name = rewards[rollout.problem.domain]?.first?.verifier else { return false }
    return rollout.reward.outcomes[name]?.verdict?.status == .accepted
  }

  /// No other verifier with a weight rejects: format, language, repetition, as far as the recipe has them.
  private func isReadable(_ rollout: Rollout) -> Bool {
    (rewards[rollout.problem.domain] ?? []).allSatisfy { reward in
      reward.weight == 0 || reward.verifier == "reasoning-steps"
        || rollout.reward.outcomes[reward.verifier]?.verdict?.status != .rejected
    }
  }

  private func example(_ rollout: Rollout, checkpoint: String) -> SFTExample {
    var verdicts: [String: JSONValue] = [:]
    for (name, outcome) in rollout.reward.outcomes {
      if let verdict = outcome.verdict { verdicts[name] = verdict.json }
    }
    return SFTExample(
      problem: rollout.problem, task: rollout.task, completion: rollout.text,
      origin: [
        "checkpoint": .string(checkpoint), "problem": .string(rollout.problem.id),
        "group": .integer(rollout.group), "sample": .integer(rollout.sample),
        "verdicts": .object(verdicts),
      ])
  }
}
