import AssayNumerics
import Foundation
import Glibc

/// fp32 products by OpenBLAS, for comparison; nil where it is not installed.
///
/// It picks its kernels when it is loaded, and version 0.3.21 (Debian 12) takes AVX2 ones on CPUs with AVX-512 that it
/// does not know, at half the speed. So the choice is put into the environment first, and the library opened after.
struct OpenBLAS {
  private typealias Sgemm =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, ConstFloats, Int32, ConstFloats, Int32, Float, Floats, Int32
    ) -> Void
  private typealias SetThreads = @convention(c) (Int32) -> Void
  private typealias Text = @convention(c) () -> UnsafePointer<CChar>?

  private let sgemm: Sgemm
  /// Kernels in use: `SkylakeX`, `Haswell`, ...
  let kernels: String

  init?(threads: Int) {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    if info.contains("avx512vl") { setenv("OPENBLAS_CORETYPE", "SkylakeX", 1) }
    let names = ["libopenblas.so.0", "libopenblas.so"]
    guard let handle = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first,
      let product = dlsym(handle, "cblas_sgemm"), let setThreads = dlsym(handle, "openblas_set_num_threads")
    else { return nil }
    sgemm = unsafeBitCast(product, to: Sgemm.self)
    unsafeBitCast(setThreads, to: SetThreads.self)(Int32(threads))
    let name = dlsym(handle, "openblas_get_corename").flatMap { unsafeBitCast($0, to: Text.self)() }
    kernels = name.map { String(cString: $0) } ?? "unknown"
  }

  /// y[rows, output] = x[rows, input]·Wᵀ, W[output, input].
  func forward(_ x: ConstFloats, _ w: ConstFloats, into y: Floats, rows: Int, output: Int, input: Int) {
    sgemm(
      101, 111, 112, Int32(rows), Int32(output), Int32(input), 1, x, Int32(input), w, Int32(input), 0, y,
      Int32(output))
  }
}
