public import VerifierKit

/// One verifier of a domain, and what it counts in the sum.
public struct RewardComponent: Sendable {
  public var name: String
  /// Relative to the domain's other components; ≥ 0. With 0 it is judged and logged, not paid.
  public var weight: Double
  public var verifier: any Verifier

  public init(name: String, weight: Double, verifier: any Verifier) {
    self.name = name
    self.weight = weight
    self.verifier = verifier
  }
}

/// The same before it is made: as a recipe or a command line names it.
public struct RewardSpecification: Sendable {
  public var name: String
  public var weight: Double
  public var options: [String: JSONValue]

  public init(name: String, weight: Double = 1, options: [String: JSONValue] = [:]) {
    self.name = name
    self.weight = weight
    self.options = options
  }
}
