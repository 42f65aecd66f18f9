import Numerics
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
    var requests: [GenerationRequest] = []
    for (index, entry) in problems.enumerated() {
      requests.append(
        GenerationRequest(
          prompt: try renderer.prompt(entry.problem),
          streams: (0..<samples).map { Numerics.CounterRandom(seed: seed, coordinates: place + [index, $0]) })
      )
    }
    var timing = Timing()
    let clock = ContinuousClock()
    let started = clock.now
    let counter = Counter()
    let stops = Set(renderer.tokenizer.eosTokens)
    let completions = pool.generate(requests, parameters, options: options, stops: stops) { _, _, _ in
      if let progress { progress(counter.next()) }
    }
    timing.generate = (clock.now - started) / .seconds(1)
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
    let scoring = clock.now
    let rewards = await rewarder.rewards(
      for: rollouts.map {
        Sample(
          problem: $0.problem,
          completion: Completion(
            text: $0.text, finishReason: $0.completion.stopped ? .stop : .length))
      })
    for (index, reward) in rewards.enumerated() { rollouts[index].reward = reward }
    timing.reward = (clock.now - scoring) / .seconds(1)
    return (rollouts, timing)
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
