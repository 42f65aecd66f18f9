import VerifierKit

/// `{"kind": "truth", "answer": true}`, `{"kind": "truths", "answer": [true, false]}`: truth values in their order.
struct TruthValues: AnswerPuzzle {
  private let gold: [Bool]

  init(_ gold: [Bool]) { self.gold = gold }

  init?(_ json: JSONValue) {
    let list = json["answer"]?.array ?? json["answer"].map { [$0] } ?? []
    let truths = list.compactMap(\.bool)
    guard !list.isEmpty, truths.count == list.count else { return nil }
    gold = truths
  }

  func judge(_ answer: String) -> Verdict {
    var values: [Bool] = []
    var isOfWords: Bool?
    if answer.contains(where: { "¬≠~?✗".contains($0) }) {
      return .rejected("several-answers", ["extracted": answer])
    }
    for word in PuzzleWords.of(answer) {
      // `1. no` is one value: figures and words are not mixed.
      let isWord = word.first?.isLetter == true
      guard let value = PuzzleWords.truth(word), isOfWords ?? isWord == isWord else {
        return .rejected("no-answer", ["extracted": answer])
      }
      isOfWords = isWord
      values.append(value)
    }
    let details = ["extracted": values.map { $0 ? "1" : "0" }.joined(separator: ",")]
    guard values.count == gold.count else {
      return .rejected(values.count > gold.count ? "several-answers" : "no-answer", details)
    }
    return values == gold ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }
}

/// The words of an answer to a puzzle.
enum PuzzleWords {
  /// Runs of letters and digits.
  static func of(_ text: String) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  static func truth(_ word: String) -> Bool? {
    switch word.lowercased() {
    case "1", "t", "true", "yes": true
    case "0", "f", "false", "no": false
    default: nil
    }
  }

  /// Words that turn an answer round, or leave it open.
  static let hedges: Set<String> = [
    "not", "isn", "aren", "neither", "nor", "never", "hardly", "or", "cannot", "no", "either", "maybe",
    "perhaps",
  ]

  /// Whether words or signs turn an answer round, ask it, or leave it open.
  static func isHedged(_ text: String) -> Bool {
    text.contains { "¬≠~?✗".contains($0) }
      || of(text).contains { hedges.contains($0.lowercased()) || denials.contains($0.lowercased()) }
  }

  /// Words that take an answer back.
  private static let denials: Set<String> = [
    "wrong", "false", "untrue", "invalid", "incorrect", "impossible", "unsure", "otherwise", "reversed",
    "unless", "if",
    "anything", "none", "nobody",
  ]

  /// In lower case, without articles, quotes, markup and the full stop: `**The Dog.**` is `dog`.
  static func plain(_ text: String) -> String {
    text.lowercased().split { $0.isWhitespace || "*_`'\"“”‘’.,;:!$".contains($0) }
      .filter { !["a", "an", "the"].contains($0) }.joined(separator: " ")
  }
}
