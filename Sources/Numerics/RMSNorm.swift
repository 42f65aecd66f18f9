import CKernels

/// y = x / sqrt(mean(x²) + ε) · w, row by row. Zhang and Sennrich 2019, arXiv:1910.07467, eq. 4.
public enum RMSNorm {
  /// - Parameters:
  ///   - inverse: `[N]`, 1 / sqrt(mean(x²) + ε): the backward needs it.
  public static func forward(
    _ x: ConstFloats, _ weight: ConstFloats, into y: Floats, inverse: Floats, rows: Int, width: Int,
    epsilon: Float, lane: Lane
  ) {
    let p = Unchecked((x, weight, y, inverse))
    lane.split(rows, atLeast: 32) { r in
      let (x, weight, y, inverse) = p.value
      ak_rmsnorm(
        y + r.lowerBound * width, inverse + r.lowerBound, x + r.lowerBound * width, weight, r.count,
        width, epsilon)
    }
  }

  /// y once more, from the inverse that the forward kept.
  public static func again(
    _ x: ConstFloats, _ weight: ConstFloats, inverse: ConstFloats, into y: Floats, rows: Int,
    width: Int, lane: Lane
  ) {
    let p = Unchecked((x, weight, y, inverse))
    lane.split(rows, atLeast: 32) { r in
      let (x, weight, y, inverse) = p.value
      ak_rmsnorm_again(
        y + r.lowerBound * width, inverse + r.lowerBound, x + r.lowerBound * width, weight, r.count,
        width)
    }
  }

  /// dx += ∂/∂x, dw += ∂/∂w. dw is summed over 128 rows, then over these sums, whatever the number of threads.
  /// - Parameter scratch: Holds the sums.
  public static func backward(
    _ dy: ConstFloats, x: ConstFloats, weight: ConstFloats, inverse: ConstFloats, dx: Floats,
    dWeight: Floats, rows: Int, width: Int, scratch: Scratch, lane: Lane
  ) {
    let parts = (rows + 127) / 128
    let sums = scratch.floats(parts * width)
    let p = Unchecked((dy, x, weight, inverse, dx, sums))
    lane.each(parts) { part in
      let (dy, x, weight, inverse, dx, sums) = p.value
      let first = part * 128
      let sum = sums + part * width
      sum.update(repeating: 0, count: width)
      ak_rmsnorm_backward_acc(
        dx + first * width, sum, dy + first * width, x + first * width, weight, inverse + first,
        min(128, rows - first), width)
    }
    for part in 0..<parts { ak_add(dWeight, sums + part * width, width) }
  }
}
