// swift-tools-version: 6.2
// The tree is the architecture: an arrow of docs/architecture.md is a target dependency here.
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]
/// Kernels are optimised in debug builds too: the tests run them on real models.
/// Which of a function's clones is taken is decided before a thread sanitizer is ready to be called from there.
let kernels: [CSetting] = [
  .unsafeFlags([
    "-O3", "-ffast-math", "-fno-finite-math-only", "-Wall", "-Wextra", "-fno-sanitize=thread",
  ])
]

/// Where Debian puts the static libpython, which is some percent faster than the shared one; nil without it.
let staticPython = ["x86_64", "aarch64"]
  .map { "/usr/lib/python3.11/config-3.11-\($0)-linux-gnu/libpython3.11.a" }
  .first { FileManager.default.fileExists(atPath: $0) }
/// No Swift runtime in the sandbox's runner: it would answer a crash by starting another process.
let runnerLinks =
  [
    "-nostartfiles", "-Xlinker", "-z", "-Xlinker", "now", "-enable-experimental-feature", "Embedded",
    "-Xlinker", "--export-dynamic",
  ]
  + (staticPython.map {
    ["-Xclang-linker", "-no-pie"]
      + ["--whole-archive", $0, "--no-whole-archive"].flatMap { ["-Xlinker", $0] }
  } ?? [])

