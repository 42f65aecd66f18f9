import AssayNumerics

/// The experts that a row is sent to. DeepSeek-V3, arXiv:2412.19437, §2.1.2, eq. 12:
///
///     y += Σᵢ gᵢ·downᵢ(act(gateᵢ·x) ⊙ upᵢ·x), over the experts that `Router` chooses, with its weights g
///
/// Rows that chose an expert are gathered, and go through its products together. A row's result depends on its own choice
/// alone: no expert is ever full. Shared experts are the dense block of the layer (FeedForward.swift).
final class Experts {
  private let config: ModelConfig
  private let sizes: MixtureSizes
  private let linear: Linear
  private let routing: Linear
  private let lane: Lane
  private let unit: GatedUnit
  private let router: Router
  private let rowScratch = Scratch()
  private let productScratch = Scratch()
  private let slopeScratch = Scratch()
  private let gateUpScratch = Scratch()
  private let weightScratch = Scratch()
  private let logitScratch = Scratch()

  init(_ config: ModelConfig, _ sizes: MixtureSizes, _ linear: Linear) {
    self.config = config
    self.sizes = sizes
    self.linear = linear
    lane = linear.lane
    routing = Linear(Kernels(.fp32), lane: lane)
    unit = GatedUnit(config.family.activation)
    router = Router(
      experts: sizes.experts, groups: sizes.groups, groupsChosen: sizes.groupsChosen, chosen: sizes.chosen,
      isNormalised: sizes.isNormalised, scale: sizes.scale)
  }

  /// - Parameters:
  ///   - x: `[N, H]`, normed. - y: `[N, H]`, added to.
  func forward(
    _ x: ConstFloats, _ at: ParameterLayout.Experts, _ parameters: Parameters,
    _ packed: PackedWeights.Experts,
    kept: Activations.Experts, into y: Floats, rows: Int
  ) {
    let (width, middle, chosen) = (config.hiddenSize, sizes.width, sizes.chosen)
    routing.forward(x, packed.router, into: kept.scores.start, rows: rows)
    kept.dispatch = ExpertDispatch(rows: rows, chosen: chosen, experts: sizes.experts) { choice in
      router.forward(
        kept.scores.start, bias: parameters.buffer.start + at.bias, choice: choice,
        weights: kept.weights.start, rows: rows, lane: lane)
    }
    let dispatch = kept.dispatch
    let gathered = gather(x, dispatch)
    let product = productScratch.floats(dispatch.count * middle)
    dispatch.each { expert, first, count in
      linear.forward(
        gathered + first * width, packed.gateUp[expert], into: kept.gateUp.start + first * 2 * middle,
        rows: count)
    }
    unit.forward(kept.gateUp.start, into: product, rows: dispatch.count, width: middle, lane: lane)
    dispatch.each { expert, first, count in
      linear.forward(
        product + first * middle, packed.down[expert], into: gathered + first * width, rows: count)
    }
    let p = Unchecked((gathered, kept.weights.start, y))
    lane.split(rows, atLeast: 16) { part in
      let (made, weights, y) = p.value
      for index in part.lowerBound * chosen..<part.upperBound * chosen {
        Elementwise.add(
          made + Int(dispatch.places[index]) * width, times: weights[index], to: y + index / chosen * width,
          count: width)
      }
    }
  }

