import ArgumentParser
import Foundation
import Trainer
import VerifierKit

struct RolloutsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollouts",
    abstract: "Browse what a run sampled: prompts, completions, every verdict, rewards, advantages.",
    discussion: """
      Examples:
        assay rollouts runs/spark --step 40 --domain code --status rejected
        assay rollouts runs/spark --verifier think-format --status rejected --search "</think>" | less -R
        assay rollouts runs/spark --purpose harvest --json > harvest.jsonl
        assay rollouts runs/spark --count --status fault
      A run that goes on can be browsed too.
      """)

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
  var place: String
  @Option(help: "Of this stage of the recipe.") var stage: String?
  @Option(help: "Of this optimiser step, counted over all stages.") var step: Int?
  @Option(help: "What it was drawn for: training, evaluation or harvest.") var purpose: String?
  @Option(help: "Of this domain: math, logic, code, ...") var domain: String?
  @Option(help: "Of the problem with this id.") var problem: String?
  @Option(help: "With a verdict of this verifier.") var verifier: String?
  @Option(
    help: "With a verdict that is accepted, rejected, abstained or fault; with --verifier, of that one.")
  var status: String?
  @Option(help: "With this text in prompt or completion.") var search: String?
  @Option(help: "At most so many; 20, and with --json all, when absent.") var limit: Int?
  @Option(help: "Only samples behind this one: the number after the # of the last one shown.") var after:
    Int64?
  @Flag(help: "The newest first.") var newest = false
  @Flag(help: "Only say how many there are.") var count = false
  @Flag(help: "One JSON object a line.") var json = false

  func validate() throws {
    if let purpose, RolloutPurpose(rawValue: purpose) == nil {
      throw ValidationError("There is no purpose “\(purpose)”. Use training, evaluation or harvest.")
    }
    let statuses = ["accepted", "rejected", "abstained", "fault"]
    if let status, !statuses.contains(status) {
      throw ValidationError("There is no status “\(status)”. Use \(statuses.joined(separator: ", ")).")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
  }

  func run() throws {
    let folder = try RunFolder(opening: URL(fileURLWithPath: place))
    let store = try RolloutStore(reading: folder.rollouts)
    let filter = RolloutFilter(
      stage: stage, step: step, purpose: purpose.flatMap(RolloutPurpose.init(rawValue:)), domain: domain,
      problem: problem, status: status, verifier: verifier, search: search)
    let total = try store.count(filter)
    if count {
      print(json ? JSONValue.object(["count": .integer(total)]).text : "\(total)")
      return
    }
    guard total > 0 || json else {
      print(try nothing(in: store))
      return
    }
    // Whoever closes the pager has seen enough.
    signal(SIGPIPE, SIG_DFL)
    let listing = RolloutListing(isColoured: isatty(STDOUT_FILENO) == 1 && allowsColours)
    let limit = limit ?? (json ? .max : 20)
    var (shown, last) = (0, after)
    while shown < limit {
      let page = try store.rollouts(
        filter, after: last, newestFirst: newest, limit: min(100, limit - shown))
      guard let end = page.last else { break }
      for rollout in page { print(json ? RolloutListing.json(rollout).text : listing.text(rollout)) }
      (shown, last) = (shown + page.count, end.id)
    }
    if !json, let last, shown < total {
      let tail =
        "\(shown) of \(total) samples. For more: --limit \(min(total, limit * 10)), or --after \(last)\n"
      tell(tail)
    }
  }

  /// What there would have been to choose from.
  private func nothing(in store: RolloutStore) throws -> String {
    let facets = try store.facets()
    let stages = facets.stages.map {
      "\($0.name) (\($0.purpose.rawValue), steps \($0.firstStep)–\($0.lastStep))"
    }
    return """
      No sample fits. This run has
        stages:    \(stages.joined(separator: ", "))
        domains:   \(facets.domains.joined(separator: ", "))
        verifiers: \(facets.verifiers.joined(separator: ", "))
      """
  }
}

/// https://no-color.org
private var allowsColours: Bool {
  (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    && ProcessInfo.processInfo.environment["TERM"] != "dumb"
}
