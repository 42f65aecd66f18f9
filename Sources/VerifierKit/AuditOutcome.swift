/// What became of the tests that watch over a program and don't pay: `python-tests` with `audit_share`.
public enum AuditOutcome: String, Sendable, Hashable {
  case passed
  case failed
  /// The judge broke: nothing is known.
  case fault
}

extension Verdict {
  /// Nil where there are no such tests. Status and score know nothing of it.
  public var audit: AuditOutcome? { details["audit"].flatMap(AuditOutcome.init) }
}
