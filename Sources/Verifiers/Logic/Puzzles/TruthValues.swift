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
    for word in PuzzleWords.of(answer) {
      guard let value = PuzzleWords.truth(word) else { return .rejected("no-answer", ["extracted": answer]) }
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

  /// In lower case, without articles, quotes, markup and the full stop: `**The Dog.**` is `dog`.
  static func plain(_ text: String) -> String {
    text.lowercased().split { $0.isWhitespace || "*_`'\"“”‘’.,;:!$".contains($0) }
      .filter { !["a", "an", "the"].contains($0) }.joined(separator: " ")
  }
}
