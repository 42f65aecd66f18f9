public import VerifierKit

/// A verifier that can say how its verdict came about.
public protocol ExplainingVerifier: Verifier {
  /// One line a step, each `what: what was seen`; the verdict itself is not among them.
  func explain(_ completion: Completion, of problem: Problem) -> [String]
}
