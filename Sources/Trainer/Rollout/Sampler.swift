import AssayNumerics
import Foundation
import Synchronization
public import Policy
public import VerifierKit

/// Samples groups of completions from a policy and has them judged.
public struct Sampler: Sendable {
  public let pool: DecoderPool
  public let renderer: PromptRenderer
  public let rewarder: any Rewarder
  public let seed: UInt64
  /// Keeps what is sampled until all of a call is; nil: an interruption costs the whole of it.
  public let journal: RolloutJournal?

  public init(
    pool: DecoderPool, renderer: PromptRenderer, rewarder: any Rewarder, seed: UInt64,
    journal: RolloutJournal? = nil
  ) {
    self.pool = pool
    self.renderer = renderer
    self.rewarder = rewarder
    self.seed = seed
    self.journal = journal
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
  ) async throws -> (rollouts: [Rollout], timing: Timing) {
    let prompts = try prompts(of: problems)
    let known =
      try journal?.begin(
        occasion(place, prompts, parameters, options), total: problems.count * samples, samples: samples)
      ?? [:]
    let work = missing(known, of: prompts, samples: samples, place: place)
    var timing = Timing()
    let clock = ContinuousClock()
    let started = clock.now
    let counter = Counter()
    let stops = Set(renderer.tokenizer.eosTokens)
    // A completion is judged while the rest of its group is still being sampled.
    let (finished, arrivals) = AsyncStream.makeStream(of: (Int, Int, GeneratedCompletion).self)
    async let judging = judge(finished, of: problems, samples: samples)
    let sampled = await onThread {
      defer { arrivals.finish() }
      for (place, completion) in known {
        arrivals.yield((place.group, place.sample, completion))
        progress?(counter.next())
      }
      return pool.generate(work.map(\.request), parameters, options: options, stops: stops) {
        let place = work[$0].places[$1]
        journal?.append($2, at: place)
        arrivals.yield((place.group, place.sample, $2))
        progress?(counter.next())
      }
    }
    var completions = known
    for (part, made) in zip(work, sampled) {
      for (place, completion) in zip(part.places, made) { completions[place] = completion }
    }
    timing.generate = (clock.now - started) / .seconds(1)
    let scoring = clock.now
    let outcomes = await judging
    try journal?.end()
    var rollouts: [Rollout] = []
    for (group, entry) in problems.enumerated() {
      for sample in 0..<samples {
        guard let completion = completions[RolloutJournal.Place(group, sample)] else {
          throw TrainingError(
            message: "Sample \(sample) of problem \(entry.problem.id) was not drawn: a fault of Assay.")
        }
        rollouts.append(
          Rollout(
            problem: entry.problem, task: entry.task, group: group, sample: sample, prompt: prompts[group],
            completion: completion, text: renderer.text(completion),
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

  private func prompts(of problems: [(task: String, problem: Problem)]) throws(ChatTemplateError) -> [[Int32]]
  {
    var prompts: [[Int32]] = []
    for (_, problem) in problems {
      let prompt = try renderer.prompt(problem)
      guard !prompt.isEmpty else {
        throw ChatTemplateError(
          "Problem \(problem.id) has an empty prompt, and the policy no token that begins a text. Leave it out."
        )
      }
      guard prompt.count < pool.config.maxPositions else {
        throw ChatTemplateError(
          "Problem \(problem.id): its prompt of \(prompt.count) tokens does not fit into the "
            + "\(pool.config.maxPositions) that the policy reads. Take shorter problems, or another policy.")
      }
      prompts.append(prompt)
    }
    return prompts
  }

  /// What is still to be sampled: the requests, and whose completions theirs are.
  private func missing(
    _ known: [RolloutJournal.Place: GeneratedCompletion], of prompts: [[Int32]], samples: Int, place: [Int]
  ) -> [(request: GenerationRequest, places: [RolloutJournal.Place])] {
    prompts.enumerated().compactMap { group, prompt in
      let places = (0..<samples).map { RolloutJournal.Place(group, $0) }.filter { known[$0] == nil }
      guard !places.isEmpty else { return nil }
      let streams = places.map {
        AssayNumerics.CounterRandom(seed: seed, coordinates: place + [group, $0.sample])
      }
      return (GenerationRequest(prompt: prompt, streams: streams), places)
    }
  }

  /// Whatever the completions of a call are a function of, as a text.
  private func occasion(
    _ place: [Int], _ prompts: [[Int32]], _ parameters: Parameters, _ options: SamplingOptions
  ) -> String {
    let tokens = prompts.reduce(into: Data()) { data, prompt in
      prompt.withUnsafeBytes { data.append(contentsOf: $0) }
    }
    // The sum of squares of weights that a step has changed is the same by no more than an odd chance.
    let weights = Elementwise.sumOfSquares(parameters.buffer, lane: pool.whole).bitPattern
    return "place \(place) seed \(seed) prompts \(prompts.count) \(crc32c(tokens)) weights \(weights) "
      + "precision \(pool.precision.rawValue) \(options)"
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
