/// The shape that a completion should have, as a small grammar: elements parted by blanks, in order.
///
///     <name>      a block <name>…</name> that is not empty; <think> must hold a thought
///     Answer:     a line that begins so (any word with a colon), and the answer to the end of the text
///     \boxed      text with one \boxed{…}, which is the last that is said
///     code        one fenced block, and nothing behind it
///     text        anything that is not empty
///
/// `<think> text` is R1-Zero's; `<think> <answer>`, `<think> Answer:`, `<think> \boxed` are others in use.
struct ThinkShape {
  enum Element: Hashable {
    case block(String)
    case label(String)
    case boxed, code, text

    var name: String {
      switch self {
      case .block(let name): "<\(name)>"
      case .label(let label): label
      case .boxed: "\\boxed"
      case .code: "code"
      case .text: "text"
      }
    }
  }

  let elements: [Element]

  /// Nil for what is no grammar: a name that is unknown, an element behind one that takes the rest.
  init?(_ text: String) {
    var elements: [Element] = []
    for word in text.split(separator: " ") {
      if let last = elements.last, !Self.isBlock(last) { return nil }
      switch word {
      case "text": elements.append(.text)
      case "code": elements.append(.code)
      case "\\boxed": elements.append(.boxed)
      case _ where word.hasPrefix("<") && word.hasSuffix(">") && word.count > 2:
        let name = word.dropFirst().dropLast()
        guard name.allSatisfy({ $0.isLetter || $0 == "_" }), !elements.contains(.block(String(name))) else {
          return nil
        }
        elements.append(.block(String(name)))
      case _ where word.hasSuffix(":") && word.count > 1: elements.append(.label(String(word)))
      default: return nil
      }
    }
    guard !elements.isEmpty else { return nil }
    self.elements = elements
  }

  private static func isBlock(_ element: Element) -> Bool { if case .block = element { true } else { false } }

  /// What is amiss with each element, in order; nil for one that is as it should be.
  struct Report {
    var faults: [(element: Element, reason: String?)] = []
    /// Tags that are nested, repeated, out of order, or text where none belongs.
    var disorder: String?
  }

  /// - Parameters:
  ///   - isPrefilled: The prompt ended in the first block's opening tag.
  ///   - prompt: A thought that only says it again is none.
  func check(_ completion: String, isPrefilled: Bool, prompt: String) -> Report {
    var report = Report()
    var rest = completion[...]
    var thoughts: [Substring] = []
    for (index, element) in elements.enumerated() {
      switch element {
      case .block(let name):
        let isOpen = index == 0 && isPrefilled
        let opens = completion.byteRanges(of: "<\(name)>"), closes = completion.byteRanges(of: "</\(name)>")
        guard closes.count == 1, opens.count == (isOpen ? 0 : 1) else {
          report.faults.append(
            (element, closes.isEmpty && opens.isEmpty ? "no-\(name)-block" : "repeated-or-open-tags"))
          continue
        }
        let start = opens.first?.upperBound ?? completion.startIndex
        let from = opens.first?.lowerBound ?? completion.startIndex
        guard from >= rest.startIndex, start <= closes[0].lowerBound else {
          report.disorder = "tags-out-of-order"
          report.faults.append((element, "tags-out-of-order"))
          continue
        }
        if rest[..<from].contains(where: { !$0.isWhitespace }) { report.disorder = "text-outside" }
        let inside = completion[start..<closes[0].lowerBound]
        rest = completion[closes[0].upperBound...]
        if name == "think" {
          thoughts.append(inside)
          report.faults.append((element, nil))
        } else {
          report.faults.append((element, inside.hasLetterOrDigit ? nil : "empty-\(name)"))
        }
      case .label, .boxed, .code, .text:
        report.faults.append((element, Self.fault(element, in: rest)))
        rest = rest.suffix(0)
      }
    }
    if rest.contains(where: { !$0.isWhitespace }) {
      report.disorder = report.disorder ?? "text-after-the-answer"
    }
    let answer = Self.tail(completion)
    for (index, fault) in report.faults.enumerated() where fault.reason == nil {
      if case .block("think") = fault.element, let thought = thoughts.first {
        report.faults[index].reason = Thought.fault(String(thought), answer: answer, prompt: prompt)
      }
    }
    return report
  }

