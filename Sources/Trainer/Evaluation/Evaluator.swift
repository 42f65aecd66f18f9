import AssayNumerics
public import Policy
import VerifierKit

/// Measures a policy on held-out problems, task by task.
///
/// A sample is right when the first verifier of its domain accepts it. A sample whose judge failed, or abstained,
/// counts neither way.
public struct Evaluator: Sendable {
  public let recipe: Recipe
  public let tasks: [any ProblemGenerator]
  public let benchmarks: [Benchmark]
  public let sampler: Sampler
  private let constants = ConstantShares()

  public init(
    recipe: Recipe, tasks: [any ProblemGenerator], benchmarks: [Benchmark] = [], sampler: Sampler
  ) {
    self.recipe = recipe
    self.tasks = tasks
    self.benchmarks = benchmarks
    self.sampler = sampler
  }

  public struct Outcome: Sendable {
    public var row: MetricsRow
    public var rollouts: [Rollout]
    /// Unweighted mean over domains of pass@1, of the tasks' held-out problems; without those, over the benchmarks. Nil
    /// where one of them could not be judged: the mean of the others is another figure.
    public var average: Double?
  }

  /// Completions of one evaluation.
  public var sampleCount: Int {
    tasks.reduce(0) { $0 + heldOutCount($1) } * recipe.evaluation.samplesPerProblem
      + benchmarks.reduce(0) { $0 + $1.problems.count * samples(of: $1) }
  }

  private func samples(of benchmark: Benchmark) -> Int {
    benchmark.recipe.samplesPerProblem ?? recipe.evaluation.samplesPerProblem
  }

  /// - Parameters:
  ///   - step: Of the whole run; the same problems are drawn each time, with other random numbers.
  public func evaluate(
    _ parameters: Parameters, stage: String, step: Int, progress: Progress?
  ) async throws -> Outcome {
    let settings = recipe.evaluation
    let total = sampleCount
    let (rollouts, _) = try await sampler.rollouts(
      heldOut, samples: settings.samplesPerProblem, parameters: parameters,
      options: SamplingOptions(
        temperature: Float(settings.temperature), topP: Float(settings.topP), topK: 0,
        maxCompletionTokens: recipe.sampling.maxCompletionTokens),
      place: [Place.evaluation, step]
    ) { progress?.update($0, "of \(total) completions") }
    var outcome = outcome(rollouts, stage: stage, step: step)
    for benchmark in benchmarks {
      let done = outcome.rollouts.count
      var (rollouts, _) = try await sampler.rollouts(
        benchmark.problems.map { (benchmark.name, $0.problem) }, samples: samples(of: benchmark),
        parameters: parameters,
        options: SamplingOptions(
          temperature: Float(benchmark.recipe.temperature ?? settings.temperature),
          topP: Float(benchmark.recipe.topP ?? settings.topP), topK: 0,
          maxCompletionTokens: benchmark.recipe.maxCompletionTokens
            ?? recipe.sampling.maxCompletionTokens),
        place: [
          Place.benchmark, Int(truncatingIfNeeded: CounterRandom.hash(benchmark.name)), step,
        ]
      ) { progress?.update(done + $0, "of \(total) completions") }
      outcome.row.record(
        scores(grouped(rollouts)), under: benchmark.name, samples: samples(of: benchmark))
      outcome.row["eval/faults"]? += Double(rollouts.count { vote($0) == nil })
      let group = (outcome.rollouts.last?.group ?? -1) + 1
      for index in rollouts.indices { rollouts[index].group += group }
      outcome.rollouts += rollouts
    }
    if tasks.isEmpty || recipe.evaluation.problemsPerTask == 0 {
      let means = benchmarks.compactMap { outcome.row["eval/\($0.name)/pass@1"] }
      outcome.average = means.count == benchmarks.count ? mean(means) : nil
      outcome.row["eval_average"] = outcome.average
    }
    for (name, share) in await constants.values({ await constantShares() }) {
      outcome.row["eval/\(name)/constant"] = share
    }
    return outcome
  }

  /// The same problem twice would be no further evidence.
  private func heldOutCount(_ task: any ProblemGenerator) -> Int {
    min(recipe.evaluation.problemsPerTask, task.distinct(.heldOut) ?? .max)
  }

  private var heldOut: [(task: String, problem: Problem)] {
    tasks.flatMap { task in
      (0..<heldOutCount(task)).map {
        (task: task.name, problem: task.problem($0, split: .heldOut))
      }
    }
  }

