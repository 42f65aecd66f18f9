public import VerifierKit

extension IsolationLevel {
  /// Layers without which the level is not reached; of a list in a list one is enough.
  private var needed: [[String]] {
    switch self {
    case .weak: [["rlimits"]]
    case .container: Self.weak.needed + [["seccomp"], ["landlock", "mount-namespace"]]
    case .strong:
      Self.container.needed + [["landlock"]]
        + ["user", "mount", "network", "pid", "ipc", "uts"].map { ["\($0)-namespace"] }
    }
  }

  /// The highest that these layers reach.
  public init(layers: [String]) {
    self = Self.allCases.last { $0.missing(in: layers).isEmpty } ?? .weak
  }

  /// What is not there, for a message.
  func missing(in layers: [String]) -> [String] {
    needed.filter { $0.allSatisfy { !layers.contains($0) } }.map { $0.joined(separator: " or ") }
  }
}

/// How the sandbox is set up.
public struct SandboxOptions: Sendable {
  /// Path of `sandbox-runner`; nil: `ASSAY_SANDBOX_RUNNER`, or beside the executable.
  public var runner: String?
  /// Runners, each busy with one program at a time; nil: one a processor.
  public var workers: Int?
  /// Below this level programs are not run: each is a fault.
  public var isolation = IsolationLevel.container
  /// Folders with packages that programs may import, such as `/usr/lib/python3/dist-packages`.
  public var packages: [String] = []
  /// Modules that a runner imports when it starts, so that no program waits for them: `numpy`.
  public var preimports: [String] = []
  /// Layers left out, for a look at what holds without them.
  public var without: [String] = []
  /// Programs after which a runner is replaced: a fresh address space, and no slow leak.
  public var programsPerRunner = 10_000

  /// Called with the output and standard error of each program that ended; on any thread.
  public var observe: (@Sendable (_ output: ArraySlice<UInt8>, _ errors: ArraySlice<UInt8>) -> Void)?

  public init() {}

  var arguments: [String] {
    packages.flatMap { ["--packages", $0] } + without.flatMap { ["--without", $0] }
      + (preimports.isEmpty ? [] : ["--preimport", preimports.joined(separator: ",")])
  }
}
