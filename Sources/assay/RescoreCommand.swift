import ArgumentParser
import Foundation
import Host
import Trainer
import VerifierKit

struct RescoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rescore",
    abstract:
      "Judge a run's rollouts again with another recipe's verifiers: which verdicts and advantages change.",
    discussion: """
      Examples:
        assay rescore runs/spark --recipe stricter.yaml
        assay rescore runs/spark --recipe runs/spark/recipe.yaml      the same verifiers: nothing should change
        assay rescore runs/spark --recipe stricter.yaml --json > changes.json
      Nothing is written to the run. Rewards and advantages are computed as the trainer computes them; the policy
      stays the one that the old rewards made.
      Exit status: 0 all judged, 1 at least one sample that had a reward has none now, for its judge failed.
      """)

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
  var place: String
  @Option(help: "The recipe whose rewards judge now.", completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String
  @Option(name: .customLong("set"), help: "Override one key: a.b=c. May be given several times.")
  var overrides: [String] = []
  @Option(help: "Which samples: training, evaluation, harvest or all.") var purpose = "training"
  @Option(help: "Samples with a changed verdict that are named, of each step at most.") var examples = 3
  @Flag(help: "One JSON object instead of tables.") var json = false

  func validate() throws {
    if purpose != "all", RolloutPurpose(rawValue: purpose) == nil {
      throw ValidationError("There is no purpose “\(purpose)”. Use training, evaluation, harvest or all.")
    }
    if examples < 0 { throw ValidationError("--examples is at least 0.") }
  }

  func run() async throws {
    let folder = try RunFolder(opening: URL(fileURLWithPath: place))
    let new = try Recipe(contentsOf: URL(fileURLWithPath: recipe), overrides: overrides)
    // The run's own recipe only says how stages are scaled that the new one does not have.
    let old = try? Recipe(contentsOf: folder.recipe)
    let store = try RolloutStore(reading: folder.rollouts)
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let host = try await VerifierHost.make(new, relativeTo: here)
    let rescoring = try Rescoring(store, rewarder: host, old: old, new: new)
    let total = try store.count(purpose: RolloutPurpose(rawValue: purpose))
    let progress = Progress("rescore", total: total)
    var steps: [RescoredStep] = []
    var done = 0
    try await rescoring.run(purpose: RolloutPurpose(rawValue: purpose), examples: examples) { step in
      steps.append(step)
      done += step.samples
      progress.update(done, "samples")
    }
    progress.finish("\(done) samples")
    let report = RescoreReport(steps)
    print(json ? report.json(run: place, recipe: recipe).text : report.text)
    if report.newFaults > 0 { throw ExitCode.failure }
  }
}
