public import VerifierKit

/// One row of supervised fine-tuning: a problem and a completion worth imitating.
public struct SFTExample: Sendable {
  public var problem: Problem
  public var task: String
  public var completion: String
  /// Where it comes from: `worked`, or the rollout and verdicts that a harvest kept.
  public var origin: [String: JSONValue]

  public init(
    problem: Problem, task: String, completion: String, origin: [String: JSONValue] = [:]
  ) {
    self.problem = problem
    self.task = task
    self.completion = completion
    self.origin = origin
  }
}
