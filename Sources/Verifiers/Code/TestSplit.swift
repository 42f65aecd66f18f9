public import VerifierKit

extension CodeTests {
  /// The tests that pay and those that only watch: a program that was written for the first, or learnt them by heart,
  /// fails the second.
  ///
  /// Which test goes where is a function of the tests and the prompt. What the prompt shows pays: it could watch over
  /// nothing. The others go by a hash of their text.
  /// - Parameter auditShare: In (0, 1), of the tests that watch; at least one does, and at least one pays.
  /// - Returns: Nil for fewer than two tests, and for HumanEval's `check`, which is one.
  public func split(auditShare: Double, prompt: String) -> (reward: CodeTests, audit: CodeTests)? {
    let texts: [String]
    switch kind {
    case .assert(_, let asserts): texts = asserts
    case .check: return nil
    case .call(let function, let cases):
      texts = cases.map { "\(function)(\($0.arguments.map(\.text).joined(separator: ",")))" }
    case .stdio(let cases, _): texts = cases.map(\.stdin)
    }
    guard texts.count > 1, auditShare > 0 else { return nil }
    let shown = Self.compact(prompt)
    let ranks = texts.map { text -> (isHidden: Int, hash: UInt64) in
      let text = Self.compact(text)
      return (text.isEmpty || !shown.contains(text) ? 1 : 0, Self.hash(text))
    }
    let order = texts.indices.sorted {
      (ranks[$0].isHidden, ranks[$0].hash, $0) < (ranks[$1].isHidden, ranks[$1].hash, $1)
    }
    let count = min(texts.count - 1, max(1, Int(auditShare * Double(texts.count))))
    let audit = Set(order.suffix(count))
    return (
      keeping(texts.indices.filter { !audit.contains($0) }), keeping(texts.indices.filter(audit.contains))
    )
  }

  private func keeping(_ indices: [Int]) -> CodeTests {
    var part = self
    switch kind {
    case .assert(let setup, let asserts):
      part.kind = .assert(setup: setup, asserts: indices.map { asserts[$0] })
    case .check: break
    case .call(let function, let cases):
      part.kind = .call(function: function, cases: indices.map { cases[$0] })
    case .stdio(let cases, let checker):
      part.kind = .stdio(cases: indices.map { cases[$0] }, checker: checker)
    }
    return part
  }

  /// Without white space.
  private static func compact(_ text: String) -> String { text.filter { !$0.isWhitespace } }

  /// With its bits mixed.
  private static func hash(_ text: String) -> UInt64 {
    let hash = StableHash(text).value
    return (hash ^ (hash >> 32)) &* 0x9e37_79b9_7f4a_7c15
  }
}
