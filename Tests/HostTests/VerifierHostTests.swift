import Foundation
import Testing
import VerifierKit

@testable import Host

/// Says what it is told to for each completion: `0.5`, `abstain`, `fault`, `sleep`.
private struct Scripted: Verifier {
  func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    switch completion.text {
    case "abstain": return .abstained("nothing-to-say")
    case "fault": throw VerifierFault(reason: "broken", message: "Mend it.")
    case "sleep":
      try? await Task.sleep(for: .seconds(900))
      return .accepted("late")
    default:
      let score = Double(completion.text) ?? 0
      return score > 0 ? .accepted("ok", score: score) : .rejected("no")
    }
  }
}

private struct Constant: Verifier {
  let score: Double
  func verify(_ completion: Completion, of problem: Problem) -> Verdict { .accepted("ok", score: score) }
}

private func rewards(_ completions: [String], weights: (Double, Double) = (1, 0.5)) async -> [Reward] {
  let host = VerifierHost(
    components: [
      "math": [
        RewardComponent(name: "scripted", weight: weights.0, verifier: Scripted()),
        RewardComponent(name: "constant", weight: weights.1, verifier: Constant(score: 0.4)),
      ]
    ], deadline: .milliseconds(300))
  let problem = Problem(id: "p", domain: "math", prompt: .text("q"))
  return await host.rewards(
    for: completions.map { Sample(problem: problem, completion: Completion(text: $0)) })
}

private func rounded(_ value: Double?) -> Double? { value.map { ($0 * 1e9).rounded() / 1e9 } }

@Test("the weighted sum, in the order given")
func weightedSum() async {
  #expect(await rewards(["1", "0", "0.5"]).map { rounded($0.value) } == [1.2, 0.2, 0.7])
}

@Test("a fault leaves its sample without a reward, and no other")
func fault() async {
  let rewards = await rewards(["1", "fault", "0"])
  #expect(rewards.map { rounded($0.value) } == [1.2, nil, 0.2])
  guard case .fault(let fault)? = rewards[1].outcomes["scripted"] else {
    Issue.record("no fault")
    return
  }
  #expect(fault.reason == "broken")
}

@Test("an abstention leaves the sum for the whole problem, and the rest is scaled")
func abstention() async {
  // Weight 1 leaves; 0.5 · 0.4 is scaled to the total of 1.5.
  for value in await rewards(["1", "abstain"]).map(\.value) { #expect(abs((value ?? 0) - 0.6) < 1e-12) }
}

@Test("a weight of 0 is judged, not paid, and its fault harms nobody")
func zeroWeight() async {
  #expect(await rewards(["fault", "1"], weights: (0, 1)).map(\.value) == [0.4, 0.4])
}

@Test("a verifier that is late is a fault, in time")
func deadline() async {
  let started = ContinuousClock.now
  let reward = await rewards(["sleep"])[0]
  #expect(ContinuousClock.now - started < .seconds(300))
  guard case .fault(let fault)? = reward.outcomes["scripted"] else {
    Issue.record("no fault")
    return
  }
  #expect(fault.reason == "deadline" && reward.value == nil)
}

@Test("a domain without verifiers is a fault that names the recipe's key")
func unknownDomain() async {
  let host = VerifierHost(components: ["math": []])
  let sample = Sample(
    problem: Problem(id: "p", domain: "poetry", prompt: .text("")), completion: Completion(text: ""))
  let reward = await host.rewards(for: [sample])[0]
  guard case .fault(let fault)? = reward.outcomes["host"] else {
    Issue.record("no fault")
    return
  }
  #expect(reward.value == nil && fault.message.contains("rewards:") && fault.message.contains("poetry"))
}
