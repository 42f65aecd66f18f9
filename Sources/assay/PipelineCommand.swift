import ArgumentParser
import Foundation
import Host
import Sandbox
import Trainer
import VerifierKit

struct PipelineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Run the stages of a recipe in order, with an evaluation before the first and after each.",
    discussion: """
      Example:
        assay pipeline recipes/spark.yaml --set seed=2 --set stages.rl.grpo.steps=50
      The run's folder (metrics, rollouts, checkpoints, report.html) is printed first and last.
      """)

  @Argument(help: "The recipe, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String

  @Option(name: .customLong("set"), help: "Override one key: a.b=c. May be given several times.")
  var overrides: [String] = []

  @Option(help: "Where run folders are made.")
  var runs = "runs"

  @Flag(help: "Check the recipe, its files and its plugins, then stop.")
  var check = false

  func run() async throws {
    let file = URL(fileURLWithPath: recipe)
    let recipe = try Recipe(contentsOf: file, overrides: overrides)
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let host = try await VerifierHost.make(recipe, relativeTo: here)
    if check {
      for line in try recipe.checkProblems(relativeTo: here, say: { print($0) }) { print(line) }
      print("\(self.recipe): in order.")
      return
    }
    let policy = try PolicySource(recipe)
    let view = LiveView()
    defer { view.close() }
    let pipeline = try Trainer.Pipeline(
      recipe: recipe, policy: policy, rewarder: host, recipeFolder: here,
      runs: URL(fileURLWithPath: runs)
    ) { line in view.say(line) }
    pipeline.view = view
    _ = try await pipeline.run()
  }
}

extension VerifierHost {
  /// The host that a recipe's rewards and plugins ask for.
  static func make(
    _ recipe: Recipe, relativeTo folder: URL, sandbox: SandboxOptions? = nil, judge: PythonSandbox? = nil
  ) async throws -> VerifierHost {
    try await make(
      rewards: recipe.rewards.mapValues { rewards in
        rewards.map {
          RewardSpecification(
            name: $0.verifier, weight: $0.weight, options: $0.options,
            deadline: $0.deadlineSeconds.map { .seconds($0) }, allowsGameable: $0.allowGameable,
            onQuarantine: $0.onQuarantine)
        }
      },
      pluginFolders: recipe.plugins.map {
        $0.hasPrefix("/") ? URL(filePath: $0) : folder.appending(path: $0)
      },
      judge: judge ?? PythonSandbox(sandbox ?? recipe.sandbox))
  }
}

extension Recipe {
  var sandbox: SandboxOptions {
    var options = SandboxOptions()
    options.isolation = isolation
    options.packages = python.packages
    options.preimports = python.preimports
    return options
  }
}
