import ArgumentParser
import Foundation
import Trainer

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "GRPO alone: one grpo stage of a recipe, on any model.",
    discussion: """
      Examples:
        assay train recipes/smollm2.yaml --model models/smollm2-135m-instruct.gguf
        assay train recipe.yaml --model runs/sums-sft/checkpoints/step-60 --set stages.rl.grpo.steps=200
        assay train recipe.yaml --check
      The run's folder is that of assay pipeline; assay resume RUN goes on with it.
      \(RunSession.exitStatuses)
      """)

  @Argument(help: "The recipe, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String
  @OptionGroup var stage: StageOptions
  @OptionGroup var options: RunOptions

  func run() async throws {
    let session = RunSession(json: options.json)
    let recipe = try session.alone("grpo", of: self.recipe, stage, options, command: "train")
    if options.check { return try await session.check(recipe, called: self.recipe) }
    try await session.start(recipe, in: options.runs)
  }
}

extension RunSession {
  /// One stage of a recipe's file, or what is wrong.
  func alone(
    _ kind: String, of file: String, _ stage: StageOptions, _ options: RunOptions, command: String
  ) throws -> Recipe {
    let whole = try Self.recipe(file, overrides: options.overrides)
    do {
      return try stage.alone(kind, of: whole, command: command)
    } catch {
      tell("Error: \(file), \(error)\n")
      throw ExitCode(65)
    }
  }
}
