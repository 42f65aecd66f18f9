import Foundation
public import VerifierKit

/// Routes samples to their domain's verifiers, with a deadline each, and weighs what they say.
///
///     reward = Σ weight·score
///
/// A fault in any component with a weight makes the sum nil. An abstention takes its weight out of the sum
/// for all samples of the same problem, and the rest is scaled so that the weights' total stays: no
/// completion gains by making a verifier abstain.
public final class VerifierHost: Rewarder {
  /// The key whose components judge every domain that has none of its own.
  public static let anyDomain = "*"

  public let components: [String: [RewardComponent]]
  public let cache: VerdictCache
  public let concurrency: Int
  private let deadline: Duration

  /// - Parameters:
  ///   - components: By domain.
  ///   - jobs: Samples judged at once; nil: two a processor (most wait for the sandbox or a plugin).
  ///   - deadline: For one verifier that waits on one sample; beyond it the sample is a fault. Workers and the
  ///     sandbox have deadlines of their own instead.
  public init(
    components: [String: [RewardComponent]], jobs: Int? = nil, deadline: Duration = .seconds(600),
    cache: VerdictCache = VerdictCache()
  ) {
    self.components = components
    self.cache = cache
    concurrency = max(1, jobs ?? 2 * ProcessInfo.processInfo.activeProcessorCount)
    self.deadline = deadline
  }

  /// Every component's outcome for one sample; those that wait are asked side by side.
  public func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    guard let components = components(for: sample.problem.domain) else {
      let known = components.keys.sorted().joined(separator: ", ")
      return [
        "host": .fault(
          VerifierFault(
            reason: "no-verifier",
            message:
              "Problem \(sample.problem.id) has the domain “\(sample.problem.domain)”, and no verifier "
              + "is named for it. Add it under “rewards:” (there are: \(known))."))
      ]
    }
    var outcomes: [String: Reward.Outcome] = [:]
    let waiting = components.filter { $0.waits && !isSilenced($0) }
    for component in components where !component.waits {
      outcomes[component.name] = await outcome(of: component, for: sample)
    }
    if waiting.count == 1 {
      outcomes[waiting[0].name] = await outcome(of: waiting[0], for: sample)
    } else if waiting.count > 1 {
      await withTaskGroup(of: (String, Reward.Outcome).self) { group in
        for component in waiting {
          group.addTask { (component.name, await self.outcome(of: component, for: sample)) }
        }
        for await (name, outcome) in group { outcomes[name] = outcome }
      }
    }
    return outcomes
  }

  /// Whether a verifier of one of these domains waits for something.
  public func waits(for domains: some Sequence<String>) -> Bool {
    domains.contains { components(for: $0)?.contains(where: \.waits) ?? false }
  }

  private func components(for domain: String) -> [RewardComponent]? {
    components[domain] ?? components[Self.anyDomain]
  }

  private func outcome(of component: RewardComponent, for sample: Sample) async -> Reward.Outcome {
    let clock = ContinuousClock()
    let started = clock.now
    do throws(VerifierFault) {
      let verdict: Verdict
      if !component.waits {
        verdict = try await component.verifier.verify(sample.completion, of: sample.problem)
      } else if let key = component.cacheKey?() {
        verdict = try await cache.verdict(key, of: component.name, sample.completion, sample.problem) {
          () async throws(VerifierFault) in try await judge(sample, by: component)
        }
      } else {
        verdict = try await judge(sample, by: component)
      }
      return .verdict(verdict, micros: Int((clock.now - started) / .microseconds(1)))
    } catch {
      return .fault(error)
    }
  }

  private func judge(_ sample: Sample, by component: RewardComponent) async throws(VerifierFault) -> Verdict {
    // Time in line is nobody's fault.
    if component.endsByItself {
      return try await component.verifier.verify(sample.completion, of: sample.problem)
    }
    return try await within(deadline, of: component.name) { () async throws(VerifierFault) in
      try await component.verifier.verify(sample.completion, of: sample.problem)
    }
  }

  public func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    // Abstentions by problem.
    var abstained: [String: Set<String>] = [:]
    for (sample, outcome) in zip(samples, outcomes) {
      for (name, outcome) in outcome where outcome.verdict?.status == .abstained {
        abstained[key(sample.problem), default: []].insert(name)
      }
    }
    return zip(samples, outcomes).map { sample, outcomes in
      let components = components(for: sample.problem.domain) ?? []
      let silent = abstained.isEmpty ? [] : abstained[key(sample.problem)] ?? []
      var sum = 0.0, total = 0.0, counted = 0.0
      for component in components where component.weight > 0 {
        if outcomes[component.name] == nil, isSilenced(component) {
          total += component.weight
          continue
        }
        guard case .verdict(let verdict, _)? = outcomes[component.name] else {
          return Reward(value: nil, outcomes: outcomes)
        }
        total += component.weight
        if silent.contains(component.name) { continue }
        counted += component.weight
        sum += component.weight * verdict.score
      }
      // Nobody had anything to say: there is no reward, and none of 0 either.
      return Reward(value: counted > 0 ? sum * total / counted : nil, outcomes: outcomes)
    }
  }

  /// Two problems of one file may share an id by mistake; their prompts tell them apart.
  private func key(_ problem: Problem) -> String {
    problem.domain + "\u{0}" + problem.id + "\u{0}" + problem.prompt.text
  }
}
