import ArgumentParser

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "Run Python programs that nobody trusts; see what holds and how fast.",
    subcommands: [SandboxRun.self, SandboxAttack.self, SandboxBench.self, SandboxSoak.self])
}
