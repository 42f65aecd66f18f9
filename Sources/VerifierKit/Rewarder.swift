/// Turns completions into rewards. The trainer knows this and no host, so a test trains on a constant.
public protocol Rewarder: Sendable {
  /// Every verifier's word on one sample. May be asked while other samples of the group are still being made.
  func outcomes(for sample: Sample) async -> [String: Reward.Outcome]

  /// One reward for each sample, in the order given. A group's samples come in one call, so that an
  /// abstention can be rescaled for the whole group alike.
  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward]

  /// Called between two steps: the time to take a new version of a verifier, or to wait for one.
  /// - Parameter say: Takes what a person should know.
  func beginStep(say: @Sendable (String) -> Void) async throws

  /// Samples that are worth judging at once.
  var concurrency: Int { get }
}

extension Rewarder {
  public func beginStep(say: @Sendable (String) -> Void) async throws {}
  public var concurrency: Int { 8 }

  /// Judges all samples, so many at once, and weighs them.
  public func rewards(for samples: [Sample]) async -> [Reward] {
    var outcomes = [[String: Reward.Outcome]](repeating: [:], count: samples.count)
    await withTaskGroup(of: (Range<Int>, [[String: Reward.Outcome]]).self) { group in
      var next = 0
      // Those that take microseconds are not worth a task each.
      let piece = max(1, min(16, samples.count / (4 * concurrency)))
      func add() {
        guard next < samples.count else { return }
        let range = next..<min(next + piece, samples.count)
        next = range.upperBound
        group.addTask {
          var made: [[String: Reward.Outcome]] = []
          for index in range {
            made.append(
              Task.isCancelled
                ? ["host": .fault(VerifierFault(reason: "cancelled", message: "The task was cancelled."))]
                : await self.outcomes(for: samples[index]))
          }
          return (range, made)
        }
      }
      for _ in 0..<concurrency { add() }
      for await (range, result) in group {
        outcomes.replaceSubrange(range, with: result)
        add()
      }
    }
    return weigh(samples, outcomes)
  }
}

public struct Sample: Sendable, Hashable {
  public var problem: Problem
  public var completion: Completion

  public init(problem: Problem, completion: Completion) {
    self.problem = problem
    self.completion = completion
  }
}

/// The weighted sum of a sample's scores, and how it came about.
public struct Reward: Sendable {
  /// Nil when any weighted component is a fault: the sample leaves mean, deviation and loss.
  public var value: Double?
  /// By verifier name.
  public var outcomes: [String: Outcome]

  public init(value: Double?, outcomes: [String: Outcome]) {
    self.value = value
    self.outcomes = outcomes
  }

  public enum Outcome: Sendable {
    /// `micros`: wall time of the verifier, µs.
    case verdict(Verdict, micros: Int)
    case fault(VerifierFault)

    public var verdict: Verdict? { if case .verdict(let verdict, _) = self { verdict } else { nil } }
  }
}
