public import VerifierKit

/// Accepts a completion whose final answer equals the reference mathematically.
///
/// Extraction: `AnswerExtraction`; notation: `MathLexer`; what counts as equal: docs/verifiers.md. Everything
/// is read and compared here, exactly where numbers are rational; nothing is evaluated elsewhere. A list of
/// candidates for a single answer is `several-answers`.
public struct MathAnswer: Verifier {
  let options: MathAnswerOptions

  public init(_ options: MathAnswerOptions = MathAnswerOptions()) { self.options = options }

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    let wanted = Self.goldText(problem.reference)?.trimmed()
    var extraction = AnswerExtraction(completion.text, sources: options.sources)
    let found = extraction.answer()
    // The same text is the same answer, and readable if one of them is.
    if case .answer(let answer) = found, answer == wanted, let form = extraction.form(of: answer) {
      let verdict = Verdict.accepted("equal", ["extracted": answer.shortened(to: 500)])
      guard options.secondOpinion.isAsked(problem.id, completion.text) else { return verdict }
      return options.secondOpinion.compare(
        verdict, MathOpinion(gold: form, given: form, completion: completion.text))
    }
    guard let text = wanted, let gold = Self.form(gold: text) else {
      throw .unreadableReference(problem, wanted: "a mathematical answer")
    }
    var verdict = judge(found, extraction, gold, text, of: problem)
    // Not a matter of two opinions: it is equal, and no answer.
    if verdict.reason == "question-again" { return verdict }
    let isUnread = verdict.reason == "wrong-answer" || verdict.reason == "no-answer"
    if isUnread, Self.says(completion.text, text) {
      verdict = .accepted("equal", ["extracted": text.shortened(to: 500)])
    }
    guard case .answer(let answer) = found, options.secondOpinion.isAsked(problem.id, completion.text),
      let given = extraction.form(of: answer) ?? Self.form(answer)
    else { return verdict }
    return options.secondOpinion.compare(
      verdict, MathOpinion(gold: gold, given: given, completion: completion.text))
  }

  private func judge(
    _ found: AnswerExtraction.Found, _ extraction: AnswerExtraction, _ gold: MathForm, _ goldText: String,
    of problem: Problem
  ) -> Verdict {
    let extracted: String
    switch found {
    case .none: return .rejected("no-answer")
    case .several: return .rejected("several-answers")
    case .boxes(let answers):
      if gold.isSeveral {
        extracted = answers.joined(separator: ", ")
      } else if let last = answers.last, answers.allSatisfy({ Self.equals(gold, $0, extraction) }) {
        extracted = last  // one answer, written in two ways
      } else {
        return .rejected(
          "several-answers", ["extracted": answers.joined(separator: " ; ").shortened(to: 500)])
      }
    case .answer(let answer): extracted = answer
    }
    let details = ["extracted": extracted.shortened(to: 500)]
    if let a = Self.plainInteger(goldText), let b = Self.plainInteger(extracted) {
      return a == b ? .accepted("equal", details) : .rejected("wrong-answer", details)
    }
    guard let given = extraction.form(of: extracted) ?? Self.form(extracted) else {
      return .rejected("no-answer", details)
    }
    // `2020-03-04` is no difference.
    if let isSame = Self.isSameDate(goldText, extracted, gold, given) {
      return isSame ? .accepted("equal", details) : .rejected("wrong-answer", details)
    }
    if extracted == goldText { return .accepted("equal", details) }
    if MathForm.equal(gold: gold, given: given) {
      return QuestionAgain.isAsked(extracted, given, gold: gold, goldText: goldText, in: problem.prompt)
        ? .rejected("question-again", details) : .accepted("equal", details)
    }
    if options.acceptsMoreDigits, MathForm.roundsTo(gold: gold, given: given) {
      return .accepted("rounded", details)
    }
    if let decimal = Self.decimalComma(extracted), gold.isDecimal, MathForm.equal(gold: gold, given: decimal)
    {
      return .accepted("equal", details)
    }
    if case .tuple = gold, let inner = Self.grouped(extracted), let point = Self.form("(\(inner))"),
      MathForm.equal(gold: gold, given: point)
    {
      return .accepted("equal", details)
    }
    if let date = CalendarDate(goldText), let other = CalendarDate(extracted), date.matches(other) {
      return .accepted("equal", details)
    }
    if let letter = Self.choice(goldText, or: extracted) {
      return letter ? .accepted("equal", details) : .rejected("wrong-answer", details)
    }
    if case .list = given, !gold.isSeveral { return .rejected("several-answers", details) }
    return .rejected("wrong-answer", details)
  }

  private static func equals(_ gold: MathForm, _ answer: String, _ extraction: AnswerExtraction) -> Bool {
    guard let given = extraction.form(of: answer) ?? form(answer) else { return false }
    return MathForm.equal(gold: gold, given: given)
  }

  /// Where one side is a date such as `2020-03-04`: whether the other is that date, or the same three numbers in a row.
  /// Nil for anything else.
  private static func isSameDate(_ gold: String, _ given: String, _ a: MathForm, _ b: MathForm) -> Bool? {
    func bare(_ text: String) -> String {
      var text = text.trimmed()[...]
      if text.first == "$", text.last == "$" { text = text.dropFirst().dropLast() }
      if text.hasPrefix("\\text{"), text.last == "}" { text = text.dropFirst(6).dropLast() }
      return String(text)
    }
    guard gold.utf8.count <= 60, given.utf8.count <= 60, case let (x, y) = (bare(gold), bare(given)),
      CalendarDate(hyphened: x) != nil || CalendarDate(hyphened: y) != nil
    else { return nil }
    if let date = CalendarDate(x), let other = CalendarDate(y), date.matches(other) { return true }
    if case .value(let p) = a.unnamed, case .value(let q) = b.unnamed { return p.node == q.node }
    return false
  }

  /// `1,3` of `${1,3}$`: TeX prints no such braces, and what they were meant for is lost: a point's brackets, or a set's.
  private static func grouped(_ text: String) -> Substring? {
    guard text.hasPrefix("${"), text.hasSuffix("}$"), text.utf8.count > 4 else { return nil }
    let inner = text.dropFirst(2).dropLast(2)
    return inner.utf8.contains { "{}$()".utf8.contains($0) } ? nil : inner
  }

  /// Most answers are whole numbers: nothing need be built for them.
  private static func plainInteger(_ text: String) -> Int? {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard (1...18).contains(digits.count), digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
    return Int(text)
  }

  /// Whether what follows the thoughts is the gold answer word for word, with `Answer:` before it or nothing.
  private static func says(_ completion: String, _ gold: String) -> Bool {
    guard gold.utf8.count <= 10_000,
      completion.utf8.count <= gold.utf8.count + 200 || completion.hasBytes("</think>")
    else { return false }
    let tail = String(decoding: completion.utf8.suffix(gold.utf8.count + 200), as: UTF8.self)
    let whole = completion.utf8.count <= gold.utf8.count + 200
    let thought = tail.lastRange(of: "</think>")
    guard whole || thought != nil else { return false }
    let said = thought.map { tail[$0.upperBound...].trimmed() } ?? tail.trimmed()
    // As much is said besides the blanks, but for `Answer:` and a full stop.
    func size(_ text: String) -> Int { text.utf8.count { $0 > 32 } }
    guard
      abs(
        size(said) - size(gold)
          - (said.utf8.prefix(7).elementsEqual("Answer:".utf8)
            || said.utf8.prefix(7).elementsEqual("answer:".utf8) ? 7 : 0)) <= 1
    else { return false }
    if said == gold || said == "Answer: " + gold { return true }
    // Of a sentence, capitals and the full stop are not asked for.
    func words(_ text: String) -> [Substring] {
      (text.hasSuffix(".") ? String(text.dropLast()) : text).lowercased().split(
        whereSeparator: \.isWhitespace)
    }
    guard gold.utf8.count(where: { $0 == 32 }) >= 2 else { return false }
    let wanted = words(gold)
    return wanted.count >= 3 && (words(said) == wanted || words(said) == ["answer:"] + wanted)
  }

  /// Where one side is a letter, and the other a letter with its text: `B` and `B. 42`. Nil for anything else.
  private static func choice(_ gold: String, or given: String) -> Bool? {
    func letter(_ text: String) -> (letter: Character, isAlone: Bool)? {
      // A letter, or what may stand before one.
      guard let first = text.utf8.first, 65...74 ~= first || first <= 32 || "\\($".utf8.contains(first) else {
        return nil
      }
      var rest = text.trimmed()[...]
      for start in ["\\text{", "\\textbf{", "\\mathrm{", "(", "$"] where rest.hasPrefix(start) {
        rest = rest.dropFirst(start.count)
      }
      guard let first = rest.popFirst(), "ABCDEFGHIJ".contains(first) else { return nil }
      let after = rest.drop { $0 == ")" || $0 == "}" || $0 == "$" }
      if after.isEmpty || after == "." { return (first, true) }
      let isParted = { (character: Character?) in
        character.map { $0 == " " || $0 == "}" || $0 == ")" } ?? true
      }
      guard
        after.first == "." || after.first == ":"
          ? isParted(after.dropFirst().first) : rest.first == ")" && isParted(after.first)
      else { return nil }
      return (first, false)
    }
    guard let a = letter(gold), let b = letter(given), a.isAlone || b.isAlone, !(a.isAlone && b.isAlone)
    else { return nil }
    return a.letter == b.letter
  }

  /// `1.234,56`, as much of the world writes it; nil for anything else.
  private static func decimalComma(_ untrimmed: String) -> MathForm? {
    guard untrimmed.utf8.count < 40, untrimmed.utf8.contains(UInt8(ascii: ",")) else { return nil }
    let text = untrimmed.filter { !MathToken.currencies.contains(String($0)) }.trimmed()
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count < 40, !parts[1].isEmpty, parts[1].allSatisfy({ "0"..."9" ~= $0 }),
      case let groups = parts[0].split(separator: ".", omittingEmptySubsequences: false),
      groups.dropFirst().allSatisfy({ $0.count == 3 }), parts[0].contains(where: \.isNumber),
      parts[0].allSatisfy({ "0"..."9" ~= $0 || $0 == "." || $0 == "-" })
    else { return nil }
    return form(groups.joined() + "." + parts[1])
  }

  /// A list of golds is a set of solutions.
  static func goldText(_ reference: JSONValue?) -> String? {
    if let array = reference?.array {
      let items = array.compactMap(\.scalarText)
      return items.count == array.count && !items.isEmpty ? items.joined(separator: ", ") : nil
    }
    return reference?.scalarText
  }

  /// A reference may be a whole solution, boxed or in dollars.
  static func form(gold text: String) -> MathForm? {
    if text.utf8.count < 1000, !text.hasBytes("\\boxed"), let form = form(text) {
      if !form.isText || !text.hasBytes("$") { return form }
    }
    switch AnswerExtraction.answer(in: text) {
    case .answer(let answer): return form(answer)
    case .boxes(let answers): return form(answers.joined(separator: ", "))
    case .none, .several: return form(text)
    }
  }

  static func form(_ untrimmed: String) -> MathForm? {
    let text = untrimmed.trimmed()
    // A whole number of any length is compared by its digits.
    if text.utf8.count > Rational.mostDigits, text.utf8.allSatisfy({ $0 &- 48 < 10 }) {
      return .text(String(text.drop { $0 == "0" }))
    }
    guard let tokens = MathLexer.tokens(text) else {
      guard text.utf8.count <= 1000, case let plain = plainText(text) else { return nil }
      return plain.hasLetterOrDigit ? .text(plain) : nil
    }
    guard let form = MathForm(tokens[...]) else { return nil }
    if case .text(let plain) = form, !plain.hasLetterOrDigit { return nil }
    return form
  }
}

/// Letters and digits of what is no notation, in lower case; what stands between two digits stays: `5.50` is not 550.
private func plainText(_ text: String) -> String {
  let characters = Array(text.lowercased())
  return String(
    characters.indices.compactMap { index -> Character? in
      let character = characters[index]
      if character.isLetter || character.isNumber || character == " " { return character }
      let digits = characters[(index + 1)...].prefix { $0.isNumber }.count
      let isBetween = index > 0 && characters[index - 1].isNumber && digits > 0
      // `1,000` is 1000.
      return isBetween && !(character == "," && digits == 3) ? character : nil
    })
}

extension MathForm {
  fileprivate var isDecimal: Bool {
    if case .value(let scalar) = self { scalar.decimals != nil } else { false }
  }

  fileprivate var isSeveral: Bool {
    switch self {
    case .list, .tuple, .finiteSet, .set, .matrix, .ratio: true
    case .named(_, let form): form.isSeveral
    default: false
    }
  }
}
