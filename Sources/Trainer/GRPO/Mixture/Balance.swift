import Foundation

/// Moves the tasks' weights so that each domain's share (of the gradient's norm, or of tokens) comes to its target.
///
/// At each measurement a domain's factor is multiplied by (target / share)^rate, by no more than 2 and no less than ½,
/// and kept within `max_factor` of the recipe's weight.
public struct Balance: Sendable {
  public let recipe: BalanceRecipe
  private let mixture: TaskMixture
  /// Part of a checkpoint.
  public var state: BalanceState

  /// - Parameter first: How many slots of the mixture earlier stages took.
  public init(_ recipe: BalanceRecipe, mixture: TaskMixture, first: Int) {
    self.recipe = recipe
    self.mixture = mixture
    state = BalanceState()
    guard isControlling else { return }
    state.taken = mixture.taken(before: first)
    state.credits = zip(mixture.shares, state.taken).map { $0 * Double(first) - Double($1) }
  }

  /// Whether weights move at all.
  public var isControlling: Bool { recipe.every > 0 && !recipe.targets.isEmpty }

  /// Whether a step's shares are measured.
  public func measures(at step: Int) -> Bool { recipe.every > 0 && step % recipe.every == 0 }

  /// Of each task, sum 1.
  public var shares: [Double] {
    let weights = zip(mixture.tasks, mixture.shares).map { $1 * state.factors[$0.domain, default: 1] }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// Task and number in it of the next slots: each goes to the task that is furthest behind its share.
  public mutating func next(_ count: Int) -> [(task: Int, index: Int)] {
    let shares = shares
    return (0..<count).map { _ in
      var furthest = 0
      for task in shares.indices {
        state.credits[task] += shares[task]
        if state.credits[task] > state.credits[furthest] + 1e-9 { furthest = task }
      }
      state.credits[furthest] -= 1
      state.taken[furthest] += 1
      return (furthest, state.taken[furthest] - 1)
    }
  }

  /// Nothing moves where a domain with a target is missing.
  /// - Parameter amounts: By domain: norms or tokens.
  public mutating func observe(_ amounts: [String: Double]) {
    guard isControlling else { return }
    let domains = recipe.targets.keys.sorted()
    // A domain that was not drawn, or that nobody could judge, was not measured: its share is not 0.
    guard domains.allSatisfy({ amounts[$0] != nil }) else { return }
    let total = domains.reduce(0) { $0 + amounts[$1, default: 0] }
    guard total > 0, total.isFinite else { return }
    let targets = domains.reduce(0) { $0 + recipe.targets[$1, default: 0] }
    var logs: [Double] = domains.map { domain in
      let share = amounts[domain, default: 0] / total
      let wanted = recipe.targets[domain, default: 0] / targets
      let change = share > 0 ? pow(wanted / share, recipe.rate) : 2
      return log(state.factors[domain, default: 1]) + log(min(2, max(0.5, change)))
    }
    // Only their relation counts: the mean stays where it is.
    let mean = logs.reduce(0, +) / Double(logs.count)
    let bound = log(recipe.maxFactor)
    for index in logs.indices {
      logs[index] = min(bound, max(-bound, logs[index] - mean))
      state.factors[domains[index]] = exp(logs[index])
    }
  }
}

/// What a controller of weights has come to, and where its sequence of problems stands.
public struct BalanceState: Codable, Sendable, Equatable {
  /// By domain; 1 where there is none.
  public var factors: [String: Double] = [:]
  /// Problems that each task gave so far, and how far each is behind its share.
  public var taken: [Int] = []
  public var credits: [Double] = []

  public init() {}
}
