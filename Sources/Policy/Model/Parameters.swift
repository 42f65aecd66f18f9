public import AssayNumerics
import Foundation
import Synchronization

/// All weights of a decoder, fp32, in one buffer. Gradients and moments have the same layout.
public final class Parameters: Sendable {
  public let config: ModelConfig
  public let layout: ParameterLayout
  /// Whoever writes to it calls `changed`.
  public let buffer: FloatBuffer
  private let version = Atomic<Int>(0)
  private let packs = Mutex<[String: (version: Int, weights: PackedWeights)]>([:])

  /// Zeros.
  public init(_ config: ModelConfig) {
    self.config = config
    layout = ParameterLayout(config)
    buffer = FloatBuffer(count: layout.count)
  }

  /// Normal with deviation 1/√hidden, the last matrix of each residual branch divided by √(2·layers), norms 1.
  /// At the widths of language models that is GPT-2's 0.02 (Radford et al. 2019, §2.3); a narrow one started
  /// at 0.02 learns half as fast (docs/experiments.md).
  public convenience init(initialising config: ModelConfig, seed: UInt64) {
    self.init(config)
    let base = 1 / Double(config.hiddenSize).squareRoot()
    let residual = 1 / Double(2 * config.layers).squareRoot()
    for (index, entry) in layout.entries.enumerated() {
      let start = buffer.start + entry.offset
      guard entry.decays else {
        let isBias = entry.name.hasSuffix("bias")
        start.update(repeating: isBias ? 0 : 1 - config.family.normOffset, count: entry.count)
        continue
      }
      let scaled = entry.name.hasSuffix("o_proj.weight") || entry.name.hasSuffix("down_proj.weight")
      let deviation = base * (scaled ? residual : 1)
      var random = CounterRandom(seed: seed, index)
      for i in 0..<entry.count {
        // Box and Muller 1958; 1 − u lies in (0, 1].
        let radius = (-2 * log(1 - random.uniform())).squareRoot()
        start[i] = Float(deviation * radius * cos(2 * .pi * random.uniform()))
      }
    }
  }

  /// A copy that nobody trains: the reference of the KL term.
  public func frozenCopy() -> Parameters {
    let copy = Parameters(config)
    copy.buffer.copy(from: buffer)
    return copy
  }

  public func copy(from other: Parameters) {
    buffer.copy(from: other.buffer)
    changed()
  }

  /// Moves to `share` · other + (1 − share) · self.
  public func mix(_ share: Float, of other: Parameters) {
    Elementwise.mix(share, of: other.buffer, into: buffer)
    changed()
  }

  /// The weights were written to: what products read is made anew when it is next asked for.
  public func changed() { version.add(1, ordering: .relaxed) }

  /// The weights as products read them, made once for each change.
  func packed(_ kernels: Kernels, _ format: WeightFormat, lane: Lane) -> PackedWeights {
    packs.withLock { packs in
      let now = version.load(ordering: .relaxed)
      let name = "\(kernels.name), \(format)"
      let pack = packs[name]
      if let pack, pack.version == now { return pack.weights }
      let weights = pack?.weights ?? PackedWeights(config, kernels, format)
      weights.pack(self, lane: lane)
      packs[name] = (now, weights)
      return weights
    }
  }

  /// Gives back the memory of what `packed` made.
  public func dropPacked() { packs.withLock { $0.removeAll() } }
}
