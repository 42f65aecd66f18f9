public import ArgumentParser
import Sandbox
public import VerifierKit

extension IsolationLevel: ExpressibleByArgument {}

/// How the sandbox is set up, on the command line.
struct SandboxArguments: ParsableArguments {
  @Option(
    help: "What must be had: strong, container or weak. Below it programs are faults. Default: container.")
  var isolation: IsolationLevel?

  @Flag(help: "Run programs even without seccomp or without Landlock: --isolation weak.")
  var allowWeak = false

  @Option(
    name: .customLong("packages"),
    help: "A folder that programs may import from. May be given several times.", completion: .directory)
  var packages: [String] = []

  @Option(
    name: .customLong("preimport"),
    help: "A module that is loaded before programs start, such as numpy. May be given several times.")
  var preimports: [String] = []

  func validate() throws {
    if allowWeak, let isolation, isolation != .weak {
      throw ValidationError(
        "--allow-weak and --isolation \(isolation.rawValue) exclude each other. Drop one.")
    }
  }

  func options(over given: SandboxOptions = SandboxOptions()) -> SandboxOptions {
    var options = given
    if let isolation { options.isolation = isolation }
    if allowWeak { options.isolation = .weak }
    options.packages += packages
    options.preimports += preimports
    return options
  }
}
