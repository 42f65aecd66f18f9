import VerifierKit

/// The best that one and the same answer to every problem does: an accuracy that is no better has learnt nothing.
enum ConstantAnswer {
  /// Most frequent answers that are tried.
  static let candidates = 3

  /// The share of the problems for which the verifier accepts the best constant answer.
  /// - Parameters:
  ///   - answers: of each problem, as text; nil where none is known.
  ///   - judge: the verifier's name, by domain.
  /// - Returns: Nil for programs, and where no answer is known.
  static func share(
    _ problems: [Problem], answers: [String?], rewarder: any Rewarder, judge: (String) -> String?
  ) async -> Double? {
    guard !problems.isEmpty, problems.allSatisfy({ $0.tests == nil }) else { return nil }
    var counts: [String: Int] = [:]
    for answer in answers.compactMap(\.self) where !answer.isEmpty { counts[answer, default: 0] += 1 }
    let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(candidates).map(\.key)
    guard !frequent.isEmpty else { return nil }
    var best = 0
    for answer in frequent {
      for text in [answer, "Answer: \(answer)"] {
        let rewards = await rewarder.rewards(
          for: problems.map {
            Sample(
              problem: $0, completion: Completion(text: "<think>\n\n</think>\n\n\(text)", finishReason: .stop)
            )
          })
        let right = zip(problems, rewards).count { problem, reward in
          judge(problem.domain).flatMap { reward.outcomes[$0]?.verdict }?.status == .accepted
        }
        best = max(best, right)
      }
    }
    return Double(best) / Double(problems.count)
  }
}
