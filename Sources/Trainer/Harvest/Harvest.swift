import Foundation
public import Policy
public import VerifierKit

/// Rejection sampling: the policy answers training problems, and what every verifier is content with is
/// kept as rows for supervised fine-tuning. DeepSeek-R1, arXiv:2501.12948, §2.3.3.
public struct Harvest: Sendable {
  public let recipe: HarvestRecipe
  public let sampling: SamplingRecipe
  public let rewards: [String: [RewardRecipe]]
  public let sampler: Sampler
  public let mixture: TaskMixture
  /// Its verdict `language-consistency` tells mixed languages; nil: only what the recipe's own verifiers say counts.
  let reviewer: (any Rewarder)?

  public init(
    recipe: HarvestRecipe, sampling: SamplingRecipe, rewards: [String: [RewardRecipe]],
    sampler: Sampler, mixture: TaskMixture, reviewer: (any Rewarder)? = nil
  ) {
    self.reviewer = reviewer
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
    /// How many of the others were left out for what.
    public var dropped: [HarvestReason: Int] = [:]

    public var correct: Int { rollouts.count - dropped[.fault, default: 0] - dropped[.wrong, default: 0] }
  }

  /// Where the samples come from, as each row tells.
  public struct Source: Sendable {
    public var run: String
    public var stage: String
    public var step: Int
    /// A folder of the run, or the model that it began with.
    public var checkpoint: String

    public init(run: String, stage: String, step: Int, checkpoint: String) {
      (self.run, self.stage, self.step, self.checkpoint) = (run, stage, step, checkpoint)
    }
  }

  /// - Parameters:
  ///   - first: Where in the mixture's sequence of training problems to begin.
  ///   - source: Named in each row's origin.
  public func run(
    parameters: Parameters, stage: Int, first: Int, source: Source, progress: Progress?
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
    var result = Result(rollouts: rollouts, kept: [])
    // The same question may come twice where a task has few: cap and compare over all of them.
    var taken: [String: [String]] = [:]
    for rollout in rollouts {
      let key = rollout.problem.domain + "\n" + rollout.problem.prompt.text
      if let reason = await reason(against: rollout, taken: taken[key, default: []]) {
        result.dropped[reason, default: 0] += 1
        continue
      }
      taken[key, default: []].append(rollout.text)
      result.kept.append(example(rollout, source: source))
    }
    return result
  }

  /// Nil: it is kept.
  func reason(against rollout: Rollout, taken: [String]) async -> HarvestReason? {
    let filters = recipe.filters
    guard rollout.reward.value != nil else { return .fault }
    // A verifier that does not pay may have failed, and voids no reward.
    guard let verdict = deciding(rollout) else { return .fault }
    guard verdict.status == .accepted else { return .wrong }
    if filters.audit {
      if verdict.audit == .fault { return .fault }
      if verdict.audit == .failed { return .failedAudit }
    }
    if filters.truncated, !rollout.completion.stopped { return .truncated }
    if filters.rejected, !isAcceptable(rollout) { return .rejected }
    if let reason = filters.reason(against: rollout.text) { return reason }
    if filters.duplicates, taken.contains(rollout.text) { return .duplicate }
    // Last, for it costs most.
    guard taken.count < recipe.keepPerProblem else { return .surplus }
    if filters.mixedLanguage, await isMixed(rollout) { return .mixedLanguage }
    return nil
  }

  /// Whether the verdict on languages is that they are mixed, of enough words to tell.
  private func isMixed(_ rollout: Rollout) async -> Bool {
    let name = "language-consistency"
    var verdict = rollout.reward.outcomes[name]?.verdict
    if verdict == nil, let reviewer {
      let sample = Sample(problem: rollout.problem, completion: Completion(text: rollout.text))
      verdict = await reviewer.outcomes(for: sample)[name]?.verdict
    }
    guard let verdict, verdict.status == .rejected, verdict.reason == "mixed" else { return false }
    return (verdict.details["words"].flatMap { Int($0) } ?? 0) >= Self.wordsThatTell
  }

  private static let wordsThatTell = 10

  private func rewards(of rollout: Rollout) -> [RewardRecipe] {
    rewards.judges(of: rollout.problem.domain)
  }

  /// That of the first verifier of the domain, which says what is correct.
  private func deciding(_ rollout: Rollout) -> Verdict? {
    rewards(of: rollout).first.flatMap { rollout.reward.outcomes[$0.verifier]?.verdict }
  }

  /// No other verifier with a weight rejects: format, language, repetition, as far as the recipe has them.
  private func isAcceptable(_ rollout: Rollout) -> Bool {
    rewards(of: rollout).allSatisfy { reward in
      reward.weight == 0 || reward.verifier == "reasoning-steps"
        || rollout.reward.outcomes[reward.verifier]?.verdict?.status != .rejected
    }
  }

  private func example(_ rollout: Rollout, source: Source) -> SFTExample {
    var verdicts: [String: JSONValue] = [:]
    var plugins: [String: JSONValue] = [:]
    for (name, outcome) in rollout.reward.outcomes {
      guard let verdict = outcome.verdict else { continue }
      verdicts[name] = verdict.json
      // Name, version and digest, as the host notes them.
      plugins[name] = verdict.details["plugin"].map(JSONValue.string)
    }
    return SFTExample(
      problem: rollout.problem, task: rollout.task, completion: rollout.text,
      origin: [
        "run": .string(source.run), "stage": .string(source.stage), "step": .integer(source.step),
        "group": .integer(rollout.group), "sample": .integer(rollout.sample),
        "problem": .string(rollout.problem.id), "checkpoint": .string(source.checkpoint),
        "verdicts": .object(verdicts),
        "plugins": .object(plugins),
      ])
  }
}
