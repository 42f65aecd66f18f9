import VerifierKit

/// Problems that the policy solves sometimes come again: their groups teach most, p(1 − p) being the variance of a
/// group's rewards. Rutherford et al. 2024, arXiv:2408.15099; Foster and Foerster 2025, arXiv:2502.12272.
public struct CurriculumRecipe: Sendable, Equatable, RecipeSection {
  /// Share of a step's problems that are drawn from those solved sometimes; 0: all are new.
  public var share = 0.0
  /// At most so many are remembered, over all tasks.
  public var poolSize = 1024
  /// Steps between two visits of a problem at least.
  public var cooldownSteps = 4

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.number("share", &share, .from(0, to: 1))
    try section.integer("pool_size", &poolSize, .atLeast(1))
    try section.integer("cooldown_steps", &cooldownSteps, .atLeast(1))
  }
}

/// How much each domain has of the gradient, and, where targets are given, task weights that follow.
public struct BalanceRecipe: Sendable, Equatable, RecipeSection {
  /// Steps between two measurements; 0: never. One takes a gradient a domain, of the same tokens, and memory for one
  /// gradient more.
  public var every = 0
  public var measure = BalanceMeasure.gradientNorm
  /// By domain; relative to each other. Empty: shares are measured, weights stay.
  public var targets: [String: Double] = [:]
  /// The weight is multiplied by (target / share) to this power at each measurement.
  public var rate = 0.5
  /// A weight stays within this factor of the recipe's.
  public var maxFactor = 4.0

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.integer("every", &every, .atLeast(0))
    try section.choice("measure", &measure)
    var given: [String: JSONValue] = targets.mapValues { .number($0) }
    try section.values("targets", &given)
    for (domain, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let share = value.double, share > 0, share.isFinite else {
        throw RecipeError(
          place: section.place("targets"), message: "the share of “\(domain)” must be a number, more than 0.")
      }
      targets[domain] = share
    }
    if !targets.isEmpty, every == 0 {
      throw RecipeError(
        place: section.place("targets"), message: "are never looked at: give “every” too, such as 10.")
    }
    if targets.count == 1 {
      throw RecipeError(
        place: section.place("targets"), message: "need two domains at least: one alone has all.")
    }
    try section.number("rate", &rate, .above(0, upTo: 1))
    try section.number("max_factor", &maxFactor, .above(1))
  }
}

extension Recipe {
  /// - Throws: where a stage balances a domain that no task has.
  func checkBalance(file: String) throws(RecipeError) {
    let domains = tasks.map { task in task.domain ?? taskTable.first { $0.name == task.generator }?.domain }
    // Of a file only its rows know.
    guard !domains.contains(nil) else { return }
    for case .grpo(let stage) in stages {
      if let other = stage.balance.targets.keys.sorted().first(where: { !domains.contains($0) }) {
        throw RecipeError(
          place: file,
          message: "stage “\(stage.name)” has a target for the domain “\(other)”, which no task has. Correct "
            + "balance.targets.")
      }
    }
  }
}

/// What the shares are of.
public enum BalanceMeasure: String, Sendable, CaseIterable {
  /// Euclidean norms of the domains' own gradients.
  case gradientNorm = "gradient_norm"
  /// Tokens of completions.
  case tokens
}
