import ArgumentParser
import Foundation
import Trainer
import VerifierKit

struct ProblemsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problems", abstract: "Write generated problems as rows.",
    discussion: """
      Example:
        assay problems sums --count 1000 --seed 3 --split held-out > sums.jsonl
        assay problems zebras --set level=3 --set table=true --worked | assay score
        assay problems formulas --set 'connectives=[and, or]'
      Problem i is a function of seed, split and i; no question is in both splits. Generators: \
      \(GeneratedTask.kinds.map(\.name).joined(separator: ", ")).
      """)

  @Argument(help: "The generator.") var generator: String
  @Option(help: "How many.") var count = 100
  @Option(help: "Any whole number from 0.") var seed: UInt64 = 1
  @Option(help: "train or held-out.") var split = "train"
  @Option(help: "terse (a few characters) or plain (English).") var style = "plain"
  @Option(
    name: .customLong("set"), help: "KEY=VALUE, an option of the generator; may be given several times.")
  var options: [String] = []
  @Flag(help: "With a worked solution as the completion.") var worked = false

  func run() throws {
    guard let split = Split(rawValue: split) else {
      throw ValidationError("There is no split “\(split)”. Use train or held-out.")
    }
    guard let style = Style(rawValue: style) else {
      throw ValidationError("There is no style “\(style)”. Use terse or plain.")
    }
    guard count >= 0 else { throw ValidationError("--count is at least 0.") }
    let task = try GeneratedTask.make(
      generator: generator, name: generator, style: style,
      options: GeneratedTask.options(settings: options), seed: seed)
    for index in 0..<count {
      let problem = task.problem(index, split: split)
      let completion = worked ? task.workedSolution(for: problem) : nil
      print(SFTExample(problem: problem, task: generator, completion: "").problemRow(completion).text)
    }
  }
}
