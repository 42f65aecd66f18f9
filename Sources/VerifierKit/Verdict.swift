/// What a verifier says of one completion. A judge that broke throws a `VerifierFault` instead: the two
/// are kept apart to the end (docs/architecture.md, "Verdict and fault").
public struct Verdict: Sendable, Hashable {
  public var status: Status
  /// Unitless, in [0, 1].
  public var score: Double
  /// Short and machine-readable: `equal`, `no-answer`, `wrong-answer`, `several-answers`, `time-limit`, ...
  public var reason: String
  /// What a person needs to agree or disagree: the extracted answer, the failing test, ...
  public var details: [String: String]

  public init(status: Status, score: Double, reason: String, details: [String: String] = [:]) {
    precondition((0...1).contains(score), "a score is in [0, 1], this one is \(score)")
    self.status = status
    self.score = score
    self.reason = reason
    self.details = details
  }

  public enum Status: String, Sendable, Hashable, Codable {
    case accepted
    case rejected
    /// Nothing to say about this *problem*; the weight leaves the sum for the whole group alike.
    case abstained
  }

  /// Score 1 unless said otherwise.
  public static func accepted(
    _ reason: String, score: Double = 1, _ details: [String: String] = [:]
  ) -> Verdict { Verdict(status: .accepted, score: score, reason: reason, details: details) }

  /// Score 0 unless said otherwise (a share of the tests that passed, say).
  public static func rejected(
    _ reason: String, score: Double = 0, _ details: [String: String] = [:]
  ) -> Verdict { Verdict(status: .rejected, score: score, reason: reason, details: details) }

  public static func abstained(_ reason: String, _ details: [String: String] = [:]) -> Verdict {
    Verdict(status: .abstained, score: 0, reason: reason, details: details)
  }
}

/// The judge is to blame: a worker died, the sandbox is missing, the reference can't be read. The sample
/// leaves its group; it never becomes a score.
public struct VerifierFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// Short and machine-readable: `unreadable-reference`, `sandbox-unavailable`, `worker-died`, ...
  public var reason: String
  /// One sentence that names the place and ends with what to do.
  public var message: String

  public init(reason: String, message: String) {
    self.reason = reason
    self.message = message
  }

  public var description: String { "\(reason): \(message)" }
}
