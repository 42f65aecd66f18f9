import Foundation

/// One token's part of the objective, and its derivative.
///
///     loss = Σ weight · ( −min(ρ·Â, clip(ρ, 1 − ε_low, 1 + ε_high)·Â) + β·k3 )
///     ρ = exp(logp − old),   k3 = exp(ref − logp) − (ref − logp) − 1
///
/// Shao et al. 2024 (DeepSeekMath), arXiv:2402.03300, eq. 3 and 4; k3: Schulman 2020, "Approximating KL
/// divergence". What the variants differ in is the weight of a token: Losses/.
public struct ClippedObjective: Sendable {
  public var epsilonLow: Float
  public var epsilonHigh: Float
  /// β; 0 needs no reference.
  public var klCoefficient: Float

  public init(epsilonLow: Float, epsilonHigh: Float, klCoefficient: Float) {
    self.epsilonLow = epsilonLow
    self.epsilonHigh = epsilonHigh
    self.klCoefficient = klCoefficient
  }

  public struct Term: Sendable {
    /// Before weighting.
    public var loss: Float
    /// ∂loss/∂logp, before weighting.
    public var slope: Float
    public var ratio: Float
    /// k3, nats; 0 without a reference.
    public var kl: Float
    /// Whether the clip took the gradient away, at which end.
    public var clippedLow: Bool
    public var clippedHigh: Bool
  }

  /// - Parameters:
  ///   - logp: Of the token under the policy in training, nats.
  ///   - old: Under the policy that sampled; nil: the same policy, so ρ is 1.
  ///   - reference: Under the frozen reference; nil where β is 0.
  @inline(__always)
  public func term(logp: Float, old: Float?, reference: Float?, advantage: Float) -> Term {
    let ratio = old.map { exp(logp - $0) } ?? 1
    let clipped = min(max(ratio, 1 - epsilonLow), 1 + epsilonHigh)
    let isClipped = clipped * advantage < ratio * advantage
    var term = Term(
      loss: -min(ratio * advantage, clipped * advantage),
      slope: isClipped ? 0 : -ratio * advantage, ratio: ratio, kl: 0,
      clippedLow: isClipped && advantage < 0, clippedHigh: isClipped && advantage > 0)
    if let reference, klCoefficient > 0 {
      let difference = reference - logp
      term.kl = exp(difference) - difference - 1
      term.loss += klCoefficient * term.kl
      term.slope += klCoefficient * (1 - exp(difference))
    }
    return term
  }
}

/// How much a token of a completion counts in one optimiser step.
public protocol LossVariant: Sendable {
  /// - Parameters:
  ///   - length: Tokens of the completion, ≥ 1.
  ///   - batch: The optimiser step that it belongs to.
  func tokenWeight(length: Int, in batch: LossBatch) -> Double
}

/// What a variant may normalise by.
public struct LossBatch: Sendable {
  /// Valid completions of this optimiser step.
  public var completions: Int
  /// Their tokens.
  public var tokens: Int
  /// Valid tokens of the whole rollout batch, and the optimiser steps a pass takes over it.
  public var rolloutTokens: Int
  public var minibatches: Int
  public var maxCompletionTokens: Int

  public init(
    completions: Int, tokens: Int, rolloutTokens: Int, minibatches: Int, maxCompletionTokens: Int
  ) {
    self.completions = completions
    self.tokens = tokens
    self.rolloutTokens = rolloutTokens
    self.minibatches = minibatches
    self.maxCompletionTokens = maxCompletionTokens
  }
}

extension GRPOLossName {
  /// The table of variants: a new one adds a file in Losses/, a line here and a row in the tests.
  public var variant: any LossVariant {
    switch self {
    case .grpo: GRPOLoss()
    case .drGRPO: DrGRPOLoss()
    case .bnpo: BNPOLoss()
    case .dapo: DAPOLoss()
    }
  }
}
