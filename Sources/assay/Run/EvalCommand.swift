import ArgumentParser
import Foundation
import Trainer

struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure a model on a recipe's held-out problems and benchmarks.",
    discussion: """
      Examples:
        assay eval recipes/spark.yaml --model runs/spark/checkpoints/step-3455
        assay eval --model runs/spark/checkpoints/step-3455 --set evaluation.samples_per_problem=16
        assay eval recipe.yaml --model MODEL --json
      Without a recipe, that of the run which the checkpoint belongs to. Every completion with its verdicts is in the \
      run's folder. --json prints the figures under the names of docs/metrics.md.
      \(RunSession.exitStatuses)
      """)

  @Argument(help: "The recipe, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String?
  @Option(help: "A GGUF file or a Hugging Face folder, instead of the recipe's policy.", completion: .file())
  var model: String?
  @OptionGroup var options: RunOptions

  func validate() throws {
    if recipe == nil, model == nil { throw ValidationError("Give a recipe, or --model CHECKPOINT, or both.") }
  }

  func run() async throws {
    let session = RunSession(json: options.json)
    let file =
      recipe ?? URL(fileURLWithPath: model ?? "").appending(path: "../../recipe.yaml").standardized.path
    guard recipe != nil || FileManager.default.fileExists(atPath: file) else {
      throw ValidationError("\(model ?? "") is no checkpoint of a run, so name the recipe to measure it by.")
    }
    var one = try RunSession.recipe(file, overrides: options.overrides)
    one.stages = []
    one.name += "-eval"
    // Nothing is trained: the weights lie where they came from.
    one.evaluation.metricForBestModel = "none"
    if let model { one.policy.model = model }
    if options.check { return try await session.check(one, called: file) }
    try await session.start(one, in: options.runs)
  }
}
