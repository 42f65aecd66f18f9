/// A right factor in the order that products read it in: packed once, used by many.
public final class PackedMatrix: @unchecked Sendable {
  public let kernels: Kernels
  /// Of the factor: C = A[m, k]·B[k, columns].
  public private(set) var k = 0
  public private(set) var columns = 0
  private let scratch = Scratch()
  private(set) var start: Floats

  public init(_ kernels: Kernels) {
    self.kernels = kernels
    start = scratch.floats(0)
  }

  var panelSize: Int { kernels.steps(k) * kernels.panel }

  /// - Parameters:
  ///   - x: `[k, columns]`; or `[columns, k]` where `isTransposed`, as a weight W of y = x·Wᵀ lies.
  ///   - row: Floats between two rows of x.
  public func pack(
    _ x: ConstFloats, row: Int, k: Int, columns: Int, isTransposed: Bool, lane: Lane
  ) {
    self.k = k
    self.columns = columns
    let (kernels, size) = (kernels, panelSize)
    start = scratch.floats(kernels.panels(columns) * size)
    let p = Unchecked((x, start))
    lane.split(kernels.panels(columns), atLeast: max(1, 16_384 / size)) { part in
      let (x, start) = p.value
      for index in part {
        let first = index * kernels.panel
        kernels.pack(
          start + index * size, isTransposed ? x + first * row : x + first, row: row, k: k,
          have: min(kernels.panel, columns - first), isTransposed: isTransposed)
      }
    }
  }
}
