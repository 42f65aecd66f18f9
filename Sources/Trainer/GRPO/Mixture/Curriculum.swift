import VerifierKit

/// Remembers the problems that the policy solved sometimes, and draws them again by p(1 − p), p the share of samples
/// that were right when it last tried.
///
/// Rutherford et al. 2024, arXiv:2408.15099, eq. 1 (learnability); Foster and Foerster 2025, arXiv:2502.12272. A
/// problem that was solved always or never at its last visit is forgotten.
public struct Curriculum: Sendable {
  public let recipe: CurriculumRecipe
  /// Part of a checkpoint.
  public var state = CurriculumState()

  public init(_ recipe: CurriculumRecipe) { self.recipe = recipe }

  /// One remembered problem of a task, or nil where none is due.
  /// - Parameters:
  ///   - step: Problems tried within `cooldownSteps` before it are not due.
  ///   - excluded: Problem ids that the step has already.
  ///   - position: In [0, 1): where on the line of all weights the choice falls.
  public func draw(
    task: String, step: Int, excluding excluded: Set<String>, at position: Double
  ) -> CurriculumState.Entry? {
    let due = state.entries.filter {
      $0.task == task && $0.step + recipe.cooldownSteps <= step && !excluded.contains($0.id)
    }
    let weights = due.map(\.learnability)
    var left = position * weights.reduce(0, +)
    for (entry, weight) in zip(due, weights) {
      left -= weight
      if left < 0 { return entry }
    }
    return due.last
  }

  /// What a group said of its problem.
  /// - Parameter passRate: Share of right samples, in [0, 1].
  public mutating func record(id: String, task: String, index: Int, passRate: Double, step: Int) {
    guard recipe.share > 0 else { return }
    state.entries.removeAll { $0.id == id }
    guard passRate > 0, passRate < 1 else { return }
    state.entries.append(
      CurriculumState.Entry(id: id, task: task, index: index, passRate: passRate, step: step))
    guard state.entries.count > recipe.poolSize else { return }
    // The least to be learnt from goes; of several, the oldest.
    let worst = state.entries.indices.min {
      let (a, b) = (state.entries[$0], state.entries[$1])
      return (a.learnability, a.step, a.id) < (b.learnability, b.step, b.id)
    }
    if let worst { state.entries.remove(at: worst) }
  }
}

/// The pool of a curriculum, in the order in which its problems were tried.
public struct CurriculumState: Codable, Sendable, Equatable {
  public var entries: [Entry] = []

  public init() {}

  public struct Entry: Codable, Sendable, Equatable {
    /// The problem's.
    public var id: String
    public var task: String
    /// The problem's number in its task.
    public var index: Int
    public var passRate: Double
    /// When it was last tried.
    public var step: Int

    /// Variance of a sample's being right.
    public var learnability: Double { passRate * (1 - passRate) }
  }
}

/// The share of a group's judged samples that are right; nil where fewer than two were judged.
/// - Parameter verifiers: By domain (`*`: any other), whose `accepted` counts; elsewhere a reward of at least a half.
func passRate(_ group: some Collection<Rollout>, verifiers: [String: String]) -> Double? {
  let judged = group.compactMap { rollout -> Bool? in
    guard let reward = rollout.reward.value else { return nil }
    guard let name = verifiers[rollout.problem.domain] ?? verifiers["*"],
      let outcome = rollout.reward.outcomes[name]
    else { return reward >= 0.5 }
    // One that does not pay may have failed, and voids no reward.
    guard let verdict = outcome.verdict else { return nil }
    return verdict.status == .abstained ? nil : verdict.status == .accepted
  }
  guard judged.count > 1 else { return nil }
  return Double(judged.count { $0 }) / Double(judged.count)
}
