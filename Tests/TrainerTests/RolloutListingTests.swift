import Foundation
import Testing
import VerifierKit

@testable import Trainer

@Suite("Rollouts on a terminal") struct RolloutListingTests {
  private static let hostile = "\u{1B}]0;title\u{07}\u{1B}[2Jwiped\r\u{9B}31m\u{202E}txt\tok\nnext"

  private static func record(_ group: Int, text: String, status: Verdict.Status) -> RolloutRecord {
    let verdict = Verdict(
      status: status, score: status == .accepted ? 1 : 0, reason: "r", details: ["found": hostile])
    return RolloutRecord(
      group: group, sample: 0,
      problem: Problem(id: "p\(group)", domain: group < 2 ? "math" : "code", prompt: .text("100% of a_b?")),
      completion: Completion(text: text, finishReason: .length), tokens: 3,
      reward: Reward(value: 0.5, outcomes: ["judge": .verdict(verdict, micros: 1)]), advantage: -0.25)
  }

  private func withStore(_ body: (RolloutStore) throws -> Void) throws {
    try withFolder { root in
      let file = root.appending(path: "rollouts.sqlite")
      let store = try RolloutStore(file)
      let statuses: [Verdict.Status] = [.accepted, .rejected, .abstained]
      for step in 1...2 {
        let records = (0..<3).map {
          Self.record($0, text: $0 == 1 ? Self.hostile : "Plain \($0)", status: statuses[$0])
        }
        try store.insert(records, stage: "rl", step: step)
      }
      try store.insert(
        [Self.record(0, text: "held out", status: .accepted)], stage: "rl", step: 2, purpose: .evaluation)
      try body(try RolloutStore(reading: file))
    }
  }

  @Test("a completion's control characters are written out")
  func control() throws {
    try withStore { store in
      let rollout = try #require(try store.rollouts(RolloutFilter(step: 1)).dropFirst().first)
      let plain = RolloutListing(isColoured: false).text(rollout)
      #expect(
        plain.unicodeScalars.allSatisfy {
          $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) || $0 == "\n" || $0 == "\t"
        })
      #expect(plain.contains("\\x1b]0;title\\x07\\x1b[2Jwiped\\x0d\\x9b31m\\u202etxt\tok\n    next"))
      #expect(
        plain.hasPrefix(
          "#2 · rl step 1 · math · p1 · sample 0 · 3 tokens, cut off\nreward 0.5  advantage -0.25\n"))
      let coloured = RolloutListing(isColoured: true).text(rollout)
      #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
      #expect(RolloutListing.json(rollout)["completion"]?.string == Self.hostile)
    }
  }

  @Test(
    "each choice narrows",
    arguments: [
      (RolloutFilter(), [1, 2, 3, 4, 5, 6, 7]), (RolloutFilter(step: 2), [4, 5, 6, 7]),
      (RolloutFilter(step: 2, purpose: .training, domain: "math"), [4, 5]),
      (RolloutFilter(status: "rejected"), [2, 5]),
      (RolloutFilter(status: "abstained", verifier: "judge"), [3, 6]),
      (RolloutFilter(verifier: "nobody"), []), (RolloutFilter(stage: "other"), []),
      (RolloutFilter(problem: "p2"), [3, 6]), (RolloutFilter(search: "pLAIN 2"), [3, 6]),
      // Marks of SQL's patterns are letters here.
      (RolloutFilter(search: "100%"), [1, 2, 3, 4, 5, 6, 7]),
      (RolloutFilter(search: "a_b"), [1, 2, 3, 4, 5, 6, 7]),
      (RolloutFilter(search: "1%of"), []), (RolloutFilter(search: "Plain_2"), []),
    ] as [(RolloutFilter, [Int64])])
  func filters(filter: RolloutFilter, expected: [Int64]) throws {
    try withStore { store in
      let oldest = try store.rollouts(filter)
      let newest = try store.rollouts(filter, newestFirst: true, limit: 2)
      let count = try store.count(filter)
      #expect(oldest.map(\.id) == expected && count == expected.count)
      #expect(newest.map(\.id) == Array(expected.reversed().prefix(2)))
    }
  }

  @Test func facets() throws {
    try withStore { store in
      let facets = try store.facets()
      #expect(facets.domains == ["code", "math"] && facets.verifiers == ["judge"])
      #expect(facets.stages.map(\.purpose) == [.training, .evaluation] && facets.stages[0].lastStep == 2)
    }
  }
}
