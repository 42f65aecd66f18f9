import AssayNumerics

/// The head and what is asked of it: logits only of the rows that are scored, in chunks, so that no
/// `[N, vocabulary]` matrix ever stands in memory.
final class Head {
  private let config: ModelConfig
  private let layout: ParameterLayout
  private let linear: Linear
  private let weights: WeightFormat
  private let lane: Lane
  /// The weight as the backward product reads it, made once a batch.
  private let backwardWeight: PackedMatrix
  private let rowScratch = Scratch()
  private let logitScratch = Scratch()
  private let gradientScratch = Scratch()

  init(_ config: ModelConfig, _ linear: Linear, _ weights: WeightFormat) {
    self.weights = weights
    self.config = config
    self.linear = linear
    lane = linear.lane
    backwardWeight = PackedMatrix(linear.kernels)
    layout = ParameterLayout(config)
  }

  /// Rows a chunk at most: 72 MiB of logits.
  private var chunk: Int { max(16, min(1024, (18 << 20) / config.vocabularySize)) }

  /// `[rows.count, V]`: raw logits; for tests and for sampling.
  func logits(_ hidden: ConstFloats, rows: Int, _ parameters: Parameters, into logits: Floats) {
    linear.forward(
      hidden, parameters.packed(linear.kernels, weights, lane: lane).head, into: logits, rows: rows)
  }

  /// For each scored row of `batch`, in order: log-probability of its target and entropy, nats, of
  /// softmax(logits / temperature). Where `slope` is given, it also runs the head's backward.
  /// - Parameters:
  ///   - slope: ∂loss/∂logp of each scored row from its index and logp.
  ///   - entropySlope: ∂loss/∂entropy of every scored row, beside `slope`.
  ///   - dHidden: `[N, H]`, added to. - gradient: The head's weight is added to.
  func score(
    _ hidden: ConstFloats, _ batch: PackedBatch, _ parameters: Parameters, temperature: Float,
    slope: ((_ index: Int, _ logp: Float) -> Float)? = nil, entropySlope: Float = 0,
    dHidden: Floats? = nil, gradient: FloatBuffer? = nil
  ) -> TokenScores {
    let (width, vocabulary) = (config.hiddenSize, config.vocabularySize)
    let weight = parameters.buffer.start + layout.head
    let inverse = 1 / temperature
    let packed = parameters.packed(linear.kernels, weights, lane: lane).head
    var scores = TokenScores(count: batch.scored.count)
    if slope != nil {
      backwardWeight.pack(
        weight, row: width, k: vocabulary, columns: width, isTransposed: false, lane: lane)
    }
    // Chunks of one size: each goes once through the head's gradient, the last few rows as well.
    let count = batch.scored.count, chunks = (count + chunk - 1) / chunk
    for index in 0..<chunks {
      let start = count * index / chunks
      let rows = Array(batch.scored[start..<count * (index + 1) / chunks])
      let gathered = rowScratch.floats(rows.count * width)
      for (i, row) in rows.enumerated() {
        (gathered + i * width).update(from: hidden + row * width, count: width)
      }
      let logits = logitScratch.floats(rows.count * vocabulary)
      linear.forward(gathered, packed, into: logits, rows: rows.count)
      var results = [LogSoftmax.Row](
        repeating: LogSoftmax.Row(), count: rows.count)
      results.withUnsafeMutableBufferPointer { results in
        let p = Unchecked((logits, results))
        lane.split(rows.count, atLeast: 4) { part in
          for i in part {
            p.value.1[i] = LogSoftmax.row(
              p.value.0 + i * vocabulary, count: vocabulary, inverseTemperature: inverse)
          }
        }
      }
      for i in rows.indices {
        let logit = logits[i * vocabulary + Int(batch.targets[start + i])]
        scores.logp[start + i] = logit * inverse - results[i].logSumExp
        scores.entropy[start + i] = results[i].entropy
      }
      guard let slope, let dHidden, let gradient else { continue }
      let slopes = rows.indices.map { slope(start + $0, scores.logp[start + $0]) }
      let p = Unchecked(logits)
      let targets = batch.targets[start..<start + rows.count].map { Int($0) }
      let sums = results
      lane.split(rows.count, atLeast: 4) { part in
        for i in part where entropySlope == 0 {
          LogSoftmax.backward(
            p.value + i * vocabulary, count: vocabulary, target: targets[i],
            coefficient: slopes[i], inverseTemperature: inverse, logSumExp: sums[i].logSumExp)
        }
        for i in part where entropySlope != 0 {
          LogSoftmax.backward(
            p.value + i * vocabulary, count: vocabulary, target: targets[i], coefficient: slopes[i],
            entropyCoefficient: entropySlope, inverseTemperature: inverse, row: sums[i])
        }
      }
      let dRows = gradientScratch.floats(rows.count * width)
      linear.forward(logits, backwardWeight, into: dRows, rows: rows.count)
      linear.backwardWeight(
        logits, x: gathered, dWeight: gradient.start + layout.head, rows: rows.count, input: width,
        output: vocabulary)
      for (i, row) in rows.enumerated() {
        let to = dHidden + row * width, from = dRows + i * width
        for j in 0..<width { to[j] += from[j] }
      }
    }
    return scores
  }
}

/// Per scored token, in the order of `PackedBatch.scored`.
public struct TokenScores: Sendable {
  /// Log-probability of the token, nats.
  public var logp: [Float]
  /// Of the whole distribution, nats.
  public var entropy: [Float]

  init(count: Int) {
    logp = Array(repeating: 0, count: count)
    entropy = Array(repeating: 0, count: count)
  }
}
