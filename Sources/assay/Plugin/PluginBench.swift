import ArgumentParser
import Foundation
import Host
import Rows
import VerifierKit

extension PluginCommand {
  struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Time verdicts on a plugin's own cases, in a worker and (libraries) in this process.",
      discussion: "Example:\n  assay plugin bench plugins/ascii-only")
    @Argument(help: "Folders of plugins.", completion: .directory) var folders: [String]
    @Option(help: "Seconds for each measurement.") var seconds = 1.0

    func run() async throws {
      for path in folders {
        let folder = try PluginFolder(URL(fileURLWithPath: path))
        let samples = try RowReader(folder.cases.path).compactMap { try $0.get() }.compactMap {
          row -> Sample? in
          var problem = row.problem
          // It belongs to the case.
          problem.metadata["expect"] = nil
          return row.completion.map { Sample(problem: problem, completion: Completion(text: $0)) }
        }
        guard !samples.isEmpty else {
          throw ValidationError("\(folder.cases.path) has no completions. Add some.")
        }
        var kinds: [PluginManifest.Isolation] = [.worker]
        if folder.manifest.language != .python { kinds.append(.process) }
        for kind in kinds {
          var folder = folder
          folder.manifest.isolation = kind
          let micros = try await measure(try Plugin(folder), samples)
          print(
            "\(folder.manifest.name)  \(kind == .worker ? "in a worker" : "in process")  "
              + String(format: "%.2f µs a verdict", micros))
        }
      }
    }

    /// µs of wall time a verdict, one after the other; the median of nine stretches.
    private func measure(_ plugin: Plugin, _ samples: [Sample]) async throws -> Double {
      var medians: [Double] = []
      for _ in 0..<9 {
        let started = ContinuousClock.now
        var count = 0
        while ContinuousClock.now - started < .seconds(seconds / 9) {
          for sample in samples { _ = try await plugin.verify(sample.completion, of: sample.problem) }
          count += samples.count
        }
        medians.append((ContinuousClock.now - started) / .microseconds(1) / Double(count))
      }
      return medians.sorted()[4]
    }
  }
}
