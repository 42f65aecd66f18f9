public import VerifierKit

/// Accepts a completion of a shape: one `<think>…</think>` at the start with a thought in it, then an answer.
///
/// The format reward of DeepSeek-R1-Zero (arXiv:2501.12948, §2.2.2), for the shapes in use (`ThinkShape`). Empty
/// and trivial thoughts earn nothing, nor do tags that are nested, repeated or out of order, an answer inside the
/// thought only, or text behind the answer. Says nothing of whether the answer is right.
public struct ThinkFormat: Verifier {
  private let shape: ThinkShape
  private let isPrefilled: Bool
  private let givesPartialCredit: Bool

  init(_ options: inout VerifierOptions) throws(VerifierFault) {
    isPrefilled = try options.flag("prefilled", default: false)
    givesPartialCredit = try options.flag("partial_credit", default: false)
    let needsLine = try options.flag("answer_line", default: false)
    let text = try options.text("shape", default: needsLine ? "<think> Answer:" : "<think> text")
    guard let shape = ThinkShape(text) else {
      throw VerifierFault(
        reason: "bad-option",
        message:
          "think-format: the shape “\(text)” is not one. Use elements as <think>, <answer>, Answer:, \\boxed,"
          + " code, text, parted by blanks; only blocks may stand before others.")
    }
    self.shape = shape
  }

  public func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    let report = shape.check(completion.text, isPrefilled: isPrefilled, prompt: problem.prompt.text)
    let faults = report.faults.compactMap(\.reason)
    guard let reason = faults.first ?? report.disorder else { return .accepted("formatted") }
    let good = report.faults.filter { $0.reason == nil }.map(\.element.name)
    let score =
      givesPartialCredit && report.disorder == nil ? Double(good.count) / Double(report.faults.count) : 0
    return .rejected(reason, score: score, good.isEmpty ? [:] : ["good": good.joined(separator: " ")])
  }
}
