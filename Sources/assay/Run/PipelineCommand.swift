import ArgumentParser
import Foundation
import Trainer

struct PipelineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Run the stages of a recipe in order, with an evaluation before the first and after each.",
    discussion: """
      Examples:
        assay pipeline recipes/spark.yaml --set seed=2 --set stages.rl.grpo.steps=50
        assay pipeline recipes/spark.yaml --check
        assay pipeline recipes/spark.yaml --resume runs/spark
      The run's folder (metrics, rollouts, checkpoints, report.html) is printed first and last. Ctrl-C finishes the step, \
      saves and stops; assay resume RUN goes on.
      \(RunSession.exitStatuses)
      """)

  @Argument(help: "The recipe, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String
  @OptionGroup var options: RunOptions
  @Option(
    help: "Go on with this run, whose recipe must be the same but for what --set names.",
    completion: .directory)
  var resume: String?

  func run() async throws {
    let recipe = try RunSession.recipe(self.recipe, overrides: options.overrides)
    let session = RunSession(json: options.json)
    if options.check {
      try await session.check(recipe, called: self.recipe)
    } else if let resume {
      try await session.resume(resume, recipe: recipe, overrides: options.overrides)
    } else {
      try await session.start(recipe, in: options.runs)
    }
  }
}
