import ArgumentParser
import Foundation
import AssayNumerics
import Sandbox
import VerifierKit

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what this machine offers: kernels, isolation of the sandbox, what is missing.",
    discussion: "Example:\n  assay doctor\nExit status 1 when something needed is missing.")

  func run() async throws {
    var missing = false
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model =
      info.split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    let processors = ProcessInfo.processInfo.activeProcessorCount
    print("processors   \(processors) × \(model)")
    print("memory       \(ProcessInfo.processInfo.physicalMemory >> 30) GiB")
    for precision in Precision.allCases {
      let label = precision == .fp32 ? "products     " : "             "
      let kernels = Kernels(precision)
      let mark = Precision.best == precision ? ", which `precision: auto` takes" : ""
      print("\(label)\(kernels.name): \(Int(kernels.rate())) GFLOP/s a thread\(mark)")
    }
    do {
      var options = SandboxOptions()
      options.isolation = .weak
      let layers = try await PythonSandbox(options).isolation()
      let level = IsolationLevel(layers: layers)
      print("sandbox      isolation \(level.rawValue): \(layers.joined(separator: ", "))")
      if level == .weak {
        missing = true
        print("             programs are refused here without --allow-weak (docs/threat-model.md)")
      }
    } catch {
      missing = true
      print("sandbox      not usable: \(error.message)")
    }
    if missing { throw ExitCode(1) }
  }
}
