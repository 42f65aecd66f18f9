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

  /// dx += ∂/∂x, dw += ∂/∂w. One thread: dw is a sum over all rows.
  public static func backward(
    _ dy: ConstFloats, x: ConstFloats, weight: ConstFloats, inverse: ConstFloats, dx: Floats,
    dWeight: Floats, rows: Int, width: Int
  ) {
    ak_rmsnorm_backward_acc(dx, dWeight, dy, x, weight, inverse, rows, width)
  }
}
