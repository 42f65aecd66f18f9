import VerifierKit

/// A word or two, whatever their case and what stands around them: `Mother-in-law.` is `mother-in-law`.
struct WordAnswer: AnswerPuzzle {
  private let gold: String

  init(_ gold: String) { self.gold = gold }
  init?(_ json: JSONValue) { return nil }

  func judge(_ answer: String) -> Verdict {
    let given = PuzzleWords.plain(answer)
    let details = ["extracted": given.shortened(to: 200)]
    if given.isEmpty { return .rejected("no-answer") }
    return given == PuzzleWords.plain(gold) ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }
}

/// The given numbers in the asked order, each as it was: by value, so `48` for `48.0`.
struct SortedNumbers: AnswerPuzzle {
  private let gold: [Rational]

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let texts = json["original_numbers"]?.strings, !texts.isEmpty,
      case let numbers = texts.compactMap(Self.number), numbers.count == texts.count
    else { return nil }
    switch json["direction"]?.string {
    case "ascending": gold = numbers.sorted { ($0 - $1).isNegative }
    case "descending": gold = numbers.sorted { ($1 - $0).isNegative }
    default: return nil
    }
  }

  private static func number(_ text: String) -> Rational? {
    text.hasPrefix("-") ? Rational(decimal: text.dropFirst()).map { -$0 } : Rational(decimal: text)
  }

  func judge(_ answer: String) -> Verdict {
    var list = answer[...]
    guard !PuzzleWords.isHedged(answer), answer.count(where: { $0 == "[" }) <= 1 else {
      return .rejected("several-answers", ["extracted": answer.shortened(to: 500)])
    }
    if let open = answer.lastIndex(of: "["), let close = answer.lastIndex(of: "]"), open < close {
      list = answer[answer.index(after: open)..<close]
    }
    let items = list.split(separator: ",", omittingEmptySubsequences: false).map { item in
      String(item.filter { !$0.isWhitespace && !"'\"`*$".contains($0) }).replacing("−", with: "-")
    }
    let numbers = items.compactMap(Self.number)
    guard numbers.count == items.count else {
      return .rejected("no-answer", ["extracted": answer.shortened(to: 500)])
    }
    return numbers == gold
      ? .accepted("equal") : .rejected("wrong-answer", ["extracted": answer.shortened(to: 500)])
  }
}

/// How long something took, in the format that is asked for: `HH:MM:SS`, `HH:MM`, `D days`, `D days, HH:MM`.
struct ElapsedTime: AnswerPuzzle {
  private let gold: Duration

  init?(_ json: JSONValue) { return nil }

  init?(_ json: JSONValue, reference: String?) {
    guard json["task_type"] != nil, let gold = reference.flatMap(Duration.init) else { return nil }
    self.gold = gold
  }

  func judge(_ answer: String) -> Verdict {
    let details = ["extracted": answer.shortened(to: 200)]
    guard let given = Duration(answer) else { return .rejected("no-answer", details) }
    return given == gold ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }

  /// As it is written, so that `01:46` hours are not `01:46` minutes.
  private struct Duration: Equatable {
    private var isNegative = false
    private var days: Int?
    private var clock: [Int] = []
    private var milliseconds = 0

    init?(_ text: String) {
      var words = text.lowercased().split { $0.isWhitespace || $0 == "," || $0 == "*" || $0 == "`" }[...]
      if let last = words.last, last.hasSuffix("."), last.count > 1 {
        words = words.dropLast() + [last.dropLast()]
      }
      if words.count >= 2, ["day", "days"].contains(words[words.startIndex + 1]),
        let number = Int(words[words.startIndex])
      {
        days = number
        words = words.dropFirst(2)
      }
      guard words.count <= 1, days != nil || words.count == 1 else { return nil }
      guard var time = words.first else { return }
      if time.hasPrefix("-") {
        isNegative = true
        time = time.dropFirst()
      }
      let seconds = time.split(separator: ".", omittingEmptySubsequences: false)
      clock = seconds[0].split(separator: ":", omittingEmptySubsequences: false).compactMap { part in
        part.utf8.allSatisfy { $0 &- 48 < 10 } && (1...2).contains(part.utf8.count) ? Int(part) : nil
      }
      guard (2...3).contains(clock.count),
        clock.count == time.split(separator: ":", omittingEmptySubsequences: false).count,
        clock.dropFirst().allSatisfy({ $0 < 60 }), seconds.count <= 2
      else { return nil }
      if seconds.count == 2 {
        guard seconds[1].utf8.count <= 6, let fraction = Int((seconds[1] + "000000").prefix(6)) else {
          return nil
        }
        milliseconds = fraction
      }
    }
  }
}
