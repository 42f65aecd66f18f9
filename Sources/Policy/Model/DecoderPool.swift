public import AssayNumerics
import Dispatch

/// One policy's decoders, a lane each, and the gradient that they make together.
///
/// A large model is one lane of all threads. A small one, whose products are too short to split, is as
/// many lanes of one thread; lane i takes batches i, i + lanes, ..., so the sums come out the same however
/// the threads are scheduled.
public final class DecoderPool: @unchecked Sendable {
  public let config: ModelConfig
  /// Of matrix products.
  public let precision: Precision
  private let decoders: [Decoder]
  private let generators: [Generator]
  private var gradients: [FloatBuffer] = []

  /// - Parameters:
  ///   - threads: Processors to use.
  ///   - slots: Completions sampled at once, over all lanes.
  public init(
    _ config: ModelConfig, threads: Int, slots: Int, precision: Precision = .fp32,
    weights: WeightFormat = .full,
    gradientCheckpointing: Bool = false
  ) {
    self.config = config
    self.precision = precision
    let lanes = config.hiddenSize < 384 ? max(1, threads) : 1
    let lane = Lane(threads: max(1, threads / lanes))
    decoders = (0..<lanes).map { _ in
      Decoder(
        config, lane: lane, precision: precision, weights: weights,
        gradientCheckpointing: gradientCheckpointing)
    }
    generators = decoders.map { Generator($0, slots: max(1, slots / lanes)) }
  }

  /// All threads as one lane: for what runs between the decoders' work, such as the optimiser.
  public var whole: Lane { Lane(threads: decoders.count * (decoders.first?.lane.threads ?? 1)) }

  /// Completions by request and sample. `finished` and `drawn` may be called on several threads, but for one completion
  /// on one, in order.
  public func generate(
    _ requests: [GenerationRequest], _ parameters: Parameters, options: SamplingOptions,
    stops: Set<Int32>,
    finished: (@Sendable (_ request: Int, _ sample: Int, GeneratedCompletion) -> Void)? = nil,
    drawn: (@Sendable (_ request: Int, _ sample: Int, _ token: Int32) -> Void)? = nil
  ) -> [[GeneratedCompletion]] {
    let parts = onLanes { lane, count in
      let mine = stride(from: lane, to: requests.count, by: count).map { $0 }
      let made = self.generators[lane].generate(
        mine.map { requests[$0] }, parameters, options: options, stops: stops,
        finished: { request, sample, completion in finished?(mine[request], sample, completion) },
        drawn: drawn.map { drawn in { drawn(mine[$0], $1, $2) } })
      return zip(mine, made).map { ($0, $1) }
    }
    var results = [[GeneratedCompletion]](repeating: [], count: requests.count)
    for (request, completions) in parts.joined() { results[request] = completions }
    return results
  }

  /// Gives back what products read of parameters that are not read next, where it takes as much memory as they do
  /// themselves. Half of it, in 16 bits, is kept: packing takes a tenth of a second.
  public func rest(_ parameters: Parameters) {
    if precision == .fp32 { parameters.dropPacked() }
  }

  /// Log-probabilities and entropies of the scored tokens of each batch.
  public func scores(
    _ batches: [PackedBatch], _ parameters: Parameters, temperature: Float
  ) -> [TokenScores] {
    let parts = onLanes { lane, count in
      stride(from: lane, to: batches.count, by: count).map {
        ($0, self.decoders[lane].scores(batches[$0], parameters, temperature: temperature))
      }
    }
    return parts.joined().sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// ∂loss/∂parameters summed over the batches, valid until the next call, and the scores on the way.
  /// - Parameters:
  ///   - entropySlope: ∂loss/∂entropy of every scored token.
  ///   - slope: ∂loss/∂logp of scored token `index` of batch `batch`.
  public func gradient(
    _ batches: [PackedBatch], _ parameters: Parameters, temperature: Float = 1, entropySlope: Float = 0,
    slope: @Sendable (_ batch: Int, _ index: Int, _ logp: Float) -> Float
  ) -> (gradient: FloatBuffer, scores: [TokenScores]) {
    sum(over: batches, parameters) { decoder, index, gradient in
      decoder.accumulateGradient(
        batches[index], parameters, into: gradient, temperature: temperature, entropySlope: entropySlope
      ) { slope(index, $0, $1) }
    }
  }

  /// The same where a token's slope hangs on the log-probabilities of its batch; see `Decoder`.
  /// - Parameter slopes: ∂loss/∂logp of all scored tokens of batch `batch`.
  public func gradient(
    _ batches: [PackedBatch], _ parameters: Parameters, temperature: Float = 1, entropySlope: Float = 0,
    slopes: @Sendable (_ batch: Int, _ logp: [Float]) -> [Float]
  ) -> (gradient: FloatBuffer, scores: [TokenScores]) {
    sum(over: batches, parameters) { decoder, index, gradient in
      decoder.accumulateGradient(
        batches[index], parameters, into: gradient, temperature: temperature, entropySlope: entropySlope,
        slopes: { slopes(index, $0) })
    }
  }

  private func sum(
    over batches: [PackedBatch], _ parameters: Parameters,
    _ accumulate: (Decoder, _ batch: Int, _ into: FloatBuffer) -> TokenScores
  ) -> (gradient: FloatBuffer, scores: [TokenScores]) {
    if gradients.isEmpty {
      gradients = decoders.map { _ in FloatBuffer(count: parameters.layout.count) }
    }
    let parts = onLanes { lane, count in
      let gradient = self.gradients[lane]
      Elementwise.zero(gradient.start, count: gradient.count, lane: self.decoders[lane].lane)
      return stride(from: lane, to: batches.count, by: count).map { index in
        (index, accumulate(self.decoders[lane], index, gradient))
      }
    }
    let sum = gradients[0]
    for other in gradients.dropFirst() { Elementwise.add(other, to: sum, lane: whole) }
    return (sum, parts.joined().sorted { $0.0 < $1.0 }.map(\.1))
  }

  /// `Decoder.takeExpertLoads`, over all lanes.
  public func takeExpertLoads() -> [[Int]] {
    decoders.reduce(Array(repeating: [], count: config.layers)) { sum, decoder in
      zip(sum, decoder.takeExpertLoads()).map { sum, loads in
        sum.isEmpty ? loads : loads.isEmpty ? sum : zip(sum, loads).map { $0 + $1 }
      }
    }
  }

  private func onLanes<T>(_ body: (_ lane: Int, _ count: Int) -> [T]) -> [[T]] {
    let count = decoders.count
    if count == 1 { return [body(0, 1)] }
    var results = [[T]](repeating: [], count: count)
    results.withUnsafeMutableBufferPointer { results in
      let p = Unchecked(results)
      withoutActuallyEscaping(body) { body in
        let work = Unchecked(body)
        DispatchQueue.concurrentPerform(iterations: count) { lane in
          p.value[lane] = work.value(lane, count)
        }
      }
    }
    return results
  }
}
