/// Sequences laid end to end, without padding.
public struct PackedBatch: Sendable {
  /// `[N]`.
  public private(set) var tokens: [Int32] = []
  /// `[S + 1]`: where each sequence begins; the last is N.
  public private(set) var starts: [Int] = [0]
  /// `[N]`: a token's place in its sequence.
  public private(set) var positions: [Int32] = []
  /// Rows whose next token is scored, in order. Row r predicts token r + 1.
  public private(set) var scored: [Int] = []

  public init() {}

  public var sequences: Int { starts.count - 1 }
  public var count: Int { tokens.count }

  /// - Parameter scoring: Positions in the sequence whose tokens are scored: those of the completion.
  public mutating func append(_ sequence: [Int32], scoring: Range<Int>) {
    precondition(scoring.lowerBound >= 1 || scoring.isEmpty, "the first token has nothing before it")
    precondition(scoring.upperBound <= sequence.count, "scored positions lie in the sequence")
    let start = tokens.count
    tokens.append(contentsOf: sequence)
    positions.append(contentsOf: (0..<Int32(sequence.count)))
    scored.append(contentsOf: scoring.map { start + $0 - 1 })
    starts.append(tokens.count)
  }

  /// The token that scored row `row` predicts.
  @inline(__always)
  public func target(of row: Int) -> Int { Int(tokens[row + 1]) }
}
