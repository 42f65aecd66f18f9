import ArgumentParser
import Foundation
import Trainer

struct SFTCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sft",
    abstract: "Supervised fine-tuning alone: on rows, or as one sft stage of a recipe says.",
    discussion: """
      Examples:
        assay sft --data rows.jsonl --model models/smollm2-135m-instruct.gguf
        assay sft --data rows.jsonl --model MODEL --set stages.sft.sft.epochs=3 --set stages.sft.sft.learning_rate=1e-5
        assay sft recipes/spark.yaml --stage cold-start
        assay sft recipes/spark.yaml --stage polish --data runs/spark/harvest.jsonl --model runs/spark/checkpoints/step-3411
      Rows have prompt (text or messages) and completion, as assay harvest and assay generate write them. The loss is the \
      mean over the completions' tokens; short rows are packed. Without a recipe, DeepSeek-R1's settings: 2 epochs, batches \
      of 128, a cosine from 5e-5 to a tenth of it.
      The run's folder is that of assay pipeline; assay resume RUN goes on with it.
      \(RunSession.exitStatuses)
      """)

  @Argument(help: "The recipe, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String?
  @Option(
    help: "Rows to imitate, .jsonl or .jsonl.gz, instead of the stage's own source.", completion: .file())
  var data: String?
  @OptionGroup var stage: StageOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    if recipe == nil, data == nil || stage.model == nil {
      throw ValidationError("Give a recipe, or --data ROWS and --model MODEL.")
    }
  }

  func run() async throws {
    let session = RunSession(json: options.json)
    var recipe =
      try self.recipe.map {
        try session.alone("sft", of: $0, stage, options, command: "sft")
      } ?? bare()
    if case .sft(var sft)? = recipe.stages.first {
      if let data {
        // The default of 1,000 is of worked examples.
        if sft.source == .worked { sft.examples = 0 }
        (sft.file, sft.source) = (data, .file)
      }
      recipe.stages = [.sft(sft)]
      if sft.source == .harvested {
        tell("Error: stage \(sft.name) trains on a harvest. Give its rows: --data ROWS.\n")
        throw ExitCode(65)
      }
    }
    if options.check { return try await session.check(recipe, called: self.recipe ?? data ?? "") }
    try await session.start(recipe, in: options.runs)
  }

  /// Rows and a model, and nothing else.
  private func bare() throws -> Recipe {
    do {
      var recipe = try Recipe(
        yaml: "stages: [{sft: {name: sft, file: rows}}]", file: "--set", overrides: options.overrides,
        standardName: "sft")
      if let model = stage.model { recipe.policy.model = model }
      return recipe
    } catch {
      tell("Error: \(error)\n")
      throw ExitCode(65)
    }
  }
}
