import AssayNumerics
public import Policy

/// Measures a policy on held-out problems, task by task.
///
/// A sample is right when the first verifier of its domain accepts it. A sample whose judge failed counts
/// neither way.
public struct Evaluator: Sendable {
  public let recipe: Recipe
  public let tasks: [any ProblemGenerator]
  public let sampler: Sampler

  public init(recipe: Recipe, tasks: [any ProblemGenerator], sampler: Sampler) {
    self.recipe = recipe
    self.tasks = tasks
    self.sampler = sampler
  }

  public struct Outcome: Sendable {
    public var row: MetricsRow
    public var rollouts: [Rollout]
    /// Unweighted mean over domains of pass@1.
    public var average: Double
  }

  /// - Parameters:
  ///   - step: Of the whole run; the same problems are drawn each time, with other random numbers.
  public func evaluate(
    _ parameters: Parameters, stage: String, step: Int, progress: Progress?
  ) async throws -> Outcome {
    let settings = recipe.evaluation
    let problems = tasks.flatMap { task in
      (0..<settings.problemsPerTask).map {
        (task: task.name, problem: task.problem($0, split: .heldOut))
      }
    }
    let total = problems.count * settings.samplesPerProblem
    let (rollouts, _) = try await sampler.rollouts(
      problems, samples: settings.samplesPerProblem, parameters: parameters,
      options: SamplingOptions(
        temperature: Float(settings.temperature), topP: Float(settings.topP), topK: 0,
        maxCompletionTokens: recipe.sampling.maxCompletionTokens),
      place: [Place.evaluation, step]
    ) { progress?.update($0, "of \(total) held-out completions") }
    return outcome(rollouts, stage: stage, step: step)
  }

  func outcome(_ rollouts: [Rollout], stage: String, step: Int) -> Outcome {
    var row = MetricsRow(step: step, stage: stage)
    var domains: [String: [String: [[Rollout]]]] = [:]
    for group in grouped(rollouts) {
      guard let first = group.first else { continue }
      domains[first.problem.domain, default: [:]][first.task, default: []].append(group)
    }
    var means: [Double] = []
    var faults = 0
    for (domain, tasks) in domains {
      var problemMeans: [Double] = []
      var consensus: [Double] = []
      for (task, groups) in tasks {
        var taskMeans: [Double] = []
        for group in groups {
          let votes = group.compactMap { vote($0) }
          faults += group.count - votes.count
          guard !votes.isEmpty else { continue }
          let correct = votes.count(where: \.isCorrect)
          taskMeans.append(passAtK(samples: votes.count, correct: correct, k: 1))
          consensus.append(consAtK(votes))
        }
        if !taskMeans.isEmpty {
          row.record(
            passAt1: taskMeans.reduce(0, +) / Double(taskMeans.count), domain: domain, task: task)
        }
        problemMeans += taskMeans
      }
      guard let estimate = MeanEstimate(problemMeans: problemMeans) else { continue }
      let votes = recipe.evaluation.samplesPerProblem
      row.record(
        estimate, domain: domain,
        consAtK: votes > 1 ? (votes, consensus.reduce(0, +) / Double(consensus.count)) : nil)
      means.append(estimate.mean)
    }
    row["eval/faults"] = Double(faults)
    let average = means.isEmpty ? 0 : means.reduce(0, +) / Double(means.count)
    row["eval_average"] = average
    return Outcome(row: row, rollouts: rollouts, average: average)
  }

  /// Nil for a fault.
  private func vote(_ rollout: Rollout) -> Vote? {
    guard let name = recipe.rewards[rollout.problem.domain]?.first?.verifier,
      let verdict = rollout.reward.outcomes[name]?.verdict
    else { return nil }
    // What the verifier read; programs and the like vote with what follows the thoughts.
    let answer =
      verdict.details["extracted"]
      ?? rollout.text.split(separator: "</think>", maxSplits: 1).last.map(String.init)
    return Vote(answer: verdict.reason == "no-answer" ? nil : answer, isCorrect: verdict.status == .accepted)
  }
}

/// First coordinate of a random stream: what the numbers are for.
enum Place {
  static let training = 0
  static let evaluation = 1
  static let harvest = 2
  static let shuffle = 3
  static let worked = 4
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
