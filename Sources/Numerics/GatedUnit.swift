import CKernels

/// y = act(gate) · up, the middle of a feed-forward block. Shazeer 2020, arXiv:2002.05202, eq. 6: SwiGLU, and GeGLU with
/// the hyperbolic tangent's approximation (`gelu_pytorch_tanh`).
public struct GatedUnit: Sendable {
  public enum Activation: Sendable { case silu, gelu }
  let activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  /// - Parameters:
  ///   - gateUp: `[N, 2·width]`, a row is `[gate | up]`. - y: `[N, width]`.
  public func forward(_ gateUp: ConstFloats, into y: Floats, rows: Int, width: Int, lane: Lane) {
    let p = Unchecked((gateUp, y))
    lane.split(rows, atLeast: 16) { r in
      let gateUp = p.value.0 + r.lowerBound * 2 * width, y = p.value.1 + r.lowerBound * width
      switch activation {
      case .silu: ak_swiglu(y, gateUp, r.count, width)
      case .gelu: ak_geglu(y, gateUp, r.count, width)
      }
    }
  }

  /// - Parameters:
  ///   - dGateUp: `[N, 2·width]`, overwritten.
  public func backward(
    _ dy: ConstFloats, gateUp: ConstFloats, dGateUp: Floats, rows: Int, width: Int, lane: Lane
  ) {
    let p = Unchecked((dy, gateUp, dGateUp))
    lane.split(rows, atLeast: 16) { r in
      let dy = p.value.0 + r.lowerBound * width
      let gateUp = p.value.1 + r.lowerBound * 2 * width, dGateUp = p.value.2 + r.lowerBound * 2 * width
      switch activation {
      case .silu: ak_swiglu_backward(dGateUp, dy, gateUp, r.count, width)
      case .gelu: ak_geglu_backward(dGateUp, dy, gateUp, r.count, width)
      }
    }
  }
}
