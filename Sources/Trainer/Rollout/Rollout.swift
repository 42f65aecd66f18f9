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
}

/// Cuts sequences into packed batches of about so many tokens.
public func packed(
  _ sequences: [(tokens: [Int32], scored: Range<Int>)], tokensPerBatch: Int
) -> [PackedBatch] {
  var batches: [PackedBatch] = []
  for sequence in sequences {
    if batches.last.map({ $0.count + sequence.tokens.count > tokensPerBatch }) ?? true {
      batches.append(PackedBatch())
    }
    batches[batches.count - 1].append(sequence.tokens, scoring: sequence.scored)
  }
  return batches
}

/// Rollouts in packed batches of about so many tokens. Neighbours with one prompt share it: its forward and backward
/// are run once for all of them that fall into one batch.
public struct PackedRollouts {
  public private(set) var batches: [PackedBatch] = []
  /// Of each batch's scored tokens, in order: which rollout, and which token of its completion.
  public private(set) var owners: [[(rollout: Int, token: Int)]] = []

  /// - Parameter rollouts: without an empty completion among them.
  public init(_ rollouts: [Rollout], tokensPerBatch: Int) {
    var index = 0
    while index < rollouts.count {
      let prompt = rollouts[index].prompt
      let first = index
      var tokens = prompt.count
      repeat {
        tokens += rollouts[index].completion.tokens.count
        index += 1
      } while index < rollouts.count && rollouts[index].prompt == prompt
        && tokens + rollouts[index].completion.tokens.count <= tokensPerBatch
      if batches.last.map({ $0.count + tokens > tokensPerBatch }) ?? true {
        batches.append(PackedBatch())
        owners.append([])
      }
      batches[batches.count - 1].append(
        prompt: prompt, completions: rollouts[first..<index].map(\.completion.tokens))
      owners[owners.count - 1] += (first..<index).flatMap { rollout in
        rollouts[rollout].completion.tokens.indices.map { (rollout, $0) }
      }
    }
  }
}
