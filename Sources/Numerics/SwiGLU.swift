import CKernels

/// y = silu(gate) · up. Shazeer 2020, arXiv:2002.05202, eq. 6 (the product before the last matrix).
public enum SwiGLU {
  /// - Parameters:
  ///   - gateUp: `[N, 2·width]`, a row is `[gate | up]`. - y: `[N, width]`.
  public static func forward(
    _ gateUp: ConstFloats, into y: Floats, rows: Int, width: Int, lane: Lane
  ) {
    let p = Unchecked((gateUp, y))
    lane.split(rows, atLeast: 16) { r in
      let (gateUp, y) = p.value
      ak_swiglu(y + r.lowerBound * width, gateUp + r.lowerBound * 2 * width, r.count, width)
    }
  }

  /// - Parameters:
  ///   - dGateUp: `[N, 2·width]`, overwritten.
  public static func backward(
    _ dy: ConstFloats, gateUp: ConstFloats, dGateUp: Floats, rows: Int, width: Int, lane: Lane
  ) {
    let p = Unchecked((dy, gateUp, dGateUp))
    lane.split(rows, atLeast: 16) { r in
      let (dy, gateUp, dGateUp) = p.value
      ak_swiglu_backward(
        dGateUp + r.lowerBound * 2 * width, dy + r.lowerBound * width,
        gateUp + r.lowerBound * 2 * width, r.count, width)
    }
  }
}
