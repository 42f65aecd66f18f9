import AssayNumerics
import Dispatch
import Synchronization
public import Policy
public import VerifierKit

/// Samples groups of completions from a policy and has them judged.
public struct Sampler: Sendable {
  public let pool: DecoderPool
  public let renderer: PromptRenderer
  public let rewarder: any Rewarder
  public let seed: UInt64

  public init(pool: DecoderPool, renderer: PromptRenderer, rewarder: any Rewarder, seed: UInt64) {
    self.pool = pool
    self.renderer = renderer
    self.rewarder = rewarder
    self.seed = seed
  }

  /// What a batch of groups took, seconds of wall time.
  public struct Timing: Sendable {
    public var generate = 0.0
    public var reward = 0.0
  }

  /// `samples` completions of each problem, judged; group by group, without advantages yet.
  /// - Parameters:
  ///   - place: What the random streams hang on, beside seed, problem and sample: stage and step.
  ///   - progress: Called with the number of completions done so far.
  public func rollouts(
    _ problems: [(task: String, problem: Problem)], samples: Int, parameters: Parameters,
    options: SamplingOptions, place: [Int],
    progress: (@Sendable (Int) -> Void)? = nil
  ) async throws(ChatTemplateError) -> (rollouts: [Rollout], timing: Timing) {
    var made: [GenerationRequest] = []
    for (index, entry) in problems.enumerated() {
      let prompt = try renderer.prompt(entry.problem)
      guard prompt.count < pool.config.maxPositions else {
        throw ChatTemplateError(
          "Problem \(entry.problem.id): its prompt of \(prompt.count) tokens does not fit into the "
            + "\(pool.config.maxPositions) that the policy reads. Take shorter problems, or another policy.")
      }
      made.append(
        GenerationRequest(
          prompt: prompt,
          streams: (0..<samples).map {
            AssayNumerics.CounterRandom(seed: seed, coordinates: place + [index, $0])
          })
      )
    }
    let requests = made
    var timing = Timing()
    let clock = ContinuousClock()
    let started = clock.now
    let counter = Counter()
    let stops = Set(renderer.tokenizer.eosTokens)
    // A completion is judged while the rest of its group is still being sampled.
    let (finished, arrivals) = AsyncStream.makeStream(of: (Int, Int, GeneratedCompletion).self)
    async let judging = judge(finished, of: problems, samples: samples)
    let completions = await onThread {
      defer { arrivals.finish() }
      return pool.generate(requests, parameters, options: options, stops: stops) {
        arrivals.yield(($0, $1, $2))
        if let progress { progress(counter.next()) }
      }
    }
    timing.generate = (clock.now - started) / .seconds(1)
    let scoring = clock.now
    let outcomes = await judging
    var rollouts: [Rollout] = []
    for (group, entry) in problems.enumerated() {
      for sample in 0..<samples {
        let completion = completions[group][sample]
        rollouts.append(
          Rollout(
            problem: entry.problem, task: entry.task, group: group, sample: sample,
            prompt: requests[group].prompt, completion: completion, text: renderer.text(completion),
            reward: Reward(value: nil, outcomes: [:]), advantage: nil))
      }
    }
    let rewards = rewarder.weigh(
      rollouts.map { sample($0.problem, $0.completion) },
      rollouts.map { outcomes[$0.group * samples + $0.sample] })
    for (index, reward) in rewards.enumerated() { rollouts[index].reward = reward }
    timing.reward = (clock.now - scoring) / .seconds(1)
    return (rollouts, timing)
  }

  /// Outcomes of what arrives, by group and sample, so many at once as the rewarder likes.
  private func judge(
    _ arrivals: AsyncStream<(Int, Int, GeneratedCompletion)>, of problems: [(task: String, problem: Problem)],
    samples: Int
  ) async -> [[String: Reward.Outcome]] {
    var outcomes = [[String: Reward.Outcome]](repeating: [:], count: problems.count * samples)
    await withTaskGroup(of: (Int, [String: Reward.Outcome]).self) { group in
      var running = 0
      for await (request, index, completion) in arrivals {
        if running >= rewarder.concurrency, let (place, result) = await group.next() {
          outcomes[place] = result
          running -= 1
        }
        running += 1
        let sample = sample(problems[request].problem, completion)
        group.addTask { (request * samples + index, await rewarder.outcomes(for: sample)) }
      }
      for await (place, result) in group { outcomes[place] = result }
    }
    return outcomes
  }

  private func sample(_ problem: Problem, _ completion: GeneratedCompletion) -> Sample {
    Sample(
      problem: problem,
      completion: Completion(
        text: renderer.text(completion), finishReason: completion.stopped ? .stop : .length))
  }
}

/// Runs what blocks on a thread of its own, so that the tasks beside it go on.
private func onThread<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
  await withCheckedContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(returning: body()) }
  }
}

/// Counts from several threads.
private final class Counter: Sendable {
  private let count = Mutex(0)
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
