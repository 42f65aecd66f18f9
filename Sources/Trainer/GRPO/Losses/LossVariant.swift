import Foundation

/// A member of the family: what a token of a completion adds to the loss, with what weight, and what was clipped.
///
///     loss of an optimiser step = Σ over its tokens of weight · loss
///
/// A variant is one file beside this one, one line in `GRPOLossName.make`, a row in the tests' tables and a line in
/// docs/algorithms.md. The training step knows none of them.
public protocol LossVariant: Sendable {
  init(_ options: LossOptions)
  var options: LossOptions { get }

  /// One over the normaliser: by what the tokens of a completion are weighed.
  /// - Parameters:
  ///   - length: Tokens of the completion, ≥ 1.
  ///   - batch: The optimiser step that it belongs to.
  func tokenWeight(length: Int, in batch: LossBatch) -> Double

  /// - Parameter sequence: Of the token's completion; nil where `needsSequence` is false.
  func term(_ token: LossToken, _ sequence: SequenceScores?, in batch: LossBatch) -> LossTerm

  /// Whether a token's slope hangs on the log-probabilities of its whole completion.
  /// - Parameter onPolicy: Whether the parameters are those that sampled, so that every ratio is 1.
  func needsSequence(onPolicy: Bool) -> Bool
}

extension LossVariant {
  /// The clipped objective with the KL term: what all but CISPO and R1's form share.
  public func term(_ token: LossToken, _ sequence: SequenceScores?, in batch: LossBatch) -> LossTerm {
    options.clippedTerm(token, sequence, weight: tokenWeight(length: token.length, in: batch))
  }

  public func needsSequence(onPolicy: Bool) -> Bool {
    options.level == .sequence && (!onPolicy || options.klCoefficient > 0 && options.biasCorrectedKL)
  }
}

/// What the variants have in common, under the recipe's names.
public struct LossOptions: Sendable, Equatable {
  /// The ratio is clipped to [1 − low, 1 + high].
  public var clipEpsilonLow: Float
  public var clipEpsilonHigh: Float
  /// Dual clip: the largest ratio that a negative advantage is multiplied by.
  public var clipRatioC: Float?
  /// β in the loss; 0 needs no reference.
  public var klCoefficient: Float
  public var klEstimator: KLEstimator
  /// Multiplies the KL estimate by the ratio, DeepSeek-V3.2, arXiv:2512.02556, §3.1.
  public var biasCorrectedKL: Bool
  public var level: ImportanceSamplingLevel

  public init(
    clipEpsilonLow: Float = 0.2, clipEpsilonHigh: Float = 0.2, clipRatioC: Float? = nil,
    klCoefficient: Float = 0, klEstimator: KLEstimator = .k3, biasCorrectedKL: Bool = false,
    level: ImportanceSamplingLevel = .token
  ) {
    self.clipEpsilonLow = clipEpsilonLow
    self.clipEpsilonHigh = clipEpsilonHigh
    self.clipRatioC = clipRatioC
    self.klCoefficient = klCoefficient
    self.klEstimator = klEstimator
    self.biasCorrectedKL = biasCorrectedKL
    self.level = level
  }
}

/// Over what the ratio of two policies goes.
public enum ImportanceSamplingLevel: String, Sendable, CaseIterable {
  /// ρ = exp(logp − old) of each token.
  case token
  /// ρ = exp(mean over the completion's tokens of logp − old), the same for all of them.
  case sequence
}

/// A sampled token as a loss sees it; log-probabilities in nats.
public struct LossToken: Sendable {
  /// Under the policy in training.
  public var logp: Float
  /// Under the policy that sampled; nil: the same policy, so the ratio is 1.
  public var old: Float?
  /// Under the frozen reference; nil where the loss has no KL term.
  public var reference: Float?
  public var advantage: Float
  /// Tokens of its completion.
  public var length: Int

  public init(logp: Float, old: Float?, reference: Float?, advantage: Float, length: Int) {
    self.logp = logp
    self.old = old
    self.reference = reference
    self.advantage = advantage
    self.length = length
  }
}

/// What a token's slope needs of its completion.
public struct SequenceScores: Sendable {
  /// Tokens.
  public var length = 0
  /// Σ (logp − old), nats; 0 on policy.
  public var logRatio: Float = 0
  /// Σ (reference − logp), nats.
  public var toReference: Float = 0
  /// Mean of the tokens' KL estimates, nats.
  public var meanKL: Float = 0

  public init(_ tokens: some Sequence<LossToken>, estimator: KLEstimator) {
    for token in tokens {
      length += 1
      logRatio += token.old.map { token.logp - $0 } ?? 0
      guard let reference = token.reference else { continue }
      toReference += reference - token.logp
      meanKL += estimator.estimate(reference - token.logp).value
    }
    meanKL /= Float(max(1, length))
  }
}

/// One token's part of the loss, and its derivative.
public struct LossTerm: Sendable {
  /// Before weighting.
  public var loss: Float
  /// ∂(the step's loss)/∂logp, before weighting.
  public var slope: Float
  /// One over the normaliser.
  public var weight: Double
  public var ratio: Float
  /// The estimate, nats; 0 without a reference.
  public var kl: Float = 0
  /// Whether the clip took the gradient away, at which end, or at the dual clip.
  public var clippedLow = false
  public var clippedHigh = false
  public var clippedDual = false
}

/// What a variant may normalise by.
public struct LossBatch: Sendable {
  /// Valid completions of this optimiser step.
  public var completions: Int
  /// Their tokens, without those of masked completions.
  public var tokens: Int
  /// The same of the whole rollout batch, and the optimiser steps a pass takes over it.
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
  /// The table of variants.
  public func make(_ options: LossOptions) -> any LossVariant {
    switch self {
    case .grpo: GRPOLoss(options)
    case .drGRPO: DrGRPOLoss(options)
    case .bnpo: BNPOLoss(options)
    case .dapo: DAPOLoss(options)
    case .gspo: GSPOLoss(options)
    case .cispo: CISPOLoss(options)
    case .r1: R1Loss(options)
    }
  }
}
