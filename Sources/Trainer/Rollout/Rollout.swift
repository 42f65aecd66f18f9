public import Policy
public import VerifierKit

/// One sampled completion with all that was said of it.
public struct Rollout: Sendable {
  public var problem: Problem
  /// The task's name in the recipe.
  public var task: String
  /// Which group of the step, and which sample of the group.
  public var group: Int
  public var sample: Int
  public var prompt: [Int32]
  public var completion: GeneratedCompletion
  /// The completion without its special tokens.
  public var text: String
  public var reward: Reward
  /// Nil: a fault, or too few valid samples in the group; it takes no part in the loss.
  public var advantage: Double?

  public var sequence: [Int32] { prompt + completion.tokens }
  /// Positions of the completion in the sequence.
  public var scored: Range<Int> { prompt.count..<prompt.count + completion.tokens.count }
}

/// Cuts sequences into packed batches of about so many tokens.
public func packed(
  _ sequences: [(tokens: [Int32], scored: Range<Int>)], tokensPerBatch: Int
) -> (batches: [PackedBatch], members: [[Int]]) {
  var batches: [PackedBatch] = []
  var members: [[Int]] = []
  for (index, sequence) in sequences.enumerated() {
    if let last = batches.last, last.count + sequence.tokens.count <= tokensPerBatch {
      batches[batches.count - 1].append(sequence.tokens, scoring: sequence.scored)
      members[members.count - 1].append(index)
    } else {
      var batch = PackedBatch()
      batch.append(sequence.tokens, scoring: sequence.scored)
      batches.append(batch)
      members.append([index])
    }
  }
  return (batches, members)
}
