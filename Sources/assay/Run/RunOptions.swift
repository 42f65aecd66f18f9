import ArgumentParser
import Foundation
import Host
import Sandbox
import Trainer
import VerifierKit

/// What all commands that make a run take.
struct RunOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: "Override one key of the recipe: a.b=c. May be given several times.")
  var overrides: [String] = []

  @Option(help: "Where run folders are made.", completion: .directory)
  var runs = "runs"

  @Flag(help: "Check the recipe, its files and its plugins, then stop.")
  var check = false

  @Flag(help: "At the end, one JSON object on standard output; what a person reads goes to standard error.")
  var json = false
}

/// What the commands that run one stage alone take besides.
struct StageOptions: ParsableArguments {
  @Option(help: "A GGUF file or a Hugging Face folder, instead of the recipe's policy.", completion: .file())
  var model: String?

  @Option(help: "Which stage of the recipe, by its name; the first of its kind when absent.")
  var stage: String?

  @Flag(inversion: .prefixedNo, help: "Whether held-out problems are measured before and after.")
  var eval = true

  /// The recipe with one stage alone, on another policy.
  /// - Parameters:
  ///   - kind: `sft`, `grpo` or `harvest`.
  ///   - command: what the run's name ends in.
  func alone(_ kind: String, of recipe: Recipe, command: String) throws -> Recipe {
    let stages = recipe.stages.filter { $0.kind == kind }
    guard let chosen = stage.map({ name in stages.first { $0.name == name } }) ?? stages.first else {
      let names = stages.map(\.name).joined(separator: ", ")
      throw RecipeError(
        place: "stages",
        message: stages.isEmpty
          ? "there is no \(kind) stage. Add one, or use another command."
          : "there is no \(kind) stage “\(stage ?? "")”. There are: \(names).")
    }
    var alone = recipe
    alone.stages = [chosen]
    alone.name += "-\(command)"
    if let model { alone.policy.model = model }
    if !eval { (alone.evaluation.problemsPerTask, alone.evaluation.benchmarks) = (0, []) }
    return alone
  }
}

extension Recipe {
  func pluginFolders(relativeTo folder: URL) -> [URL] {
    plugins.map { $0.hasPrefix("/") ? URL(filePath: $0) : folder.appending(path: $0) }
  }
}

extension VerifierHost {
  /// The host that a recipe's rewards and plugins ask for.
  /// - Parameter plugins: Folders besides the recipe's.
  static func make(
    _ recipe: Recipe, relativeTo folder: URL, plugins: [URL] = [], sandbox: SandboxOptions? = nil,
    judge: PythonSandbox? = nil, jobs: Int? = nil
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
      pluginFolders: recipe.pluginFolders(relativeTo: folder) + plugins,
      judge: judge ?? PythonSandbox(sandbox ?? recipe.sandbox), jobs: jobs)
  }

  /// What tells mixed languages in a harvest; nil where the recipe has none that asks.
  static func reviewer(for recipe: Recipe) async throws -> VerifierHost? {
    let asks = recipe.stages.contains {
      if case .harvest(let harvest) = $0 { harvest.filters.mixedLanguage } else { false }
    }
    guard asks else { return nil }
    return try await make(
      rewards: [anyDomain: [RewardSpecification(name: "language-consistency")]], judge: nil)
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
