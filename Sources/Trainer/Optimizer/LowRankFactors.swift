public import AssayNumerics
public import Policy

/// Training of a low-rank adapter: of each adapted matrix W only A and B move, and the policy computes with
/// W₀ + s·B·A. Hu et al. 2021, arXiv:2106.09685, §4.1; start and names as in `peft`: A uniform within 1/√in, B zero.
///
/// The sum is written into the policy's own weights, so that sampling and scoring know nothing of it, and the gradients
/// of A and B are taken from that of W: dB = s·dW·Aᵀ, dA = s·Bᵀ·dW. That is exact. It saves AdamW's memory and the
/// checkpoint's size, not the product that makes dW (a third of a step at most).
public final class LowRankFactors {
  struct Target {
    /// Of the policy.
    let entry: ParameterLayout.Entry
    /// Of A, `[rank, in]`, and B, `[out, rank]`, among all factors.
    let down: Int
    let up: Int
    /// Of W₀ among all matrices that are kept.
    let base: Int
    var output: Int { entry.shape[0] }
    var input: Int { entry.shape[1] }
    /// Name of the layer: without “.weight”.
    var layer: String { String(entry.name.dropLast(".weight".count)) }
  }

  public let recipe: LowRankRecipe
  let targets: [Target]
  /// A and B of all targets, and their gradients.
  public let values: FloatBuffer
  public let gradient: FloatBuffer
  let base: FloatBuffer
  private let linear: Linear
  private let packed: PackedMatrix
  private let scratch = Scratch()

  /// - Throws: `TrainingError` where nothing is adapted.
  public init(_ parameters: Parameters, _ recipe: LowRankRecipe, seed: UInt64, lane: Lane)
    throws(TrainingError)
  {
    self.recipe = recipe
    var targets: [Target] = []
    var (count, kept) = (0, 0)
    for entry in parameters.layout.entries where entry.shape.count == 2 && entry.name.hasSuffix(".weight") {
      let layer = entry.name.split(separator: ".").dropLast().last.map(String.init) ?? ""
      guard recipe.targetModules.contains(layer) else { continue }
      let (output, input) = (entry.shape[0], entry.shape[1])
      targets.append(Target(entry: entry, down: count, up: count + recipe.rank * input, base: kept))
      count += recipe.rank * (input + output)
      kept += entry.count
    }
    if let other = ["embed_tokens", "gate"].first(where: recipe.targetModules.contains) {
      throw TrainingError(
        message:
          "policy.lora.target_modules: “\(other)” is no linear layer, and no adapter of peft's. Leave it out."
      )
    }
    guard !targets.isEmpty else {
      throw TrainingError(
        message: "policy.lora.target_modules names no layer of the model: \(recipe.targetModules). "
          + "Name some of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj.")
    }
    self.targets = targets
    values = FloatBuffer(count: count)
    gradient = FloatBuffer(count: count)
    base = FloatBuffer(count: kept)
    let kernels = Kernels(.fp32)
    linear = Linear(kernels, lane: lane)
    packed = PackedMatrix(kernels)
    for (index, target) in targets.enumerated() {
      (base.start + target.base).update(
        from: parameters.buffer.start + target.entry.offset, count: target.entry.count)
      var random = CounterRandom(seed: seed, index)
      let bound = 1 / Double(target.input).squareRoot()
      for i in 0..<recipe.rank * target.input {
        values.start[target.down + i] = Float(bound * (2 * random.uniform() - 1))
      }
    }
  }

  private var scale: Float { Float(recipe.alpha / Double(recipe.rank)) }

  /// The factors' gradients from that of the policy's weights; into `gradient`.
  func project(_ dWeights: FloatBuffer) {
    let rank = recipe.rank
    gradient.zero()
    for target in targets {
      let dW = dWeights.start + target.entry.offset
      let (down, up) = (values.start + target.down, values.start + target.up)
      let (dDown, dUp) = (gradient.start + target.down, gradient.start + target.up)
      packed.pack(
        down, row: target.input, k: target.input, columns: rank, isTransposed: true, lane: linear.lane)
      linear.forward(dW, packed, into: dUp, rows: target.output)
      linear.backwardWeight(up, x: dW, dWeight: dDown, rows: target.output, input: target.input, output: rank)
      for i in 0..<rank * target.input { dDown[i] *= scale }
      for i in 0..<rank * target.output { dUp[i] *= scale }
    }
  }

  /// Writes W₀ + s·B·A into the policy.
  func merge(into parameters: Parameters) {
    let rank = recipe.rank
    for target in targets {
      let w = parameters.buffer.start + target.entry.offset
      Elementwise.copy(base.start + target.base, to: w, count: target.entry.count, lane: linear.lane)
      let up = scratch.floats(rank * target.output)
      for i in 0..<rank * target.output { up[i] = scale * values.start[target.up + i] }
      packed.pack(
        values.start + target.down, row: target.input, k: rank, columns: target.input, isTransposed: false,
        lane: linear.lane)
      linear.forward(up, packed, into: w, rows: target.output, adding: true)
    }
    parameters.changed()
  }

  /// As `peft` stores it.
  public func adapter(baseModel: String) -> LowRankAdapter {
    var pairs: [String: LowRankAdapter.Pair] = [:]
    for target in targets {
      func tensor(_ offset: Int, _ shape: [Int]) -> HostTensor {
        HostTensor(
          shape: shape,
          values: Array(UnsafeBufferPointer(start: values.start + offset, count: shape[0] * shape[1])))
      }
      pairs[target.layer] = LowRankAdapter.Pair(
        down: tensor(target.down, [recipe.rank, target.input]),
        up: tensor(target.up, [target.output, recipe.rank]))
    }
    return LowRankAdapter(
      rank: recipe.rank, alpha: recipe.alpha, targetModules: recipe.targetModules, baseModel: baseModel,
      pairs: pairs)
  }
}
