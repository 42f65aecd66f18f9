public import AssayNumerics

/// Sequences laid end to end, without padding. A prompt that several completions share lies there once.
public struct PackedBatch: Sendable {
  /// `[N]`.
  public private(set) var tokens: [Int32] = []
  /// What attends to what.
  public private(set) var spans: [AttentionSpan] = []
  /// `[N]`: a token's place in its sequence.
  public private(set) var positions: [Int32] = []
  /// Rows whose next token is scored, in order; the last row of a shared prompt comes once a completion.
  public private(set) var scored: [Int] = []
  /// The token that each of them predicts.
  public private(set) var targets: [Int32] = []

  public init() {}

  public var count: Int { tokens.count }

  /// - Parameter scoring: Positions in the sequence whose tokens are scored: those of the completion.
  public mutating func append(_ sequence: [Int32], scoring: Range<Int>) {
    precondition(scoring.lowerBound >= 1 || scoring.isEmpty, "the first token has nothing before it")
    precondition(scoring.upperBound <= sequence.count, "scored positions lie in the sequence")
    let start = tokens.count
    add(sequence, at: 0)
    scored += scoring.map { start + $0 - 1 }
    targets += sequence[scoring]
    spans.append(AttentionSpan(rows: start..<tokens.count))
  }

  /// A prompt with its completions, whose tokens are all scored. Each attends to the prompt and to itself; the last
  /// token of each predicts nothing and is left out.
  /// - Parameters: both without an empty one among them.
  public mutating func append(prompt: [Int32], completions: [[Int32]]) {
    precondition(!prompt.isEmpty && completions.allSatisfy { !$0.isEmpty }, "an empty prompt or completion")
    let start = tokens.count
    add(prompt, at: 0)
    let prefix = start..<tokens.count
    spans.append(AttentionSpan(rows: prefix))
    for completion in completions {
      let first = tokens.count
      add(completion.dropLast(), at: prompt.count)
      scored += [prefix.upperBound - 1] + (first..<tokens.count)
      targets += completion
      if first < tokens.count { spans.append(AttentionSpan(rows: first..<tokens.count, prefix: prefix)) }
    }
  }

  private mutating func add(_ part: some Collection<Int32>, at position: Int) {
    tokens += part
    positions += (0..<part.count).map { Int32(position + $0) }
  }
}
