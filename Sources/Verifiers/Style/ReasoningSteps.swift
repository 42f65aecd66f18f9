public import VerifierKit

/// Distinct steps of reasoning, as a share of a target number: a line with an equation, a numbered line, or
/// a line of at least three words. The same step twice counts once, and so does the same equation.
///
/// Where the row asks for steps (`AskedSteps`), their share instead.
///
/// Rewards structure alone, so it is worth little beside a verdict on the answer (docs/verifiers.md says how
/// it is gamed).
public struct ReasoningSteps: Verifier {
  private let target: Int
  public init(target: Int = 3) { self.target = max(1, target) }

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    let asked = try AskedSteps(problem)
    guard let block = ThinkBlock(completion.text) else { return .rejected("no-think-block") }
    if let asked {
      let found = asked.found(in: block.reasoning)
      let details = ["steps": "\(found) of \(asked.count)"]
      return found == asked.count
        ? .accepted("all-steps", details)
        : .rejected("missing-steps", score: Double(found) / Double(asked.count), details)
    }
    var steps: Set<String> = []
    for line in block.reasoning.split(whereSeparator: { $0.isNewline || $0 == ";" }) {
      let normal = line.lowercased().filter { $0.isLetter || $0.isNumber || "+-*/=<>&|^~".contains($0) }
      // The step's number does not make it another step.
      let step = isNumbered(line) ? String(normal.drop(while: \.isNumber)) : normal
      if isStep(line), !step.isEmpty { steps.insert(step) }
      if steps.count >= target { break }
    }
    let score = min(1, Double(steps.count) / Double(target))
    let details = ["steps": String(steps.count)]
    if steps.count >= target { return .accepted("enough-steps", details) }
    return .rejected("too-few-steps", score: score, details)
  }

  private func isNumbered(_ line: Substring) -> Bool {
    let text = line.drop(while: \.isWhitespace)
    let rest = text.drop(while: \.isNumber)
    return rest.count < text.count && (rest.first == "." || rest.first == ")")
      && rest.dropFirst().first == " "
  }

  private func isStep(_ line: Substring) -> Bool {
    if let equals = line.firstIndex(of: "=") {
      return line[..<equals].hasLetterOrDigit && line[line.index(after: equals)...].hasLetterOrDigit
    }
    let words = line.split(whereSeparator: \.isWhitespace).filter { $0.contains(where: \.isLetter) }
    return words.count >= 3
  }
}
