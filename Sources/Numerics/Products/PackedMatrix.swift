import CKernels

/// How a weight is kept for the forward products.
public enum WeightFormat: String, Sendable, Hashable, CaseIterable {
  /// As the precision has its factors.
  case full
  /// 8 bits and a scale for each 32 along the summed dimension, GGUF's Q8_0 (its scales here in fp32): a quarter of the
  /// memory to read, for sampling. Products are fp32's with those weights, bit for bit; weights that come from Q8_0
  /// are kept as they were.
  case q8_0

  static let block = Int(EIGHT_BIT_BLOCK)
}

/// A right factor in the order that products read it in: packed once, used by many.
public final class PackedMatrix: @unchecked Sendable {
  public let kernels: Kernels
  public let format: WeightFormat
  /// Of the factor: C = A[m, k]·B[k, columns].
  public private(set) var k = 0
  public private(set) var columns = 0
  /// What is multiplied next, when it is known: its first panels are fetched from memory in time.
  public var then: PackedMatrix?
  private let scratch = Scratch()
  private(set) var start: Floats

  /// - Parameter format: `q8_0` for a weight, which lies transposed, of fp32 kernels.
  public init(_ kernels: Kernels, format: WeightFormat = .full) {
    precondition(format == .full || kernels.precision == .fp32, "weights of 8 bits are multiplied in fp32")
    self.kernels = kernels
    self.format = format
    start = scratch.floats(0)
  }

  /// Floats that a panel takes.
  var panelSize: Int {
    switch format {
    case .full: kernels.steps(k) * kernels.panel
    case .q8_0:
      (k + WeightFormat.block - 1) / WeightFormat.block * (1 + WeightFormat.block / 4) * kernels.panel
    }
  }

  func panel(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(start + index * panelSize) }

  /// C[m, columns] = A·B, or added to C, of some columns from panel `first` on; see `Kernels.block`.
  /// - Parameter next: The panel that the caller's thread wants after these, of this or another factor.
  @inline(__always)
  func block(
    m: Int, columns: Int, _ a: UnsafeRawPointer, row: Int, first: Int = 0, next: UnsafeRawPointer? = nil,
    into c: Floats,
    cRow: Int, adding: Bool
  ) {
    let panels = start + first * panelSize
    switch format {
    case .full:
      let steps = kernels.steps(k)
      kernels.block(
        m: m, n: columns, steps: steps, a, row: row, panels, panelSteps: steps,
        next: next, into: c, cRow: cRow, adding: adding)
    case .q8_0:
      kernels.table.pointee.block_eight_bits(
        m, columns, k, a.assumingMemoryBound(to: Float.self), row, panels, c, cRow, adding)
    }
  }

  /// - Parameters:
  ///   - x: `[k, columns]`; or `[columns, k]` where `isTransposed`, as a weight W of y = x·Wᵀ lies.
  ///   - row: Floats between two rows of x.
  public func pack(
    _ x: ConstFloats, row: Int, k: Int, columns: Int, isTransposed: Bool, lane: Lane
  ) {
    precondition(format == .full || isTransposed, "only a weight is kept in 8 bits")
    self.k = k
    self.columns = columns
    let (kernels, format, size) = (kernels, format, panelSize)
    start = scratch.floats(kernels.panels(columns) * size, spare: false)
    let p = Unchecked((x, start))
    lane.split(kernels.panels(columns), atLeast: max(1, 16_384 / size)) { part in
      let (x, start) = p.value
      for index in part {
        let first = index * kernels.panel
        if format == .q8_0 {
          ak_pack_eight_bits(
            start + index * size, x + first * row, row, k, kernels.panel, min(kernels.panel, columns - first))
          continue
        }
        kernels.pack(
          start + index * size, isTransposed ? x + first * row : x + first, row: row, k: k,
          have: min(kernels.panel, columns - first), isTransposed: isTransposed)
      }
    }
  }
}
