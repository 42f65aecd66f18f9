public import VerifierKit

/// One verifier of a domain, and what it counts in the sum.
public struct RewardComponent: Sendable {
  public var name: String
  /// Relative to the domain's other components; ≥ 0. With 0 it is judged and logged, not paid.
  public var weight: Double
  public var verifier: any Verifier
  /// Whether a verdict waits for something else (a sandbox, a worker): those of one sample are asked for side
  /// by side, have a deadline, and are remembered. The others take microseconds and are computed where asked.
  public var waits: Bool
  /// Whether what it waits for has a deadline of its own, which begins when its turn comes: a worker, the sandbox.
  var endsByItself = false
  /// Tells this verifier and its options from all others whose verdicts are remembered; nil: they are not.
  var cacheKey: (@Sendable () -> String?)?
  var plugin: PluginHandle?

  public init(name: String, weight: Double, verifier: any Verifier, waits: Bool = true) {
    self.name = name
    self.weight = weight
    self.verifier = verifier
    self.waits = waits
  }
}

/// The same before it is made: as a recipe or a command line names it.
public struct RewardSpecification: Sendable {
  public var name: String
  public var weight: Double
  public var options: [String: JSONValue]
  /// Plugins: of one verdict; nil: the manifest's.
  public var deadline: Duration?
  /// Plugins: whether what its gate finds that is paid for nothing is known and wanted.
  public var allowsGameable: Bool
  /// Plugins: what happens to a run whose plugin is quarantined.
  public var onQuarantine: QuarantineAction

  public init(
    name: String, weight: Double = 1, options: [String: JSONValue] = [:], deadline: Duration? = nil,
    allowsGameable: Bool = false, onQuarantine: QuarantineAction = .pause
  ) {
    self.name = name
    self.weight = weight
    self.options = options
    self.deadline = deadline
    self.allowsGameable = allowsGameable
    self.onQuarantine = onQuarantine
  }
}
