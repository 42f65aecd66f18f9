import ArgumentParser

@main struct Assay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verifiers, a sandbox and a trainer: rewards that can be trusted, and GRPO on them.",
    subcommands: [])
}