let package = Package(
  name: "assay",
  products: [
    .executable(name: "assay", targets: ["assay"]),
    .library(name: "VerifierKit", targets: ["VerifierKit"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
  ],
  targets: [
    // Verdicts
    .target(name: "VerifierABI"),
    .target(name: "VerifierKit", dependencies: ["VerifierABI"], swiftSettings: strict),
    .target(
      name: "Puzzles", dependencies: ["VerifierKit"],
      swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(name: "CLanguageID", linkerSettings: [.linkedLibrary("icuuc")]),
    .target(
      name: "CLanguageTable", exclude: ["table.bin", "LICENSE.py3langid"],
      cSettings: [.unsafeFlags(["-std=gnu23"])]),
    .target(
      name: "Verifiers",
      dependencies: [
        "VerifierKit", "Puzzles", "CLanguageID", "CLanguageTable", "CZlib",
        .product(name: "BigInt", package: "BigInt"),
      ],
      swiftSettings: strict),

    // Problem files
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "Rows", dependencies: ["VerifierKit", "CZlib"], swiftSettings: strict),

    // The sandbox: a C runner that embeds CPython, and its Swift client
    .systemLibrary(
      name: "CPython", path: "sandbox/cpython", pkgConfig: "python-3.11-embed",
      providers: [.apt(["libpython3-dev"])]),
    .systemLibrary(
      name: "CSeccomp", path: "sandbox/seccomp", pkgConfig: "libseccomp",
      providers: [.apt(["libseccomp-dev"])]),
    .executableTarget(
      name: "sandbox-runner", dependencies: (staticPython == nil ? ["CPython"] : []) + ["CSeccomp"],
      path: "sandbox/runner", exclude: ["bootstrap.py", "rehearsal.py"],
      cSettings: [
        .unsafeFlags([
          "-I/usr/include/python3.11", "-O2", "-std=gnu23", "-Wall", "-Wextra",
          "-Wno-missing-field-initializers",
        ])
      ],
      linkerSettings: [
        .unsafeFlags(runnerLinks), .linkedLibrary("expat"), .linkedLibrary("z"), .linkedLibrary("m"),
      ]),
    .target(
      name: "Sandbox", dependencies: ["VerifierKit", .product(name: "BigInt", package: "BigInt")],
      path: "sandbox/client",
      swiftSettings: strict),

    // The host
    .target(
      name: "PluginLoading", dependencies: ["VerifierABI", "VerifierKit"], path: "Sources/Host/Loading",
      swiftSettings: strict),
    .target(
      name: "CSupervisor", path: "Sources/Host/Supervisor", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    .executableTarget(
      name: "plugin-worker", dependencies: ["PluginLoading", "VerifierKit", "CSupervisor"],
      path: "Sources/Host/Worker", resources: [.embedInCode("python_worker.py")], swiftSettings: strict),
    .target(
      name: "Host", dependencies: ["VerifierKit", "PluginLoading", "Verifiers", "Sandbox", "Rows"],
      exclude: ["Loading", "Service", "Supervisor", "Worker"],
      swiftSettings: strict),
    .target(
      name: "Service",
      dependencies: [
        "Host", "VerifierKit", "Verifiers", "Sandbox", "Rows",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      path: "Sources/Host/Service", resources: [.embedInCode("openapi.json")],
      swiftSettings: strict),

    // The policy and its trainer
    .target(name: "CKernels", cSettings: kernels),
    // Not “Numerics”, which swift-numerics has taken: no two targets of a graph may share a name.
    .target(
      name: "AssayNumerics", dependencies: ["CKernels"], path: "Sources/Numerics", swiftSettings: strict),
    .target(name: "Policy", dependencies: ["AssayNumerics"], swiftSettings: strict),
    .target(
      name: "Trainer",
      dependencies: [
        "VerifierKit", "Puzzles", "AssayNumerics", "Policy", "Rows", "CZlib",
        .product(name: "Yams", package: "Yams"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: strict),

    // Run folders on a local page
    .target(
      name: "Dashboard",
      dependencies: [
        "Trainer", "Verifiers", "VerifierKit",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [
        "index.html", "style.css", "icon.svg", "app.js", "tools.js", "chart.js", "curves.js", "evaluation.js",
        "rollouts.js",
      ].map { .embedInCode("Page/\($0)") },
      swiftSettings: strict),

    // The command
    .executableTarget(
      name: "assay",
      dependencies: [
        "Host", "Service", "Trainer", "Dashboard", "Rows", "Verifiers", "VerifierKit", "Sandbox", "Policy",
        "AssayNumerics",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // Benchmarks/tokenizer/run.sh
    .executableTarget(
      name: "tokenizer-bench", dependencies: ["Policy"], path: "Benchmarks/tokenizer/bench",
      swiftSettings: strict),

    // Tests
    .testTarget(name: "VerifierKitTests", dependencies: ["VerifierKit"], swiftSettings: strict),
    .testTarget(
      name: "PuzzlesTests", dependencies: ["Puzzles", "VerifierKit"], exclude: ["Golden"],
      swiftSettings: strict),
    .testTarget(
      name: "VerifiersTests", dependencies: ["Verifiers", "VerifierKit", "Puzzles", "Rows"],
      exclude: ["disputed.jsonl", "Golden"], swiftSettings: strict),
    .testTarget(name: "RowsTests", dependencies: ["Rows", "VerifierKit"], swiftSettings: strict),
    .testTarget(
      name: "SandboxTests",
      dependencies: ["Sandbox", "Host", "Verifiers", "VerifierKit", "Rows", "sandbox-runner"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "HostTests",
      dependencies: [
        "Host", "PluginLoading", "VerifierKit", "Verifiers", "Rows", "Policy", "AssayNumerics", "assay",
        "plugin-worker",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RunTests",
      dependencies: [
        "AssayNumerics", "Host", "Sandbox", "Verifiers", "Trainer", "Policy", "VerifierKit", "assay",
        "plugin-worker", "sandbox-runner",
      ],
      exclude: ["Plugins"], swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "Service", "Host", "Sandbox", "VerifierKit", "sandbox-runner", "plugin-worker",
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    .testTarget(
      name: "DashboardTests",
      dependencies: [
        "Dashboard", "Trainer", "VerifierKit", "assay", .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    .testTarget(
      name: "NumericsTests", dependencies: ["AssayNumerics", "CKernels"], swiftSettings: strict),
    .testTarget(
      name: "PolicyTests", dependencies: ["Policy", "AssayNumerics", "CZlib"],
      resources: [.copy("Golden")], swiftSettings: strict),
    .testTarget(
      name: "TrainerTests",
      dependencies: ["Trainer", "Policy", "AssayNumerics", "Rows", "VerifierKit", "Verifiers"],
      exclude: ["Golden"], swiftSettings: strict),
  ],
)
