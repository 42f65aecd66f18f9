public import VerifierKit

/// Accepts a completion whose final answer equals the reference mathematically.
///
/// Extraction: `AnswerExtraction`; notation: `MathLexer`; what counts as equal: docs/verifiers.md. Everything
/// is read and compared here, exactly where numbers are rational; nothing is evaluated elsewhere. A list of
/// candidates for a single answer is `several-answers`.
public struct MathAnswer: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let text = Self.goldText(problem.reference), let gold = Self.form(text) else {
      throw .unreadableReference(problem, wanted: "a mathematical answer")
    }
    let extracted: String
    switch AnswerExtraction.answer(in: completion.text) {
    case .none: return .rejected("no-answer")
    case .several: return .rejected("several-answers")
    case .answer(let answer): extracted = answer
    }
    let details = ["extracted": String(extracted.prefix(500))]
    guard let given = Self.form(extracted) else { return .rejected("no-answer", details) }
    if MathForm.equal(gold: gold, given: given) { return .accepted("equal", details) }
    if case .list = given, !gold.isSeveral { return .rejected("several-answers", details) }
    return .rejected("wrong-answer", details)
  }

  /// A list of golds is a set of solutions.
  private static func goldText(_ reference: JSONValue?) -> String? {
    if let array = reference?.array {
      let items = array.compactMap(\.scalarText)
      return items.count == array.count && !items.isEmpty ? items.joined(separator: ", ") : nil
    }
    return reference?.scalarText
  }

  /// A reference may be boxed or in dollars.
  private static func form(_ text: String) -> MathForm? {
    var text = text.trimmed()
    if text.hasPrefix("\\boxed{"), text.hasSuffix("}") { text = String(text.dropFirst(7).dropLast()) }
    guard let tokens = MathLexer.tokens(text) else {
      let plain = text.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " }
      return text.utf8.count <= 1000 && plain.hasLetterOrDigit ? .text(plain) : nil
    }
    guard let form = MathForm(tokens[...]) else { return nil }
    if case .text(let plain) = form, !plain.hasLetterOrDigit { return nil }
    return form
  }
}

extension MathForm {
  fileprivate var isSeveral: Bool {
    switch self {
    case .list, .tuple, .union, .interval: true
    default: false
    }
  }
}
