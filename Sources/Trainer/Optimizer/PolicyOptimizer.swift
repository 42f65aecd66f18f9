public import AssayNumerics
public import Policy

/// AdamW on all parameters, with the gradient clipped by its norm.
public final class PolicyOptimizer {
  private let adam: AdamW
  private let mean: FloatBuffer
  private let variance: FloatBuffer
  private(set) var steps = 0

  public init(_ layout: ParameterLayout, _ recipe: OptimizerRecipe) {
    adam = AdamW(beta1: Float(recipe.adamBeta1), beta2: Float(recipe.adamBeta2))
    mean = FloatBuffer(count: layout.count)
    variance = FloatBuffer(count: layout.count)
  }

  /// One step; norms do not decay, and what is not trained stays as it is.
  /// - Parameter maxGradNorm: 0 does not clip.
  /// - Returns: The gradient's Euclidean norm before clipping. If it is not finite, nothing is changed.
  public func step(
    _ parameters: Parameters, gradient: FloatBuffer, learningRate: Double, weightDecay: Double,
    maxGradNorm: Double, lane: Lane
  ) -> Double {
    let norm = Elementwise.sumOfSquares(gradient).squareRoot()
    guard norm.isFinite else { return norm }
    steps += 1
    // As torch.nn.utils.clip_grad_norm_.
    let scale = maxGradNorm > 0 ? min(1, maxGradNorm / (norm + 1e-6)) : 1
    for entry in parameters.layout.entries where entry.isTrained {
      adam.update(
        parameters.buffer, gradient: gradient, mean: mean, variance: variance, range: entry.range,
        step: steps, learningRate: Float(learningRate),
        weightDecay: entry.decays ? Float(weightDecay) : 0, gradientScale: Float(scale), lane: lane)
    }
    parameters.changed()
    return norm
  }
}
