import ArgumentParser
import Foundation
import Trainer

struct HarvestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "harvest",
    abstract: "Rejection sampling alone: a model's own right answers as rows for fine-tuning.",
    discussion: """
      Examples:
        assay harvest recipes/spark.yaml --model runs/spark/checkpoints/step-3411 --output rows.jsonl
        assay harvest recipe.yaml --model MODEL --set stages.harvest.harvest.filters.max_paragraph_words=150
        assay sft --data rows.jsonl --model MODEL
      A row names the rollout, the verdicts, the plugins' versions and the checkpoint that it comes from. What was left out \
      is counted by reason in the run's metrics; every sample is in its rollouts.sqlite.
      \(RunSession.exitStatuses)
      """)

  @Argument(help: "The recipe, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String
  @Option(help: "A GGUF file or a Hugging Face folder, instead of the recipe's policy.", completion: .file())
  var model: String?
  @Option(help: "Which stage of the recipe, by its name; the first of its kind when absent.")
  var stage: String?
  @Option(help: "Where the rows go besides; without it they are in the run's folder.", completion: .file())
  var output: String?
  @OptionGroup var options: RunOptions

  func run() async throws {
    let session = RunSession(json: options.json)
    var choice = StageOptions()
    (choice.model, choice.stage, choice.eval) = (model, stage, false)
    let recipe = try session.alone("harvest", of: self.recipe, choice, options, command: "harvest")
    if options.check { return try await session.check(recipe, called: self.recipe) }
    let folder = try await session.start(recipe, in: options.runs)
    if let output, let name = recipe.stages.first?.name {
      let rows = try Data(contentsOf: folder.url.appending(path: "\(name).jsonl"))
      try writeAtomically(rows, to: URL(fileURLWithPath: output))
      session.say("Rows: \(output)")
    }
  }
}
