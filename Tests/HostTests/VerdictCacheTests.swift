import Synchronization
import Testing
import VerifierKit

@testable import Host

/// Answers by a counter: what it says of a question depends on when it is asked.
private final class Counting: Verifier {
  let asked = Atomic(0)
  let judge: @Sendable (Int) -> Verdict
  init(_ judge: @escaping @Sendable (Int) -> Verdict) { self.judge = judge }
  func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    judge(asked.add(1, ordering: .relaxed).newValue)
  }
}

private func host(_ verifier: any Verifier, cache: VerdictCache = VerdictCache()) -> VerifierHost {
  var component = RewardComponent(name: "counting", weight: 1, verifier: verifier)
  component.cacheKey = { "digest options" }
  return VerifierHost(components: ["*": [component]], cache: cache)
}

private func sample(_ text: String, reference: String = "1") -> Sample {
  Sample(
    problem: Problem(id: "p", domain: "math", prompt: .text("q"), reference: .string(reference)),
    completion: Completion(text: text))
}

@Test("a question that is known is not asked again; another reference is another question")
func remembers() async {
  let counting = Counting { _ in .accepted("equal") }
  let host = host(counting)
  let same = await host.rewards(for: (0..<32).map { _ in sample("a") })
  #expect(same.allSatisfy { $0.value == 1 })
  // Those that were under way at once may each have asked.
  let before = counting.asked.load(ordering: .relaxed)
  #expect(before <= host.concurrency)
  _ = await host.rewards(for: [sample("b"), sample("a", reference: "2")])
  #expect(counting.asked.load(ordering: .relaxed) == before + 2)
}

@Test("a verifier that answers differently is found, named, and not remembered any more")
func disagreement() async {
  let counting = Counting { $0 % 2 == 0 ? .accepted("equal") : .rejected("wrong-answer") }
  let host = host(counting)
  for _ in 0..<200 { _ = await host.rewards(for: [sample("a")]) }
  #expect(host.cache.counts.disagreements["counting"]?.contains("problem p") == true)
  let before = counting.asked.load(ordering: .relaxed)
  for _ in 0..<10 { _ = await host.rewards(for: [sample("a")]) }
  #expect(counting.asked.load(ordering: .relaxed) == before + 10)
}

@Test("it forgets what was not asked for longest, and holds no more than it may")
func bounded() async {
  let counting = Counting { _ in .accepted("equal") }
  let host = host(counting, cache: VerdictCache(capacity: 8))
  for index in 0..<100 { _ = await host.rewards(for: [sample("\(index)"), sample("often")]) }
  // Asked for in every round: of a hundred once, or twice where a check came due.
  #expect(counting.asked.load(ordering: .relaxed) <= 105)
  let before = counting.asked.load(ordering: .relaxed)
  _ = await host.rewards(for: [sample("3")])
  #expect(counting.asked.load(ordering: .relaxed) == before + 1)
}

@Test("what a clock decided is not remembered")
func clocks() async {
  let counting = Counting { _ in .rejected("time-limit") }
  let host = host(counting)
  for _ in 0..<5 { _ = await host.rewards(for: [sample("a")]) }
  #expect(counting.asked.load(ordering: .relaxed) == 5)
}

@Test("faults are asked again")
func faults() async {
  struct Broken: Verifier {
    func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
      throw VerifierFault(reason: "broken", message: "It broke. Mend it.")
    }
  }
  let host = host(Broken())
  for _ in 0..<3 {
    let reward = await host.rewards(for: [sample("a")])[0]
    #expect(reward.value == nil)
  }
  #expect(host.cache.counts.hits == 0)
}

@Test("verifiers that wait are asked side by side", .timeLimit(.minutes(5)))
func sideBySide() async {
  /// Answers once all have been asked: one after the other they never would.
  final class Meeting: Verifier {
    let present = Atomic(0)
    func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
      present.add(1, ordering: .relaxed)
      while present.load(ordering: .relaxed) < 8 { try? await Task.sleep(for: .milliseconds(1)) }
      return .accepted("met")
    }
  }
  let meeting = Meeting()
  let host = VerifierHost(
    components: ["*": (0..<8).map { RewardComponent(name: "one\($0)", weight: 1, verifier: meeting) }])
  let reward = await host.rewards(for: [sample("a")])[0]
  #expect(reward.value == 8)
}
