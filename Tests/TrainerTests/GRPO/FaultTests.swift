import Policy
import Testing
import VerifierKit

@testable import Trainer

@Suite("A fault of the judge in GRPO") struct FaultTests {
  private func gradient(_ rewards: [[Double?]], without excluded: Set<Int> = []) throws -> [Float] {
    let rollouts = TinyPolicy.rollouts(rewards).filter {
      $0.advantage != nil && !excluded.contains($0.sample)
    }
    let step = GRPOStep(
      variant: GRPOLoss(LossOptions(klCoefficient: 0.1)), temperature: 1, tokensPerBatch: 64)
    return try #require(
      step.gradient(
        rollouts, batch: TinyPolicy.batch(rollouts), pool: TinyPolicy.pool(),
        parameters: TinyPolicy.parameters(), reference: TinyPolicy.parameters(seed: 8), onPolicy: true)
    ).gradient.values
  }

  @Test("a time-out does not train like a wrong answer: the gradient is that of the group without the sample")
  func timeOut() throws {
    let faulted = try gradient([[1, 0, 1, nil]])
    // The same three completions, judged as before, in a group of three.
    let without = try gradient([[1, 0, 1]])
    let wrong = try gradient([[1, 0, 1, 0]])
    #expect(faulted == without)
    let size = faulted.map { abs($0) }.max() ?? 0
    let distance = zip(faulted, wrong).map { abs($0 - $1) }.max() ?? 0
    #expect(size > 0 && distance > 0.1 * size)
  }

  @Test(
    "mean and deviation leave it out, and a group with fewer than two valid samples is dropped and counted")
  func dropped() {
    let found = GroupAdvantages(
      [[1, 0, nil, nil], [1, nil, nil, nil], [nil, nil, nil, nil]], scale: .group)
    #expect(found.droppedGroups == 2)
    #expect(found.advantages[0][2] == nil && found.advantages[1].allSatisfy { $0 == nil })
    #expect(found.advantages[0][0] == GroupAdvantages([[1, 0]], scale: .group).advantages[0][0])
    #expect(TinyPolicy.rollouts([[1, nil, nil]]).allSatisfy { $0.advantage == nil })
  }

  @Test("a group that is left with nothing but faults changes no parameter")
  func nothing() {
    let rollouts = TinyPolicy.rollouts([[1, nil, nil]])
    let step = GRPOStep(variant: GRPOLoss(LossOptions()), temperature: 1, tokensPerBatch: 64)
    let found = step.gradient(
      rollouts, batch: TinyPolicy.batch(rollouts), pool: TinyPolicy.pool(),
      parameters: TinyPolicy.parameters(), reference: nil, onPolicy: true)
    #expect(found == nil)
  }
}
