import CKernels
import Foundation

/// What the matrix products compute with. Everything between products is fp32 in all of them, and so are long sums.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// Factors as they are.
  case fp32
  /// Factors rounded to bfloat16, 8 bits of mantissa: four times the speed where the CPU multiplies them.
  case bf16
  /// Factors rounded to fp16, 11 bits of mantissa, each row and column scaled to its range; up to 192 products are summed
  /// in fp16 before they are added to an fp32 sum. For CPUs that multiply fp16 and are slow at bf16: Intel's server
  /// CPUs since Sapphire Rapids. Attention is computed in fp32, of keys and values rounded to fp16.
  case fp16

  /// The fastest, where the CPU multiplies it and is a third faster than with fp32; else fp32. That a CPU has an
  /// instruction does not say so: Sapphire Rapids takes longer with that of bf16 (docs/performance.md). They are timed in
  /// turn, since what else runs may take half of a core for a while; a run asks once, and keeps the answer when it is
  /// resumed.
  public static let best: Precision = {
    let kernels = Precision.allCases.map { Kernels($0) }.filter(\.isNative)
    var rates = [Double](repeating: 0, count: kernels.count)
    for _ in 0..<5 {
      for (index, kernel) in kernels.enumerated() { rates[index] = max(rates[index], kernel.rate(tries: 5)) }
    }
    let plain = zip(kernels, rates).first { $0.0.precision == .fp32 }?.1 ?? 0
    guard let best = zip(kernels, rates).max(by: { $0.1 < $1.1 }), best.1 > 4 / 3 * plain else {
      return .fp32
    }
    return best.0.precision
  }()

  var element: ak_element_t {
    switch self {
    case .fp32: AK_FP32
    case .bf16: AK_BF16
    case .fp16: AK_FP16
    }
  }
}