  /// - Parameters:
  ///   - dy: `[N, H]`. - dx: `[N, H]`, added to.
  func backward(
    _ dy: ConstFloats, x: ConstFloats, _ at: ParameterLayout.Experts, _ parameters: Parameters,
    kept: Activations.Experts, dx: Floats, gradient: FloatBuffer, rows: Int
  ) {
    let (width, middle, chosen, dispatch) = (config.hiddenSize, sizes.width, sizes.chosen, kept.dispatch)
    let (w, g) = (parameters.buffer.start, gradient.start)
    let product = productScratch.floats(dispatch.count * middle)
    let slope = slopeScratch.floats(dispatch.count * middle)
    let dGateUp = gateUpScratch.floats(dispatch.count * 2 * middle)
    let dWeights = weightScratch.floats(rows * chosen)
    unit.forward(kept.gateUp.start, into: product, rows: dispatch.count, width: middle, lane: lane)
    // With h the product: ∂/∂gᵢ = (downᵢᵀ·dy)·h, ∂/∂h = gᵢ·downᵢᵀ·dy, ∂/∂downᵢ = dy·(gᵢ·h)ᵀ.
    let dRows = gather(dy, dispatch)
    dispatch.each { expert, first, count in
      linear.backwardInput(
        dRows + first * width, weight: w + at.down[expert], dx: slope + first * middle, rows: count,
        input: middle, output: width)
    }
    let p = Unchecked((product, slope, kept.weights.start, dWeights))
    lane.split(rows * chosen, atLeast: 64) { part in
      let (product, slope, weights, dWeights) = p.value
      for index in part {
        let h = product + Int(dispatch.places[index]) * middle,
          dh = slope + Int(dispatch.places[index]) * middle
        dWeights[index] = Elementwise.dot(h, dh, count: middle)
        Elementwise.scale(h, by: weights[index], count: middle)
        Elementwise.scale(dh, by: weights[index], count: middle)
      }
    }
    dispatch.each { expert, first, count in
      linear.backwardWeight(
        dRows + first * width, x: product + first * middle, dWeight: g + at.down[expert], rows: count,
        input: middle, output: width)
    }
    unit.backward(
      slope, gateUp: kept.gateUp.start, dGateUp: dGateUp, rows: dispatch.count, width: middle, lane: lane)
    let gathered = gather(x, dispatch)
    dispatch.each { expert, first, count in
      let place = gathered + first * width
      linear.backwardWeight(
        dGateUp + first * 2 * middle, x: place, dWeight: g + at.gateUp[expert], rows: count, input: width,
        output: 2 * middle)
      linear.backwardInput(
        dGateUp + first * 2 * middle, weight: w + at.gateUp[expert], dx: place, rows: count, input: width,
        output: 2 * middle)
    }
    let q = Unchecked((gathered, dx))
    lane.split(rows, atLeast: 16) { part in
      let (made, dx) = q.value
      for index in part.lowerBound * chosen..<part.upperBound * chosen {
        Elementwise.add(
          made + Int(dispatch.places[index]) * width, times: 1, to: dx + index / chosen * width, count: width)
      }
    }
    let dLogits = logitScratch.floats(rows * sizes.experts)
    router.backward(
      dWeights, scores: kept.scores.start, choice: dispatch.choice, dLogits: dLogits, rows: rows, lane: lane)
    routing.backward(
      dLogits, x: x, weight: w + at.router, dx: dx, dWeight: g + at.router, rows: rows, input: width,
      output: sizes.experts, adding: true)
  }

  /// `[N·chosen, H]`: rows in the order of the experts they go to.
  private func gather(_ x: ConstFloats, _ dispatch: ExpertDispatch) -> Floats {
    let width = config.hiddenSize, gathered = rowScratch.floats(dispatch.count * width)
    let p = Unchecked((x, gathered))
    lane.split(dispatch.count, atLeast: 64) { part in
      for place in part {
        (p.value.1 + place * width).update(
          from: p.value.0 + Int(dispatch.rows[place]) * width, count: width)
      }
    }
    return gathered
  }
}

/// Which rows go to which expert: places `0..<N·chosen`, those of one expert together, in the order of the rows.
struct ExpertDispatch: Sendable {
  /// `[N, chosen]`: experts, and the place of each.
  private(set) var choice: [Int32] = []
  private(set) var places: [Int32] = []
  /// `[N·chosen]`: the row at a place.
  private(set) var rows: [Int32] = []
  /// First place of each expert, and the end.
  private(set) var starts: [Int] = [0]

  init() {}

  /// - Parameter choose: Fills `choice`.
  init(rows count: Int, chosen: Int, experts: Int, choose: (UnsafeMutablePointer<Int32>) -> Void) {
    choice = Array(repeating: 0, count: count * chosen)
    choice.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { choose(start) } }
    starts = Array(repeating: 0, count: experts + 1)
    for expert in choice { starts[Int(expert) + 1] += 1 }
    for expert in 0..<experts { starts[expert + 1] += starts[expert] }
    var next = starts
    places = Array(repeating: 0, count: choice.count)
    rows = places
    for (index, expert) in choice.enumerated() {
      let place = next[Int(expert)]
      next[Int(expert)] += 1
      places[index] = Int32(place)
      rows[place] = Int32(index / chosen)
    }
  }

  var count: Int { choice.count }
  /// Rows of each expert.
  var loads: [Int] { zip(starts.dropFirst(), starts).map { $0 - $1 } }

  /// Calls `body` for each expert that has rows.
  func each(_ body: (_ expert: Int, _ first: Int, _ count: Int) -> Void) {
    for expert in 0..<starts.count - 1 where starts[expert + 1] > starts[expert] {
      body(expert, starts[expert], starts[expert + 1] - starts[expert])
    }
  }
}
