import AssayNumerics
import Puzzles
import VerifierKit

/// Houses in a row, who and what is in each, and clues that leave one arrangement: the search proves that it is the only
/// one, and that no clue could be spared.
///
/// The arrangement is drawn first and is the key: no arrangement is in both splits, however it is told. The worked
/// solution is the arrangement checked against the clues, not how to find it.
func zebras(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let level = try options.level()
  let houses = try options.integer("houses", default: [3, 3, 4, 4, 5][level - 1], in: 3...6)
  let count = try options.integer("categories", default: [2, 3, 3, 4, 4][level - 1], in: 2...6)
  let asksAll = try options.flag("table", default: false)
  return { stratum, random in
    let categories = ZebraWords.draw(count, houses: houses, &random)
    let place = (category: stratum.integer(in: 0...count - 1), house: stratum.integer(in: 0...houses - 1))
    let question = ZebraPuzzle.Question.value(category: place.category, house: place.house)
    // Value v of a category lives in house v: the order in which values are listed is drawn apart.
    let key = categories.map { "\($0.name):\($0.values.joined(separator: ","))" }.sorted().joined(
      separator: ";")
    let rest = random
    return Question(key: key) {
      var random = rest
      let solution = Array((0..<count).map { _ in Array(0..<houses) }.joined())
      let clues = fewestClues(categories, solution, &random)
      let puzzle = listed(
        ZebraPuzzle(categories: categories, clues: clues, question: asksAll ? nil : question), &random)
      let answer =
        asksAll
        ? (0..<houses).map { house in
          "House \(house + 1): " + categories.map { $0.values[house] }.joined(separator: ", ")
        }.joined(separator: "\n")
        : categories[place.category].values[place.house]
      return Question.Content(
        prompt: style == .terse ? terse(puzzle) : plain(puzzle), puzzle: puzzle.json,
        solution: worked(
          ZebraWords.check(categories, clues, style), answer: (asksAll ? "\n" : "") + answer, style: style))
    }
  }
}

/// True clues in a random order until one arrangement is left, without those that the others make needless.
private func fewestClues(
  _ categories: [ZebraPuzzle.Category], _ solution: [Int], _ random: inout CounterRandom
) -> [ZebraPuzzle.Clue] {
  func isOnly(_ clues: [ZebraPuzzle.Clue]) -> Bool {
    ConstraintSearch.solutions(of: ZebraPuzzle(categories: categories, clues: clues).constraints, limit: 2)?
      .count == 1
  }
  let all = trueClues(categories, &random)
  // Halving: the shortest beginning of the list that is enough.
  var (enough, tooFew) = (all.count, 0)
  while enough - tooFew > 1 {
    let middle = (enough + tooFew) / 2
    if isOnly(Array(all[..<middle])) { enough = middle } else { tooFew = middle }
  }
  var clues = Array(all[..<enough])
  for index in clues.indices.reversed() {
    var fewer = clues
    fewer.remove(at: index)
    if isOnly(fewer) { clues = fewer }
  }
  return clues
}

/// Every clue that holds of the arrangement in which value v lives in house v, shuffled; those that say most come late.
private func trueClues(_ categories: [ZebraPuzzle.Category], _ random: inout CounterRandom) -> [ZebraPuzzle
  .Clue]
{
  let houses = categories[0].values.count
  let items = categories.indices.flatMap { category in
    (0..<houses).map { ZebraPuzzle.Item(category: category, value: $0) }
  }
  var weak: [ZebraPuzzle.Clue] = [], strong: [ZebraPuzzle.Clue] = []
  for (index, a) in items.enumerated() {
    strong.append(.house(a, a.value))
    weak.append(.notHouse(a, random.integer(in: 1...houses - 1).advanced(by: a.value) % houses))
    for b in items[(index + 1)...] {
      for relation in ZebraPuzzle.Relation.allCases where relation != .different {
        if relation.holds(a.value, b.value), a.category != b.category || relation != .same {
          weak.append(.pair(relation, a, b))
        } else if relation.holds(b.value, a.value) {
          weak.append(.pair(relation, b, a))
        }
      }
    }
  }
  let mixed = random.permutation(of: weak.count).map { weak[$0] }
  let last = random.permutation(of: strong.count).map { strong[$0] }
  // One house in the first places, so that not everything hangs on neighbours.
  return Array(last.prefix(1)) + mixed + last.dropFirst()
}

/// The same puzzle with its values and clues in an order that says nothing.
private func listed(_ puzzle: ZebraPuzzle, _ random: inout CounterRandom) -> ZebraPuzzle {
  let orders = puzzle.categories.map { _ in random.permutation(of: puzzle.houses) }
  let categories = zip(puzzle.categories, orders).map { category, order in
    ZebraPuzzle.Category(name: category.name, values: order.map { category.values[$0] })
  }
  func moved(_ item: ZebraPuzzle.Item) -> ZebraPuzzle.Item {
    let value = orders[item.category].firstIndex(of: item.value) ?? 0
    return ZebraPuzzle.Item(category: item.category, value: value)
  }
  let clues = random.permutation(of: puzzle.clues.count).map { index -> ZebraPuzzle.Clue in
    switch puzzle.clues[index] {
    case .house(let item, let house): .house(moved(item), house)
    case .notHouse(let item, let house): .notHouse(moved(item), house)
    case .pair(let relation, let a, let b): .pair(relation, moved(a), moved(b))
    }
  }
  return ZebraPuzzle(categories: categories, clues: clues, question: puzzle.question)
}

private func terse(_ puzzle: ZebraPuzzle) -> String {
  let values = puzzle.categories.map { $0.values.joined(separator: ",") }.joined(separator: ";")
  let clues = puzzle.clues.map { ZebraWords.terse($0, puzzle.categories) }.joined(separator: ",")
  guard case .value(let category, let house)? = puzzle.question else { return "\(values):\(clues)" }
  return "\(values):\(clues):\(puzzle.categories[category].name)\(house + 1)"
}

private func plain(_ puzzle: ZebraPuzzle) -> String {
  let values = puzzle.categories.map { "each has another \($0.name) (\(enumeration($0.values)))" }
  let clues = puzzle.clues.enumerated().map {
    "\($0.offset + 1). \(ZebraWords.plain($0.element, puzzle.categories).capitalizedFirst)."
  }
  let asked: String
  if case .value(let category, let house)? = puzzle.question {
    asked = "What is the \(puzzle.categories[category].name) of house \(house + 1)?"
  } else {
    asked =
      "Who and what is in each house? Give a line a house, as “House 1: \(puzzle.categories.map(\.name).joined(separator: ", "))”."
  }
  return "There are \(puzzle.houses) houses in a row, numbered from left to right; \(enumeration(values)).\n"
    + clues.joined(separator: "\n") + "\n" + asked
}
