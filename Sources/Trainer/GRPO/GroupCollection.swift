import AssayNumerics
import Policy
import VerifierKit

/// A step's groups, those that were replaced among them.
struct GroupCollection: Sendable {
  var rollouts: [Rollout] = []
  var rewards = ShapedRewards(scores: [], penalties: [])
  var timing = Sampler.Timing()
  /// By group.
  var entries: [ProblemSchedule.Entry] = []
  /// Groups that the loss is made of, ascending.
  var kept: [Int] = []
  /// Batches sampled.
  var batches = 0
}

extension GRPOTrainer {
  /// Samples the step's groups. Those whose rewards are all equal, or too few, are replaced by groups of further
  /// problems of the same task, as often as the recipe allows: dynamic sampling, Yu et al. 2025 (DAPO),
  /// arXiv:2503.14476, §3.2. What can't be replaced leaves the step smaller.
  func collect(_ plan: ProblemSchedule.Plan, step: Int) async throws -> GroupCollection {
    var collection = GroupCollection()
    var reserve = plan.reserve
    var next = plan.problems
    while !next.isEmpty {
      let offset = collection.entries.count
      let batch = collection.batches
      let place = batch == 0 ? [Place.training, stage, step] : [Place.replacement, stage, step, batch]
      var (rollouts, timing) = try await sampler.rollouts(
        next.map { (schedule.name($0.task), $0.problem) }, samples: recipe.groupSize, parameters: parameters,
        options: options, place: place)
      for index in rollouts.indices { rollouts[index].group += offset }
      let shaped = shaped(rollouts)
      collection.rewards = collection.rewards + shaped
      collection.rollouts += rollouts
      collection.entries += next
      collection.timing.generate += timing.generate
      collection.timing.reward += timing.reward
      collection.batches += 1
      if recipe.maxGenerationBatches == 1 {
        collection.kept = Array(next.indices)
        break
      }
      var missing: [ProblemSchedule.Entry] = []
      for (index, entry) in next.enumerated() {
        let group = shaped.scores[index * recipe.groupSize..<(index + 1) * recipe.groupSize]
        let valid = group.compactMap(\.self)
        if valid.count > 1, valid.contains(where: { $0 != valid[0] }) {
          collection.kept.append(offset + index)
        } else if collection.batches < recipe.maxGenerationBatches,
          let other = reserve[entry.task]?.first
        {
          reserve[entry.task]?.removeFirst()
          missing.append(other)
        }
      }
      next = missing
    }
    return collection
  }

  /// Sets the advantages of the groups that are kept; those of the others are 0.
  /// - Returns: What is logged of all groups.
  func setAdvantages(_ collection: inout GroupCollection, step: Int) -> GroupAdvantages {
    let size = recipe.groupSize
    func groups(_ rewards: [Double?]) -> [[Double?]] {
      stride(from: 0, to: rewards.count, by: size).map { Array(rewards[$0..<$0 + size]) }
    }
    let rewards = groups(collection.rewards.rewards)
    var all = GroupAdvantages(rewards, scale: recipe.scaleRewards, estimator: recipe.advantageEstimator)
    if recipe.klInReward {
      // Rewards that are equal but for the KL are nothing to learn a task from.
      all.zeroVarianceGroups =
        GroupAdvantages(groups(collection.rewards.scores), scale: .none).zeroVarianceGroups
    }
    // What is logged beside `reward` is the deviation of the same: without what was taken from it.
    all.meanDeviation =
      GroupAdvantages(groups(collection.rollouts.map(\.reward.value)), scale: .none).meanDeviation
    let used = GroupAdvantages(
      collection.kept.map { rewards[$0] }, scale: recipe.scaleRewards, estimator: recipe.advantageEstimator)
    all.advantages = all.advantages.map { $0.map { $0.map { _ in 0 } } }
    for (group, advantages) in zip(collection.kept, used.advantages) {
      all.advantages[group] = recipe.shuffleAdvantages ? shuffled(advantages, step, group) : advantages
    }
    for (index, advantage) in all.advantages.joined().enumerated() {
      collection.rollouts[index].advantage = advantage
    }
    return all
  }

  /// The control: the same advantages, on other samples of the group.
  private func shuffled(_ advantages: [Double?], _ step: Int, _ group: Int) -> [Double?] {
    var random = CounterRandom(seed: sampler.seed, Place.control, stage, step, group)
    let valid = advantages.compactMap(\.self)
    var order = random.permutation(of: valid.count).map { valid[$0] }[...]
    return advantages.map { $0 == nil ? nil : order.popFirst() }
  }
}