  private static func tail(_ completion: String) -> String {
    String(FinalAnswer.text(of: completion) ?? "")
  }

  private static func fault(_ element: Element, in rest: Substring) -> String? {
    let text = rest.trimmed()
    switch element {
    case .label(let label):
      guard text.hasPrefix(label) else { return text.hasLetterOrDigit ? "no-answer-line" : "no-answer" }
      let said = text.dropFirst(label.count)
      if said.byteRanges(of: label).count > 0 { return "several-answers" }
      return said.hasLetterOrDigit ? nil : "no-answer"
    case .boxed:
      let boxes = text.byteRanges(of: "\\boxed{")
      guard boxes.count == 1 else { return boxes.isEmpty ? "no-box" : "several-answers" }
      let bytes = AnswerText(text[boxes[0].lowerBound...], last: 1 << 20)
      guard let inside = bytes.braced(at: 6, before: bytes.bytes.count), !inside.isEmpty else {
        return "no-box"
      }
      let after = bytes.string(inside.upperBound + 1..<bytes.bytes.count)
      return after.hasLetterOrDigit ? "text-after-the-answer" : nil
    case .code:
      let fences = text.byteRanges(of: "```")
      guard fences.count == 2, fences[1].upperBound == text.endIndex else { return "no-code" }
      return text[fences[0].upperBound..<fences[1].lowerBound].contains("\n") ? nil : "no-code"
    case .text, .block:
      // A label with nothing behind it is no answer.
      let said = text.hasPrefix("Answer:") ? text.dropFirst("Answer:".count) : text[...]
      if ["<answer>", "</answer>"].contains(where: said.contains) {
        let inner = said.replacing("<answer>", with: "").replacing("</answer>", with: "")
        return inner.hasLetterOrDigit ? nil : "no-answer"
      }
      return said.hasLetterOrDigit ? nil : "no-answer"
    }
  }
}

/// What is said between the tags of thought.
enum Thought {
  /// Words that fill a thought without one.
  private static let filler: Set<String> = [
    "hm", "hmm", "ok", "okay", "well", "so", "let", "me", "us", "think", "thinking", "about", "this", "it",
    "the",
    "answer", "is", "i", "we", "need", "to", "will", "here", "reasoning", "process", "easy", "step", "by",
    "thought",
    "thoughts", "now", "a", "of", "and", "then", "my", "goes",
  ]

  /// Whether two texts have the same letters and digits, in whatever case; read only as far as they do.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    func said(_ text: String) -> some Sequence<String> {
      text.lazy.filter { $0.isLetter || $0.isNumber }.map { $0.lowercased() }
    }
    return said(a).elementsEqual(said(b))
  }

  /// Why a text is no thought; nil where it is one. Trivial: no figure, and fewer than two words that say
  /// something; or nothing but the answer, or the prompt.
  static func fault(_ text: String, answer: String, prompt: String) -> String? {
    guard text.hasLetterOrDigit else { return "empty-thought" }
    if isSame(text, answer) || !prompt.isEmpty && isSame(text, prompt) { return "trivial-thought" }
    // Figures, or a script whose words have no blanks between.
    if text.contains(where: \.isNumber) || text.count(where: { !$0.isASCII && $0.isLetter }) >= 4 {
      return nil
    }
    // As many words as could say something are in the first of them.
    let words = Set(
      text.prefix(10_000).lowercased().split(whereSeparator: { !$0.isLetter && $0 != "'" }).map(String.init))
    return words.subtracting(filler).count + (text.contains(where: { "=&|^+<>".contains($0) }) ? 2 : 0) >= 2
      ? nil : "trivial-thought"
  }
}
