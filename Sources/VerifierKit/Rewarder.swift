/// Turns completions into rewards. The trainer knows this and no host, so a test trains on a constant.
public protocol Rewarder: Sendable {
  /// One reward for each sample, in the order given. A group's samples come in one call, so that an
  /// abstention can be rescaled for the whole group alike.
  func rewards(for samples: [Sample]) async -> [Reward]
}

public struct Sample: Sendable {
  public var problem: Problem
  public var completion: Completion

  public init(problem: Problem, completion: Completion) {
    self.problem = problem
    self.completion = completion
  }
}

/// The weighted sum of a sample's scores, and how it came about.
public struct Reward: Sendable {
  /// Nil when any weighted component is a fault: the sample leaves mean, deviation and loss.
  public var value: Double?
  /// By verifier name.
  public var outcomes: [String: Outcome]

  public init(value: Double?, outcomes: [String: Outcome]) {
    self.value = value
    self.outcomes = outcomes
  }

  public enum Outcome: Sendable {
    /// `micros`: wall time of the verifier, µs.
    case verdict(Verdict, micros: Int)
    case fault(VerifierFault)

    public var verdict: Verdict? { if case .verdict(let verdict, _) = self { verdict } else { nil } }
  }
}
