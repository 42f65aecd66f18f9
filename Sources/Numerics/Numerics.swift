// Numerics — matrix products and the few operations of a decoder, forward beside backward.
//
//     Policy ─► Linear · RMSNorm · Rotary · Attention · SwiGLU · LogSoftmax · AdamW ─► CKernels
//                 └─► Kernels (products in fp32, bf16 or fp16, for the CPU at hand)
//
// Knows pointers to fp32 and shapes. Does not know tokens, layers, files. There is no automatic
// differentiation: each operation has its backward beside it, and Tests/NumericsTests checks it by finite
// differences. Shapes: N rows (tokens), H width; every matrix row-major.

/// fp32 in memory that somebody else owns.
public typealias Floats = UnsafeMutablePointer<Float>
public typealias ConstFloats = UnsafePointer<Float>
