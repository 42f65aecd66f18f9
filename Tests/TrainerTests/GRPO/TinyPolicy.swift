import AssayNumerics
import Policy
import VerifierKit

@testable import Trainer

/// A decoder of two layers over 24 tokens, and completions with made-up log-probabilities of the sampler.
enum TinyPolicy {
  static let config = ModelConfig(
    vocabularySize: 24, hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 2, keyValueHeads: 1,
    maxPositions: 64)

  static func parameters(seed: UInt64 = 5) -> Parameters { Parameters(initialising: config, seed: seed) }

  /// Each test has its own: tests run side by side, and a pool does one thing at a time.
  static func pool() -> DecoderPool { DecoderPool(config, threads: 2, slots: 4) }

  /// Groups of completions on prompts of their own.
  /// - Parameter rewards: `[groups][samples]`.
  static func rollouts(_ rewards: [[Double?]], scale: AdvantageScale = .group) -> [Rollout] {
    let advantages = GroupAdvantages(rewards, scale: scale).advantages
    return rewards.indices.flatMap { group in
      rewards[group].indices.map { sample in
        var random = CounterRandom(seed: 9, group, sample)
        var completion = GeneratedCompletion()
        completion.tokens = (0..<3 + (2 * sample + group) % 5).map { _ in Int32(random.integer(in: 0...23)) }
        completion.logp = completion.tokens.map { _ in Float(-2 - 2 * random.uniform()) }
        completion.stopped = true
        return Rollout(
          problem: Problem(
            id: "\(group)", domain: group % 2 == 0 ? "math" : "logic", prompt: .text("p"), reference: nil),
          task: "t", group: group, sample: sample, prompt: (0..<4).map { Int32(($0 * 5 + group) % 24) },
          completion: completion, text: "", reward: Reward(value: rewards[group][sample], outcomes: [:]),
          advantage: advantages[group][sample])
      }
    }
  }

  static func batch(_ rollouts: [Rollout]) -> LossBatch {
    let tokens = rollouts.reduce(0) { $0 + $1.completion.tokens.count }
    return LossBatch(
      completions: rollouts.count, tokens: tokens, rolloutTokens: tokens, minibatches: 1,
      maxCompletionTokens: 12)
  }
}
