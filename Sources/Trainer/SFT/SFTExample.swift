public import VerifierKit

/// One row of supervised fine-tuning: a problem and a completion worth imitating.
public struct SFTExample: Sendable {
  public var problem: Problem
  public var task: String
  public var completion: String
  /// Where it comes from: `worked` or `unworked`, or the rollout and verdicts that a harvest kept.
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

extension SFTExample {
  /// The problem as a row that `assay score` reads, with its tests.
  public func problemRow(_ completion: String?) -> JSONValue {
    var fields: [String: JSONValue] = [
      "id": .string(problem.id), "domain": .string(problem.domain),
      "prompt": problem.prompt.json,
    ]
    if let reference = problem.reference { fields["reference"] = reference }
    if let language = problem.language { fields["language"] = .string(language) }
    if !problem.metadata.isEmpty { fields["metadata"] = .object(problem.metadata) }
    if let completion { fields["completion"] = .string(completion) }
    if problem.tests != nil { fields["tests"] = StoredProblem.json(problem)["tests"] }
    return .object(fields)
  }
}
