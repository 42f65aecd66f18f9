import Puzzles
import VerifierKit

/// Houses, and who and what is in them: the asked value, or the whole table.
///
/// A table is JSON or lines, one a house in their order or behind its number, with one value of each category in each:
/// `House 1: Ada, cat, tea`; where two categories share a value, only JSON with the categories as keys is clear. Whether it is
/// right, the clues say; what is asked of one house must follow from them.
struct ZebraAnswer: AnswerPuzzle {
  private let puzzle: ZebraPuzzle

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let puzzle = ZebraPuzzle(json) else { return nil }
    self.puzzle = puzzle
  }

  func judge(_ answer: String) throws(PuzzleError) -> Verdict {
    if PuzzleWords.isHedged(answer) { return .rejected("several-answers") }
    switch puzzle.question {
    case nil: return table(answer)
    case .value(let category, let house):
      let value = try place { solution in
        (0..<puzzle.houses).first { solution[variable(category, $0)] == house } ?? 0
      } forbid: { problem, value in
        problem.require(variable(category, value), is: house, false)
      }
      return word(
        answer, puzzle.categories[category].values[value], among: puzzle.categories[category].values)
    case .house(let item):
      let variable = puzzle.variable(item)
      let house = try place {
        $0[variable]
      } forbid: {
        $0.require(variable, is: $1, false)
      }
      return word(
        answer.lowercased().replacing("house", with: " "), String(house + 1),
        among: (1...puzzle.houses).map(String.init))
    }
  }

  private func variable(_ category: Int, _ value: Int) -> Int {
    puzzle.variable(ZebraPuzzle.Item(category: category, value: value))
  }

  /// What all solutions of the clues have in common.
  private func place(
    _ read: ([Int]) -> Int, forbid: (inout ConstraintProblem, Int) -> Void
  ) throws(PuzzleError) -> Int {
    guard let found = ConstraintSearch.solutions(of: puzzle.constraints, limit: 1) else {
      throw PuzzleError("its clues were not solved within the budget of the search")
    }
    guard let first = found.first else { throw PuzzleError("its clues contradict each other") }
    var other = puzzle.constraints
    forbid(&other, read(first))
    guard ConstraintSearch.solutions(of: other, limit: 1) == [] else {
      throw PuzzleError("its clues leave open what is asked")
    }
    return read(first)
  }

  private func word(_ answer: String, _ gold: String, among values: [String]) -> Verdict {
    let lines = answer.split(whereSeparator: \.isNewline).map { PuzzleWords.plain(String($0)) }.filter {
      !$0.isEmpty
    }
    let given = lines.last ?? ""
    let details = ["extracted": given.shortened(to: 200)]
    // Another value on a line of its own is a second answer.
    let plain = Set(values.map(PuzzleWords.plain))
    if Set(lines.filter(plain.contains)).count > 1 { return .rejected("several-answers", details) }
    if given == PuzzleWords.plain(gold) { return .accepted("equal", details) }
    let isOther = given.split(separator: " ").contains { plain.contains(String($0)) }
    return .rejected(isOther ? "wrong-answer" : "no-answer", details)
  }

  private func table(_ answer: String) -> Verdict {
    guard let houses = Self.houses(answer, puzzle.houses) else { return .rejected("no-answer") }
    var values = Array(repeating: -1, count: puzzle.categories.count * puzzle.houses)
    for (house, said) in houses.enumerated() {
      for (category, known) in puzzle.categories.enumerated() {
        let found = said.values(of: known)
        guard let value = found.first else { return .rejected("no-answer") }
        let variable = puzzle.variable(ZebraPuzzle.Item(category: category, value: value))
        guard found.count == 1, values[variable] < 0 else { return .rejected("several-answers") }
        values[variable] = house
      }
    }
    return puzzle.constraints.isSolution(values) ? .accepted("consistent") : .rejected("wrong-answer")
  }

  /// What an answer says of one house.
  private enum House {
    case words(String)
    /// By category, in lower case.
    case fields([String: String])

    init(_ json: JSONValue) {
      let fields = json.object?.compactMapValues(\.string) ?? [:]
      guard !fields.isEmpty, fields.count == json.object?.count else {
        self = .words(json.string ?? json.text)
        return
      }
      self = .fields(
        Dictionary(fields.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }))
    }

    /// Which values of a category it names.
    func values(of category: ZebraPuzzle.Category) -> [Int] {
      let text: String
      switch self {
      case .words(let words): text = words
      case .fields(let fields): text = fields[category.name.lowercased()] ?? ""
      }
      let words = Self.plain(text)
      let found = category.values.indices.filter { words.contains(Self.plain(category.values[$0])) }
      // `light green` is not green.
      return found.filter { value in
        !found.contains {
          $0 != value && Self.plain(category.values[$0]).contains(Self.plain(category.values[value]))
        }
      }
    }

    /// Words in lower case, a blank around each.
    private static func plain(_ text: String) -> String {
      " " + PuzzleWords.of(text).joined(separator: " ").lowercased() + " "
    }
  }

  /// What is said of each house, in order; nil where something is not said of each, once.
  private static func houses(_ answer: String, _ count: Int) -> [House]? {
    if let open = answer.firstIndex(of: "{"), let close = answer.lastIndex(of: "}"), open < close,
      let object = (try? JSONValue(parsing: String(answer[open...close])))?.object
    {
      var houses: [Int: House] = [:]
      for (key, value) in object {
        guard let number = houseNumber(key) else { return nil }
        houses[number] = House(value)
      }
      return object.count == count ? inOrder(houses, count) : nil
    }
    let lines = answer.split(whereSeparator: \.isNewline).map(String.init).filter(\.hasLetterOrDigit)
    guard lines.count == count else { return nil }
    var houses: [Int: House] = [:]
    for (index, line) in lines.enumerated() {
      guard houses.updateValue(.words(line), forKey: houseNumber(line) ?? index + 1) == nil else {
        return nil
      }
    }
    return inOrder(houses, count)
  }

  private static func inOrder(_ houses: [Int: House], _ count: Int) -> [House]? {
    let list = (1...count).compactMap { houses[$0] }
    return list.count == count ? list : nil
  }

  /// 2 of `House 2: ...`, `house_2`, `2. ...`; nil without a number at the beginning.
  private static func houseNumber(_ text: String) -> Int? {
    let words = PuzzleWords.of(String(text.prefix(40)))
    return words.first.flatMap(Int.init)
      ?? (words.first?.lowercased() == "house" ? words.dropFirst().first.flatMap(Int.init) : nil)
  }
}