  func outcome(_ rollouts: [Rollout], stage: String, step: Int) -> Outcome {
    var row = MetricsRow(step: step, stage: stage)
    var domains: [String: [String: [[Rollout]]]] = [:]
    for group in grouped(rollouts) {
      guard let first = group.first else { continue }
      domains[first.problem.domain, default: [:]][first.task, default: []].append(group)
    }
    var means: [Double] = []
    var isComplete = true
    var faults = 0
    for (name, tasks) in domains.sorted(by: { $0.key < $1.key }) {
      let domain = metricName(name)
      let tasks = tasks.sorted { $0.key < $1.key }
      for (task, groups) in tasks {
        if let estimate = scores(groups).passAt1 {
          row.record(passAt1: estimate.mean, domain: domain, task: task)
        }
      }
      let all = scores(tasks.flatMap(\.value))
      faults += all.faults
      row.record(all, under: domain, samples: recipe.evaluation.samplesPerProblem)
      if let estimate = all.passAt1 {
        means.append(estimate.mean)
      } else if recipe.judge(of: name) != nil {
        isComplete = false
      }
    }
    let average = isComplete ? mean(means) : nil
    row["eval/faults"] = Double(faults)
    row["eval_average"] = average
    return Outcome(row: row, rollouts: rollouts, average: average)
  }

  private func scores(_ groups: [[Rollout]]) -> ProblemScores {
    var scores = ProblemScores()
    for group in groups {
      scores.append(group.compactMap { vote($0) }, of: group.count)
      if group.first?.problem.tests != nil { scores.areComparable = false }
    }
    return scores
  }

  /// Nil for a fault and an abstention.
  private func vote(_ rollout: Rollout) -> Vote? {
    guard let name = recipe.judge(of: rollout.problem.domain),
      let verdict = rollout.reward.outcomes[name]?.verdict, verdict.status != .abstained,
      verdict.audit != .fault
    else { return nil }
    // What the verifier read; where it says nothing, what follows the thoughts.
    let answer =
      verdict.details["extracted"]
      ?? rollout.text.split(separator: "</think>", maxSplits: 1).last.map(String.init)
    return Vote(
      answer: verdict.reason == "no-answer" ? nil : answer,
      isCorrect: verdict.status == .accepted && verdict.audit != .failed)
  }

  /// What the best constant answer reaches: of each benchmark, and of each domain with an answer for each of its tasks.
  private func constantShares() async -> [String: Double] {
    var shares: [String: Double] = [:]
    for benchmark in benchmarks {
      shares[benchmark.name] = await ConstantAnswer.share(
        benchmark.problems.map(\.problem), answers: benchmark.problems.map(\.answer),
        rewarder: sampler.rewarder, judge: recipe.judge)
    }
    var domains: [String: [Double?]] = [:]
    for task in tasks {
      let problems = (0..<heldOutCount(task)).map { task.problem($0, split: .heldOut) }
      for (domain, part) in Dictionary(grouping: problems, by: \.domain) {
        let share = await ConstantAnswer.share(
          part, answers: part.map(task.answer), rewarder: sampler.rewarder, judge: recipe.judge)
        domains[domain, default: []].append(share)
      }
    }
    for (domain, tasks) in domains {
      let known = tasks.compactMap(\.self)
      if known.count == tasks.count { shares[metricName(domain)] = known.reduce(0, +) / Double(known.count) }
    }
    return shares
  }
}

/// Computed once: it is a function of the problems alone.
private actor ConstantShares {
  private var known: [String: Double]?

  func values(_ compute: @Sendable () async -> [String: Double]) async -> [String: Double] {
    if let known { return known }
    let found = await compute()
    known = found
    return found
  }
}

/// First coordinate of a random stream: what the numbers are for.
enum Place {
  static let training = 0
  static let evaluation = 1
  static let harvest = 2
  static let shuffle = 3
  static let worked = 4
  static let benchmark = 5
}

/// Rollouts by group, in order.
func grouped(_ rollouts: [Rollout]) -> [[Rollout]] {
  var groups: [[Rollout]] = []
  for rollout in rollouts {
    if groups.last?.first?.group == rollout.group {
      groups[groups.count - 1].append(rollout)
    } else {
      groups.append([rollout])
    }
  }
  return groups
}
