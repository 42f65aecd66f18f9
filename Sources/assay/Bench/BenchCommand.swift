import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure this machine: matrix products, sampling, training steps.",
    subcommands: [ProductsBench.self, PolicyBench.self])
}
