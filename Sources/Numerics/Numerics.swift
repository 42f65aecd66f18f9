// Numerics — matrix products and the few operations of a decoder, forward beside backward.
//
//     Policy ─► Linear · RMSNorm · Rotary · Attention · SwiGLU · LogSoftmax · AdamW ─► CKernels
//                 └─► OpenBLAS (loaded at run time, so that its kernels can be chosen first)
//
// Knows pointers to fp32 and shapes. Does not know tokens, layers, files. There is no automatic
// differentiation: each operation has its backward beside it, and Tests/NumericsTests checks it by finite
// differences. Shapes: N rows (tokens), H width; every matrix row-major.

/// fp32 in memory that somebody else owns.
public typealias Floats = UnsafeMutablePointer<Float>
public typealias ConstFloats = UnsafePointer<Float>
