import Puzzles
import VerifierKit

/// Houses, and who and what is in them: the asked value, or the whole table.
///
/// A table is JSON or lines, one a house in their order or behind its number, with one value of each category in each:
/// `House 1: Ada, cat, tea`. Whether it is right, the clues say; what is asked of one house must follow from them.
struct ZebraAnswer: AnswerPuzzle {
  private let puzzle: ZebraPuzzle

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let puzzle = ZebraPuzzle(json) else { return nil }
    self.puzzle = puzzle
  }

  func judge(_ answer: String) throws(PuzzleError) -> Verdict {
    switch puzzle.question {
    case nil: return table(answer)
    case .value(let category, let house):
      let gold = puzzle.value(category, inHouse: house, of: try solution())
      return word(answer, gold ?? "", among: puzzle.categories[category].values)
    case .house(let item):
      let house = try solution()[puzzle.variable(item)]
      return word(answer.lowercased().replacing("house", with: " "), String(house + 1), among: [])
    }
  }

  /// The one solution of the clues, as far as the question goes.
  private func solution() throws(PuzzleError) -> [Int] {
    guard let found = ConstraintSearch.solutions(of: puzzle.constraints, limit: 2) else {
      throw PuzzleError("its clues were not solved within the budget of the search")
    }
    guard let first = found.first else { throw PuzzleError("its clues contradict each other") }
    guard found.count == 1 else { throw PuzzleError("its clues have more than one solution") }
    return first
  }

  private func word(_ answer: String, _ gold: String, among values: [String]) -> Verdict {
    let last = answer.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) } ?? ""
    let given = PuzzleWords.plain(String(last))
    let details = ["extracted": given.shortened(to: 200)]
    let isOther = values.contains {
      $0 != gold && given.split(separator: " ").contains(PuzzleWords.plain($0)[...])
    }
    if given == PuzzleWords.plain(gold) { return .accepted("equal", details) }
    return .rejected(isOther || values.isEmpty ? "wrong-answer" : "no-answer", details)
  }

  private func table(_ answer: String) -> Verdict {
    guard let houses = Self.houses(answer, puzzle.houses) else { return .rejected("no-answer") }
    var values = Array(repeating: -1, count: puzzle.categories.count * puzzle.houses)
    for (house, text) in houses.enumerated() {
      let said = " " + PuzzleWords.of(text).joined(separator: " ").lowercased() + " "
      for (category, known) in puzzle.categories.enumerated() {
        let found = known.values.indices.filter { said.hasWord(known.values[$0]) }
        // A value that another category has as well stands for both.
        guard let value = found.first else { return .rejected("no-answer") }
        let variable = puzzle.variable(ZebraPuzzle.Item(category: category, value: value))
        guard found.count == 1, values[variable] < 0 else { return .rejected("several-answers") }
        values[variable] = house
      }
    }
    return puzzle.constraints.isSolution(values) ? .accepted("consistent") : .rejected("wrong-answer")
  }

  /// The text about each house, in order; nil where it is not said of each, once.
  private static func houses(_ answer: String, _ count: Int) -> [String]? {
    if let open = answer.firstIndex(of: "{"), let close = answer.lastIndex(of: "}"), open < close,
      let object = (try? JSONValue(parsing: String(answer[open...close])))?.object
    {
      let texts = (1...count).map { number in
        (object[String(number)] ?? object["House \(number)"] ?? object["house \(number)"]
          ?? object["house_\(number)"])
          .map(\.text) ?? ""
      }
      return object.count == count && !texts.contains("") ? texts : nil
    }
    let lines = answer.split(whereSeparator: \.isNewline).map(String.init).filter(\.hasLetterOrDigit)
    guard lines.count == count else { return nil }
    var texts = Array(repeating: "", count: count)
    for (index, line) in lines.enumerated() {
      let words = PuzzleWords.of(line)
      let number =
        words.first.flatMap(Int.init)
        ?? (words.first?.lowercased() == "house" ? words.dropFirst().first.flatMap(Int.init) : nil)
      let house = (number ?? index + 1) - 1
      guard texts.indices.contains(house), texts[house].isEmpty else { return nil }
      texts[house] = line
    }
    return texts
  }
}

extension String {
  /// Whether words stand in it, one blank between each.
  fileprivate func hasWord(_ words: String) -> Bool {
    contains(" " + PuzzleWords.of(words).joined(separator: " ").lowercased() + " ")
  }
}
