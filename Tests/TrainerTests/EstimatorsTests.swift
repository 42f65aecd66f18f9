import Foundation
import Testing
import Trainer

@Suite("Estimators") struct EstimatorsTests {
  @Test(
    "pass@k by counting the draws of k out of n",
    arguments: [
      (4, 1, 1, 0.25), (4, 0, 4, 0), (4, 4, 1, 1),
      (4, 1, 2, 0.5),  // 3 of the 6 pairs hold the right one
      (5, 2, 2, 0.7),  // 3 of the 10 pairs hold no right one
      (5, 2, 3, 0.9),  // 1 of the 10 triples
      (5, 2, 4, 1),  // four samples can't all be wrong
      (10, 3, 5, 1 - 21.0 / 252),
    ] as [(Int, Int, Int, Double)])
  func passAtK(samples: Int, correct: Int, k: Int, expected: Double) {
    #expect(abs(Trainer.passAtK(samples: samples, correct: correct, k: k) - expected) < 1e-12)
  }

  @Test(
    "cons@k",
    arguments: [
      ([("4", true), ("4", true), ("5", false)], 1),
      ([("5", false), ("5", false), ("4", true)], 0),
      ([("4", true), ("5", false)], 0.5),  // a tie
      ([("4", true), ("5", false), ("6", false)], 1.0 / 3),
      ([("4", true), (nil, false), (nil, false)], 1),  // no answer is no vote
      ([(nil, false)], 0),
      ([], 0),
      ([("4", true), ("4", false), ("5", false)], 0.5),  // judged differently
    ] as [([(String?, Bool)], Double)])
  func consAtK(votes: [(String?, Bool)], expected: Double) {
    let votes = votes.map { Vote(answer: $0.0, isCorrect: $0.1) }
    #expect(abs(Trainer.consAtK(votes) - expected) < 1e-12)
  }

  /// Wilson's interval for 8 of 10 and 0 of 10 at 95 %: 0.4902 to 0.9433 and 0 to 0.2775 (Newcombe 1998,
  /// method 3).
  @Test("Wilson's interval", arguments: [(0.8, 10, 0.4902, 0.9433), (0, 10, 0, 0.2775), (1, 10, 0.7225, 1)])
  func wilson(share: Double, size: Double, low: Double, high: Double) {
    let interval = wilsonInterval(share: share, of: size)
    #expect(abs(interval.low - low) < 1e-4 && abs(interval.high - high) < 1e-4)
  }

  @Test("a mean's interval counts problems, not samples")
  func interval() throws {
    let sure = try #require(MeanEstimate(problemMeans: Array(repeating: 1, count: 10)))
    #expect(sure.mean == 1 && sure.high > 1 - 1e-12 && abs(sure.low - 0.7225) < 1e-4)
    // Eight of ten, all or nothing: standard error 0.4216/√10 = 0.1333, so a sample size of 9.
    let split = try #require(MeanEstimate(problemMeans: [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]))
    let nine = wilsonInterval(share: 0.8, of: 9)
    #expect(abs(split.low - nine.low) < 1e-12 && abs(split.high - nine.high) < 1e-12)
    // The same mean with every problem solved eight times of ten is far surer.
    let even = try #require(MeanEstimate(problemMeans: [0.7, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.7, 0.9]))
    #expect(even.high - even.low < (split.high - split.low) / 2)
    #expect(MeanEstimate(problemMeans: []) == nil)
    // Two problems of 16 samples that happen to agree are no more than 32 samples.
    let two = try #require(MeanEstimate(problemMeans: [0.5, 8.0 / 16 + 1e-9], samples: 32))
    #expect(abs(two.low - wilsonInterval(share: two.mean, of: 32).low) < 1e-9)
  }

  @Test(
    "advantages by hand",
    arguments: [
      // Mean 0.5, deviation √(4·0.25/3) = 0.57735.
      (
        [[1, 0, 1, 0]], .group, [[0.5 / 0.57745027, -0.5 / 0.57745027, 0.5 / 0.57745027, -0.5 / 0.57745027]]
      ),
      ([[1, 0, 1, 0]], .none, [[0.5, -0.5, 0.5, -0.5]]),
      // A fault leaves mean and deviation: as if the group were [1, 0].
      ([[1, nil, 0]], .group, [[0.5 / 0.70720678, nil, -0.5 / 0.70720678]]),
      // Fewer than two valid samples: dropped.
      ([[1, nil, nil], [0, 1]], .none, [[nil, nil, nil], [-0.5, 0.5]]),
      // All equal: exactly 0, also where the mean is rounded.
      ([[0.1, 0.1, 0.1]], .group, [[0, 0, 0]]),
      // Batch: deviation of 1, 0, 0, 0 is 0.5.
      ([[1, 0], [0, 0]], .batch, [[0.5 / 0.5001, -0.5 / 0.5001], [0, 0]]),
      // The dropped group's 9 is not in the batch's deviation.
      ([[1, 0], [0, 0], [9, nil]], .batch, [[0.5 / 0.5001, -0.5 / 0.5001], [0, 0], [nil, nil]]),
    ] as [([[Double?]], AdvantageScale, [[Double?]])])
  func advantages(rewards: [[Double?]], scale: AdvantageScale, expected: [[Double?]]) {
    let found = GroupAdvantages(rewards, scale: scale).advantages
    #expect(found.map { $0.map { $0 == nil } } == expected.map { $0.map { $0 == nil } })
    for (found, expected) in zip(found.joined(), expected.joined()) {
      #expect(abs((found ?? 0) - (expected ?? 0)) < 1e-6)
    }
  }

  @Test("groups are counted")
  func counts() {
    let found = GroupAdvantages([[1, 0], [1, 1], [nil, 1], [nil, nil]], scale: .group)
    #expect(found.droppedGroups == 2 && found.zeroVarianceGroups == 1)
    #expect(abs((found.meanDeviation ?? 0) - 0.5.squareRoot() / 2) < 1e-12)
    #expect(GroupAdvantages([], scale: .group).meanDeviation == nil)
  }
}