/// The matrix products of one precision that this CPU runs.
///
/// Every element of a product is summed in the order of the summed dimension, in one accumulator (fp16: in several, one
/// after the other, wherever the element lies). So it depends on its
/// row and its column and on nothing beside them: not on the number of rows, nor on threads. A completion that is
/// sampled among others has, bit for bit, the log-probabilities that the trainer computes.
public struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<ak_kernels_t>
  public let precision: Precision
  private let most: String?

  /// - Parameter most: `avx2` or `plain`: no better kernels than these, for tests. The variable `ASSAY_KERNELS` says
  ///   it for a whole process.
  public init(_ precision: Precision, most: String? = nil) {
    self.precision = precision
    let most = most ?? ProcessInfo.processInfo.environment["ASSAY_KERNELS"]
    self.most = most
    let element = precision.element
    guard let table = most.map({ ak_kernels(element, $0) }) ?? ak_kernels(element, nil) else {
      preconditionFailure("there are kernels for every CPU")
    }
    self.table = table
  }

  /// For people.
  public var name: String { String(cString: table.pointee.name) }
  /// Whether the CPU multiplies what these kernels are given, without widening it first.
  public var isNative: Bool { precision == .fp32 || !name.contains("widened") }
  /// Those that multiply attention's factors. The values of a cache grow by one at a time, and a scale for each column
  /// of them would change with every token: so fp16 does without, and has but keys and values rounded (`Attention`).
  public var forAttention: Kernels { precision == .fp16 ? Kernels(.fp32, most: most) : self }

  var isPaired: Bool { table.pointee.pair == 2 }
  var panel: Int { Int(table.pointee.panel) }
  var rows: Int { Int(table.pointee.rows) }
  /// Steps of a summed dimension; the scales of fp16 are one more.
  @inline(__always)
  func steps(_ k: Int) -> Int { isPaired ? (k + 1) / 2 + (precision == .fp16 ? 1 : 0) : k }
  func panels(_ columns: Int) -> Int { (columns + panel - 1) / panel }

  /// C[m, n] = A·B, or added to C.
  /// - Parameters:
  ///   - a: fp32 or pairs, rows `row` apart; or strips.
  ///   - isHalf: Whether `b` is fp16 beside an `a` of fp32.
  ///   - panelSteps: Of each panel of `b`, of which the first `steps` count.
  ///   - next: The panel that is wanted after these, to be fetched from memory meanwhile.
  @inline(__always)
  func block(
    m: Int, n: Int, steps: Int, _ a: UnsafeRawPointer, row: Int, isStrips: Bool = false,
    _ b: UnsafeRawPointer, isHalf: Bool = false, panelSteps: Int, next: UnsafeRawPointer? = nil,
    into c: Floats, cRow: Int, adding: Bool = false
  ) {
    guard let product = isHalf ? table.pointee.block_halves : table.pointee.block else {
      preconditionFailure("kernels for pairs have no product with single fp16")
    }
    product(m, n, steps, a, row, isStrips, b, panelSteps, next, c, cRow, adding)
  }

  /// GFLOP/s of one thread on a product that stays in the cache; the best of the tries, some milliseconds in all.
  public func rate(tries: Int = 20) -> Double {
    let (m, n, k) = (4 * rows, 2 * panel, 512)
    let left = FloatBuffer(count: m * k), right = FloatBuffer(count: n * k), out = FloatBuffer(count: m * n)
    let seconds = (0..<tries).map { _ in
      let start = ContinuousClock.now
      for _ in 0..<4 {
        block(
          m: m, n: n, steps: steps(k), left.start, row: steps(k), right.start, panelSteps: steps(k),
          into: out.start, cRow: n)
      }
      return (ContinuousClock.now - start) / .seconds(4)
    }
    withExtendedLifetime((left, right, out)) {}
    return 2e-9 * Double(m * n * k) / (seconds.min() ?? .infinity)
  }

  /// One panel of a right factor from x[k, columns], or from x[columns, k] where it lies transposed.
  @inline(__always)
  func pack(
    _ out: UnsafeMutableRawPointer, _ x: ConstFloats, row: Int, k: Int, have: Int, isTransposed: Bool
  ) {
    if isTransposed {
      ak_pack_transposed(out, x, row, k, panel, have, precision.element)
    } else {
      ak_pack_columns(out, x, row, k, panel, have, precision.element)
    }
  }

  /// All panels of a right factor, on one thread.
  func packAll(
    _ out: Floats, _ x: ConstFloats, row: Int, k: Int, columns: Int, isTransposed: Bool,
    panelSteps: Int? = nil
  ) {
    let size = (panelSteps ?? steps(k)) * panel
    for index in 0..<panels(columns) {
      let first = index * panel
      pack(
        out + index * size, isTransposed ? x + first * row : x + first, row: row, k: k,
        have: min(panel, columns - first), isTransposed: isTransposed)
    }
  }

  /// Strips of the left factor xᵀ of x[k, m], on one thread: those of some rows, a whole number of strips from the
  /// first on.
  @inline(__always)
  func packStrips(_ out: Floats, _ x: ConstFloats, row: Int, k: Int, rows range: Range<Int>) {
    ak_pack_strips(
      out + range.lowerBound * steps(k), x + range.lowerBound, row, k, range.count, rows, precision.element)
  }

  /// A left factor as `block` wants its rows: x itself, or its rows as pairs in `scratch`.
  @inline(__always)
  func left(
    _ x: ConstFloats, row: Int, rows: Int, k: Int, scratch: Floats
  ) -> (start: UnsafeRawPointer, row: Int) {
    guard isPaired else { return (UnsafeRawPointer(x), row) }
    let steps = steps(k)
    scratch.withMemoryRebound(to: UInt32.self, capacity: rows * steps) {
      ak_pack_rows($0, steps, x, row, rows, k, precision.element)
    }
    return (UnsafeRawPointer(scratch), steps)
  }
}
