import VerifierKit

/// The steps that a row asks for, in its metadata: `"steps": ["divisible by 2", ["up to * root", "up to * √n"]]`, each a
/// phrase, or a list of synonyms of which one will do. `*` stands for up to 60 characters of the same sentence.
///
/// A phrase counts where it stands in a sentence that says something: a sentence of w words pays for w / 4 steps, so that
/// a bare list of the asked words is worth little.
struct AskedSteps {
  private let steps: [[Phrase]]

  /// Nil where the row asks for none; throws for steps that can't be read.
  init?(_ problem: Problem) throws(VerifierFault) {
    guard let given = problem.metadata["steps"] else { return nil }
    var steps: [[Phrase]] = []
    for item in given.array ?? [] {
      let texts = item.array?.map { $0.string ?? "" } ?? [item.string ?? ""]
      let phrases = texts.compactMap(Phrase.init)
      guard !phrases.isEmpty, phrases.count == texts.count else { steps = []; break }
      steps.append(phrases)
    }
    guard !steps.isEmpty else {
      throw VerifierFault(
        reason: "unreadable-steps",
        message:
          "Problem \(problem.id): metadata.steps is no list of phrases, or of lists of them. Correct the row."
      )
    }
    self.steps = steps
  }

  var count: Int { steps.count }

  /// How many of the steps the sentences of a thought contain.
  func found(in thought: some StringProtocol) -> Int {
    var missing = steps
    for sentence in thought.split(whereSeparator: { ".!?\n。！？;".contains($0) }) where !missing.isEmpty {
      let text = Phrase.normal(sentence)
      var pays = text.split(separator: " ").count / 4
      missing.removeAll { phrases in
        guard pays > 0, phrases.contains(where: { $0.occurs(in: text) }) else { return false }
        pays -= 1
        return true
      }
    }
    return steps.count - missing.count
  }
}

/// Words in order, with gaps.
private struct Phrase {
  private let parts: [String]

  /// Nil for a phrase without a letter or digit.
  init?(_ text: String) {
    parts = text.split(separator: "*").map { Self.normal($0).trimmed() }.filter { !$0.isEmpty }
    guard text.hasLetterOrDigit, text.utf8.count <= 500 else { return nil }
  }

  /// Lower case, runs of blanks as one, a blank at both ends.
  static func normal(_ text: some StringProtocol) -> String {
    " "
      + text.lowercased().split(whereSeparator: { $0.isWhitespace || $0 == "," || $0 == ":" }).joined(
        separator: " ")
      + " "
  }

  func occurs(in text: String) -> Bool {
    var rest = text[...]
    for (index, part) in parts.enumerated() {
      guard let range = rest.firstRange(of: part), index == 0 || rest[..<range.lowerBound].count <= 60 else {
        return false
      }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
