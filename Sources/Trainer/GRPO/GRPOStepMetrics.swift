/// What one optimiser step says of itself. Parts of a step add up.
public struct GRPOStepMetrics: Sendable {
  /// Of the objective with the KL term, as the variant weighs it; without the entropy bonus.
  public private(set) var policyLoss = 0.0
  public private(set) var tokens = 0.0
  private var klSum = 0.0
  private var entropySum = 0.0
  private var differenceSum = 0.0
  /// |logp of the trainer − logp of the sampler|, nats: 0 but for rounding on the first update.
  public private(set) var samplingDifferenceMax = 0.0
  /// Ratios: of tokens, or of completions.
  private var ratios = 0.0
  private var low = 0.0
  private var high = 0.0
  private var dual = 0.0
  /// Shares of single completions.
  private var lowMin = Double.infinity
  private var highMax = 0.0

  public init() {}

  /// k3 or another estimate to the reference, mean over tokens, nats.
  public var kl: Double { klSum / max(1, tokens) }
  /// Mean over tokens, nats.
  public var entropy: Double { entropySum / max(1, tokens) }
  public var clipLow: Double { low / max(1, ratios) }
  public var clipHigh: Double { high / max(1, ratios) }
  public var clipDual: Double { dual / max(1, ratios) }
  public var samplingDifferenceMean: Double { differenceSum / max(1, tokens) }

  /// The tokens of one completion.
  mutating func add(
    _ terms: [LossTerm], logp: [Float], entropy: [Float], old: [Float], level: ImportanceSamplingLevel
  ) {
    guard !terms.isEmpty else { return }
    var (low, high, dual) = (0.0, 0.0, 0.0)
    for (index, term) in terms.enumerated() {
      policyLoss += Double(term.loss) * term.weight
      klSum += Double(term.kl)
      entropySum += Double(entropy[index])
      let difference = Double(abs(logp[index] - old[index]))
      differenceSum += difference
      samplingDifferenceMax = max(samplingDifferenceMax, difference)
      low += term.clippedLow ? 1 : 0
      high += term.clippedHigh ? 1 : 0
      dual += term.clippedDual ? 1 : 0
    }
    let count = Double(terms.count)
    tokens += count
    let scale = level == .sequence ? 1 / count : 1
    ratios += count * scale
    self.low += low * scale
    self.high += high * scale
    self.dual += dual * scale
    lowMin = min(lowMin, low / count)
    highMax = max(highMax, high / count)
  }

  /// A further part of the same step.
  mutating func add(_ other: GRPOStepMetrics) {
    policyLoss += other.policyLoss
    tokens += other.tokens
    klSum += other.klSum
    entropySum += other.entropySum
    differenceSum += other.differenceSum
    samplingDifferenceMax = max(samplingDifferenceMax, other.samplingDifferenceMax)
    ratios += other.ratios
    low += other.low
    high += other.high
    dual += other.dual
    lowMin = min(lowMin, other.lowMin)
    highMax = max(highMax, other.highMax)
  }

  /// Under TRL's names.
  func values(norm: Double, loss: GRPOLossName = .grpo) -> [String: Double] {
    var values = ["policy_loss": policyLoss, "kl": kl, "entropy": entropy, "grad_norm": norm]
    if loss == .cispo {
      values["cispo_clip_ratio"] = clipHigh
    } else {
      values["clip_ratio/low_mean"] = clipLow
      values["clip_ratio/high_mean"] = clipHigh
      values["clip_ratio/region_mean"] = clipLow + clipHigh
      values["clip_ratio/low_min"] = lowMin.isFinite ? lowMin : 0
      values["clip_ratio/high_max"] = highMax
      // verl's pg_clipfrac_lower.
      values["clip_ratio/dual_mean"] = clipDual
    }
    return values
  }
}
