import CKernels

/// y = x·Wᵀ, and its two backward products, over the threads of a lane. One object a lane: it owns the memory that
/// factors are packed into.
public final class Linear {
  public let kernels: Kernels
  public let lane: Lane
  /// What the lane's other operations use between products.
  private let right: PackedMatrix
  private let strips = Scratch()
  private let rowScratch = Scratch()

  public init(_ kernels: Kernels, lane: Lane) {
    self.kernels = kernels
    self.lane = lane
    right = PackedMatrix(kernels)
  }

  /// Rows that one thread takes at once: its part of x stays in the second-level cache while W streams by.
  private static let rowsAtOnce = 48

  /// y[N, columns] = x[N, k]·B, or added to y.
  /// - Parameters:
  ///   - weight: B, packed: of a weight W[output, input], its transpose.
  public func forward(
    _ x: ConstFloats, row: Int? = nil, _ weight: PackedMatrix, into y: Floats, rows: Int, adding: Bool = false
  ) {
    let (kernels, k, columns) = (kernels, weight.k, weight.columns)
    let (row, steps) = (row ?? k, kernels.steps(k))
    let p = Unchecked((x, y))
    if rows >= Self.rowsAtOnce * lane.threads {
      let blocks = (rows + Self.rowsAtOnce - 1) / Self.rowsAtOnce
      lane.each(blocks) { block in
        let (x, y) = p.value
        let first = rows * block / blocks, count = rows * (block + 1) / blocks - first
        withUnsafeTemporaryAllocation(of: Float.self, capacity: kernels.isPaired ? count * steps : 1) {
          scratch in
          guard let scratch = scratch.baseAddress else { return }
          let left = kernels.left(x + first * row, row: row, rows: count, k: k, scratch: scratch)
          weight.block(
            m: count, columns: columns, left.start, row: left.row, into: y + first * columns, cRow: columns,
            adding: adding)
        }
      }
      return
    }
    // Few rows: the columns are shared out, a few panels at a time.
    let left = Unchecked(left(x, row: row, rows: rows, k: k))
    let panels = kernels.panels(columns), parts = parts(weight, rows: rows)
    let threads = lane.threads
    let then = weight.then.map { (matrix: $0, parts: self.parts($0, rows: rows)) }
    lane.each(parts) { part in
      let y = p.value.1
      let first = panels * part / parts, last = panels * (part + 1) / parts
      let column = first * kernels.panel
      // What this thread takes next when the others are as fast, of this weight or of the one behind it.
      let after = part + threads
      let next =
        after < parts
        ? weight.panel(panels * after / parts)
        : then.flatMap { then in
          after - parts < then.parts
            ? then.matrix.panel(kernels.panels(then.matrix.columns) * (after - parts) / then.parts) : nil
        }
      weight.block(
        m: rows, columns: min(last * kernels.panel, columns) - column, left.value.start, row: left.value.row,
        first: first, next: next, into: y + column, cRow: columns, adding: adding)
    }
  }

  /// Into how many parts a few rows' product is cut, for all threads to have some microseconds each.
  private func parts(_ weight: PackedMatrix, rows: Int) -> Int {
    let panels = kernels.panels(weight.columns)
    guard rows * weight.k * weight.columns >= 100_000 else { return 1 }
    return min(panels, lane.threads * max(1, min(16, panels * weight.panelSize * rows / 1_000_000)))
  }

  /// A few rows as a left factor, packed by all threads.
  private func left(
    _ x: ConstFloats, row: Int, rows: Int, k: Int
  ) -> (start: UnsafeRawPointer, row: Int) {
    guard kernels.isPaired else { return (UnsafeRawPointer(x), row) }
    let kernels = kernels, steps = kernels.steps(k)
    let p = Unchecked((x, rowScratch.floats(rows * steps)))
    lane.split(rows, atLeast: 8192 / max(1, k) + 1) { part in
      let (x, packed) = p.value
      _ = kernels.left(
        x + part.lowerBound * row, row: row, rows: part.count, k: k, scratch: packed + part.lowerBound * steps
      )
    }
    return (UnsafeRawPointer(p.value.1), steps)
  }

  /// dx = dy·W, or added to dx, and dW += dyᵀ·x.
  public func backward(
    _ dy: ConstFloats, x: ConstFloats, weight: ConstFloats, dx: Floats, dWeight: Floats, rows: Int,
    input: Int,
    output: Int, adding: Bool = false
  ) {
    backwardInput(dy, weight: weight, dx: dx, rows: rows, input: input, output: output, adding: adding)
    backwardWeight(dy, x: x, dWeight: dWeight, rows: rows, input: input, output: output)
  }

  /// dx = dy·W, or added to dx.
  /// - Parameters:
  ///   - dy: `[N, output]`. - weight: `[output, input]`. - dx: `[N, input]`.
  public func backwardInput(
    _ dy: ConstFloats, weight: ConstFloats, dx: Floats, rows: Int, input: Int, output: Int,
    adding: Bool = false
  ) {
    right.pack(weight, row: input, k: output, columns: input, isTransposed: false, lane: lane)
    forward(dy, right, into: dx, rows: rows, adding: adding)
  }

  /// dW += dyᵀ·x.
  /// - Parameters:
  ///   - dy: `[N, output]`. - x: `[N, input]`. - dWeight: `[output, input]`.
  public func backwardWeight(
    _ dy: ConstFloats, x: ConstFloats, dWeight: Floats, rows: Int, input: Int, output: Int
  ) {
    let (kernels, steps) = (kernels, kernels.steps(rows))
    right.pack(x, row: input, k: rows, columns: input, isTransposed: false, lane: lane)
    let left = strips.floats(output * steps)
    let p = Unchecked((dy, left, right.start, dWeight))
    // Some strips at a time, packed by the thread that multiplies them: they stay in its second-level cache.
    let height = kernels.rows * max(1, min(96, output / lane.threads) / kernels.rows)
    lane.each((output + height - 1) / height) { part in
      let (dy, left, right, dWeight) = p.value
      let range = part * height..<min((part + 1) * height, output)
      kernels.packStrips(left, dy, row: output, k: rows, rows: range)
      kernels.block(
        m: range.count, n: input, steps: steps, left + range.lowerBound * steps, row: 0, isStrips: true,
        right,
        panelSteps: steps, into: dWeight + range.lowerBound * input, cRow: input, adding: true)
    }
  }
}
