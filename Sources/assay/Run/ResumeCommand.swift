import ArgumentParser
import Foundation
import Trainer

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with an interrupted run from its last good checkpoint.",
    discussion: """
      Examples:
        assay resume runs/spark
        assay resume runs/spark --set stages.rl.grpo.learning_rate=1e-5
        assay resume runs/spark --checkpoint 100
      Every kind of run: of pipeline, sft, train or harvest. It ends with the weights and metrics.jsonl of a run that was \
      never interrupted, to the bit. A damaged checkpoint is set aside, and the one before it is taken. What came after the \
      checkpoint is cut off the logs and done again.
      \(RunSession.exitStatuses)
      """)

  @Argument(help: "The run's folder.", completion: .directory)
  var run: String
  @Option(
    name: .customLong("set"),
    help: "Change one key of the recipe from here on: a.b=c. May be given several times.")
  var overrides: [String] = []
  @Option(help: "The step whose checkpoint to go back to; later ones are removed.")
  var checkpoint: Int?
  @Flag(help: "At the end, one JSON object on standard output; what a person reads goes to standard error.")
  var json = false

  func run() async throws {
    try await RunSession(json: json).resume(run, overrides: overrides, checkpoint: checkpoint)
  }
}
