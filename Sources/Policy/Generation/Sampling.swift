import CKernels
import AssayNumerics

/// How the next token is drawn; names and meaning as in `transformers.GenerationConfig`.
public struct SamplingOptions: Sendable, Hashable {
  /// 0 takes the most likely token.
  public var temperature: Float
  /// The smallest set of most likely tokens that holds this mass; 1 keeps all.
  public var topP: Float
  /// This many most likely tokens; 0 keeps all.
  public var topK: Int
  public var maxCompletionTokens: Int

  public init(
    temperature: Float = 1, topP: Float = 1, topK: Int = 0, maxCompletionTokens: Int = 256
  ) {
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxCompletionTokens = maxCompletionTokens
  }
}

/// Draws one token from a row of logits.
struct TokenDraw {
  var token: Int
  /// Under softmax(logits / temperature) before any truncation, nats: what the trainer recomputes. At
  /// temperature 0, under softmax(logits).
  var logp: Float

  /// - Parameters:
  ///   - uniform: In [0, 1): decides the draw.
  ///   - scratch: `count` floats.
  init(
    _ logits: ConstFloats, count: Int, options: SamplingOptions, uniform: Double, scratch: Floats
  ) {
    // Logits divided by less would overflow.
    let greedy = options.temperature < 1e-20
    let inverse = greedy ? 1 : 1 / options.temperature
    let row = LogSoftmax.row(logits, count: count, inverseTemperature: inverse)
    if greedy {
      token = ak_argmax(logits, count)
    } else {
      if options.topP < 1 || options.topK > 0 {
        ak_probabilities(scratch, logits, count, inverse, row.logSumExp)
        token = Self.truncated(scratch, count: count, options: options, uniform: uniform)
      } else {
        token = Self.whole(
          logits, count: count, inverse: inverse, logSumExp: row.logSumExp, uniform: uniform, scratch: scratch
        )
      }
    }
    logp = logits[token] * inverse - row.logSumExp
  }

  /// From the whole distribution: first the block of 256 tokens that the draw falls into, then the token.
  private static func whole(
    _ logits: ConstFloats, count: Int, inverse: Float, logSumExp: Float, uniform: Double, scratch: Floats
  ) -> Int {
    ak_block_sums(scratch, logits, count, inverse, logSumExp)
    let blocks = (count + 255) / 256
    // The sum is 1 but for the rounding of `logSumExp`. In its own units no draw falls beyond the last token.
    let mass = (0..<blocks).reduce(0.0) { $0 + Double(scratch[$1]) }
    let target = uniform * mass
    var (block, start, end) = (0, 0.0, 0.0)
    for index in 0..<blocks where scratch[index] > 0 {
      (block, start) = (index, end)
      end += Double(scratch[index])
      if end > target { break }
    }
    let share = Double(scratch[block])
    let first = block * 256, size = min(256, count - first)
    ak_probabilities(scratch, logits + first, size, inverse, logSumExp)
    let own = (0..<size).reduce(0.0) { $0 + Double(scratch[$1]) }
    let within = min(max(0, (target - start) / share), 1.0.nextDown)
    return first + inverseTransform(scratch, 0..<size, mass: own, uniform: within) { $0 }
  }

  private static func truncated(
    _ p: Floats, count: Int, options: SamplingOptions, uniform: Double
  ) -> Int {
    // Tokens below (1 - top_p) / V hold less than 1 - top_p together, so the nucleus has none of them; nor do the top_k
    // where as many are above.
    let floor = (1 - options.topP) / Float(count)
    var candidates = (0..<count).filter { p[$0] >= floor }
    if candidates.count < options.topK { candidates = Array(0..<count) }
    // Of logits that are no numbers.
    guard !candidates.isEmpty else { return 0 }
    candidates.sort { p[$0] > p[$1] || (p[$0] == p[$1] && $0 < $1) }
    if options.topK > 0 { candidates = Array(candidates.prefix(options.topK)) }
    var mass = 0.0
    // top_p applies to what top_k left, as in transformers: both in units of the remaining mass.
    let whole = options.topK > 0 ? candidates.reduce(0.0) { $0 + Double(p[$1]) } : 1
    var kept = 0
    for candidate in candidates {
      mass += Double(p[candidate])
      kept += 1
      if mass >= Double(options.topP) * whole { break }
    }
    return inverseTransform(p, 0..<kept, mass: mass, uniform: uniform) { candidates[$0] }
  }

  @inline(__always)
  private static func inverseTransform(
    _ p: Floats, _ range: Range<Int>, mass: Double, uniform: Double, token: (Int) -> Int
  ) -> Int {
    let target = uniform * mass
    var sum = 0.0
    var last = token(range.lowerBound)
    for index in range {
      let candidate = token(index)
      let probability = p[candidate]
      if probability > 0 { last = candidate }
      sum += Double(probability)
      if sum > target { return candidate }
    }
    return last  // rounding left the sum a little below the mass
  }
}
