public import AssayNumerics
public import Policy

/// AdamW on all parameters, or on the factors of an adapter, with the gradient clipped by its norm.
public final class PolicyOptimizer {
  private let adam: AdamW
  let moments: AdamW.Moments
  private let factors: LowRankFactors?
  /// Of the values that are trained.
  let count: Int
  /// Taken so far; set only by what takes up a checkpoint.
  var steps = 0

  /// - Parameter factors: What is trained instead of the weights.
  public init(_ layout: ParameterLayout, _ recipe: OptimizerRecipe, factors: LowRankFactors? = nil) {
    adam = AdamW(beta1: Float(recipe.adamBeta1), beta2: Float(recipe.adamBeta2))
    self.factors = factors
    count = factors?.values.count ?? layout.count
    moments = AdamW.Moments(count: count, format: recipe.state)
  }

  /// The Euclidean norm of what `step` would see of a gradient of the policy's weights.
  func norm(of gradient: FloatBuffer, lane: Lane) -> Double {
    factors?.project(gradient)
    return Elementwise.sumOfSquares(factors?.gradient ?? gradient, lane: lane).squareRoot()
  }

  /// One step; norms do not decay, and what is not trained stays as it is.
  /// - Parameters:
  ///   - gradient: Of the policy's weights.
  ///   - maxGradNorm: 0 does not clip.
  /// - Returns: The Euclidean norm before clipping of the gradient of what is trained. If it is not finite, nothing is
  ///   changed.
  public func step(
    _ parameters: Parameters, gradient: FloatBuffer, learningRate: Double, weightDecay: Double,
    maxGradNorm: Double, lane: Lane
  ) -> Double {
    factors?.project(gradient)
    let gradient = factors?.gradient ?? gradient
    let norm = Elementwise.sumOfSquares(gradient, lane: lane).squareRoot()
    guard norm.isFinite else { return norm }
    steps += 1
    // As torch.nn.utils.clip_grad_norm_.
    let scale = maxGradNorm > 0 ? min(1, maxGradNorm / (norm + 1e-6)) : 1
    func update(_ weights: FloatBuffer, _ range: Range<Int>, decays: Bool) {
      adam.update(
        weights, gradient: gradient, moments: moments, range: range, step: steps,
        learningRate: Float(learningRate), weightDecay: decays ? Float(weightDecay) : 0,
        gradientScale: Float(scale), lane: lane)
    }
    if let factors {
      update(factors.values, 0..<factors.values.count, decays: true)
      factors.merge(into: parameters)
    } else {
      for entry in parameters.layout.entries where entry.isTrained {
        update(parameters.buffer, entry.range, decays: entry.decays)
      }
      parameters.changed()
    }
    return norm
  }
}
