import Foundation
import Glibc

/// fp32 matrix products by OpenBLAS, loaded when first used.
///
/// OpenBLAS picks its kernels when it is loaded, from the CPU or from `OPENBLAS_CORETYPE`. Containers and
/// distributions export that variable, often as Haswell, and version 0.3.21 (Debian 12) falls back to Haswell
/// on some CPUs that it does not know: half as fast as its AVX-512 kernels (docs/decisions/0002). So the
/// choice is put into the environment first, and the library opened after.
public enum BLAS {
  /// Which library and kernels are in use: for `assay doctor`.
  public struct Description: Sendable {
    /// As OpenBLAS states it: version, options, kernels.
    public var configuration: String
    /// Kernels in use: `SkylakeX`, `Cooperlake`, `Haswell`, ...
    public var kernels: String
    /// What Assay asked for; nil where OpenBLAS chose.
    public var requested: String?
  }

  public static var description: Description { library.description }

  /// Threads of each product; 1 where several lanes call at once.
  public static func setThreads(_ threads: Int) { library.setThreads(Int32(threads)) }

  /// C = beta * C + A·B; `transposeA` and `transposeB` say that the matrix lies transposed in memory.
  /// - Parameters:
  ///   - m: Rows of C. - n: Columns of C. - k: The dimension summed over.
  ///   - a: `[m, k]` (or `[k, m]` transposed), rows `lda` apart. - b: `[k, n]` (or `[n, k]`).
  @inline(__always)
  public static func product(
    m: Int, n: Int, k: Int, _ a: ConstFloats, lda: Int, transposeA: Bool = false, _ b: ConstFloats,
    ldb: Int, transposeB: Bool = false, into c: Floats, ldc: Int, beta: Float = 0
  ) {
    library.sgemm(
      101, transposeA ? 112 : 111, transposeB ? 112 : 111, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  private typealias Sgemm =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, ConstFloats, Int32, ConstFloats, Int32, Float,
      Floats, Int32
    ) -> Void
  private typealias SetThreads = @convention(c) (Int32) -> Void
  private typealias Text = @convention(c) () -> UnsafePointer<CChar>?

  private struct Library: Sendable {
    let sgemm: Sgemm
    let setThreads: SetThreads
    let description: Description
  }

  private static let library: Library = load()

  private static func load() -> Library {
    let environment = ProcessInfo.processInfo.environment
    let requested = environment["ASSAY_OPENBLAS_CORETYPE"] ?? kernelsForThisCPU()
    if let requested { setenv("OPENBLAS_CORETYPE", requested, 1) }
    let names = ["libopenblas.so.0", "libopenblas.so"]
    guard let handle = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
      stop("OpenBLAS is not installed. Install it with `sudo apt-get install libopenblas0-pthread`.")
    }
    func symbol<T>(_ name: String, as type: T.Type) -> T {
      guard let address = dlsym(handle, name) else {
        stop("libopenblas.so.0 has no \(name). Install Debian's libopenblas0-pthread.")
      }
      return unsafeBitCast(address, to: type)
    }
    func text(_ name: String) -> String {
      symbol(name, as: Text.self)().map { String(cString: $0) } ?? "unknown"
    }
    return Library(
      sgemm: symbol("cblas_sgemm", as: Sgemm.self),
      setThreads: symbol("openblas_set_num_threads", as: SetThreads.self),
      description: Description(
        configuration: text("openblas_get_config"), kernels: text("openblas_get_corename"),
        requested: requested))
  }

  /// Kernels of OpenBLAS 0.3.21 for this CPU, from the flags of `/proc/cpuinfo`; nil leaves the choice to
  /// OpenBLAS (a CPU without AVX-512, or not x86-64).
  private static func kernelsForThisCPU() -> String? {
    guard let info = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = info.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return nil }
    let flags = Set(line.split(separator: " ").map(String.init))
    let skylake: Set = ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"]
    return skylake.isSubset(of: flags) ? "SkylakeX" : nil
  }

  /// A bad installation stops at once: there is no policy without products.
  private static func stop(_ message: String) -> Never {
    FileHandle.standardError.write(Data("assay: \(message)\n".utf8))
    exit(69)
  }
}
