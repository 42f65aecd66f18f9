/// y = x·Wᵀ, without bias: the only linear layer of a Llama decoder.
public enum Linear {
  /// - Parameters:
  ///   - x: `[N, input]`. - weight: `[output, input]`, as in a Hugging Face checkpoint.
  ///   - y: `[N, output]`, overwritten, or added to where `beta` is 1.
  @inline(__always)
  public static func forward(
    _ x: ConstFloats, _ weight: ConstFloats, into y: Floats, rows: Int, input: Int, output: Int,
    beta: Float = 0
  ) {
    BLAS.product(
      m: rows, n: output, k: input, x, lda: input, weight, ldb: input, transposeB: true, into: y,
      ldc: output, beta: beta)
  }

  /// dx = dy·W (`beta` 1 adds); dW += dyᵀ·x.
  @inline(__always)
  public static func backward(
    _ dy: ConstFloats, x: ConstFloats, weight: ConstFloats, dx: Floats, beta: Float = 0,
    dWeight: Floats, rows: Int, input: Int, output: Int
  ) {
    BLAS.product(
      m: rows, n: input, k: output, dy, lda: output, weight, ldb: input, into: dx, ldc: input,
      beta: beta)
    BLAS.product(
      m: output, n: input, k: rows, dy, lda: output, transposeA: true, x, ldb: input, into: dWeight,
      ldc: input, beta: 1)
  }
}
