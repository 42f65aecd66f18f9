public import VerifierKit

/// Accepts one `<think>…</think>` at the start with a thought in it, followed by an answer.
///
/// The format reward of DeepSeek-R1-Zero (arXiv:2501.12948, §2.2.2). An empty pair of tags earns nothing, and
/// neither does a second pair or a blank answer. Says nothing of whether the answer is right.
public struct ThinkFormat: Verifier {
  private let isPrefilled: Bool
  private let needsAnswerLine: Bool

  /// - Parameters:
  ///   - isPrefilled: The chat template ends in `<think>`, so that the completion lacks it.
  ///   - needsAnswerLine: The answer has to begin with `Answer:`; otherwise any text will do.
  public init(isPrefilled: Bool = false, needsAnswerLine: Bool = false) {
    self.isPrefilled = isPrefilled
    self.needsAnswerLine = needsAnswerLine
  }

  public func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    guard let block = ThinkBlock(completion.text, isPrefilled: isPrefilled) else {
      return .rejected("no-think-block")
    }
    guard block.reasoning.hasLetterOrDigit else { return .rejected("empty-thought") }
    let answer = block.answer.trimmed()
    if needsAnswerLine {
      guard answer.hasPrefix("Answer:"), answer.dropFirst("Answer:".count).hasLetterOrDigit else {
        return .rejected("no-answer-line")
      }
      return .accepted("formatted")
    }
    let said = answer.hasPrefix("Answer:") ? answer.dropFirst("Answer:".count) : answer[...]
    return said.hasLetterOrDigit ? .accepted("formatted") : .rejected("no-answer")
  }
}
