import AssayNumerics
import Puzzles

/// How zebra puzzles are told.
enum ZebraWords {
  private static let pools: [(String, [String])] = [
    ("name", ["Ada", "Ben", "Cora", "Dan", "Eve", "Finn", "Gwen", "Hugo"]),
    ("pet", ["cat", "dog", "fox", "owl", "hare", "carp", "newt", "swan"]),
    ("drink", ["tea", "milk", "juice", "cocoa", "water", "cider", "coffee", "mead"]),
    ("colour", ["red", "blue", "green", "white", "black", "grey", "pink", "brown"]),
    ("job", ["baker", "nurse", "pilot", "judge", "tailor", "miner", "singer", "farmer"]),
    ("fruit", ["apple", "plum", "pear", "fig", "grape", "lemon", "melon", "cherry"]),
  ]

  /// Categories with their values in the order of the houses.
  static func draw(_ count: Int, houses: Int, _ random: inout CounterRandom) -> [ZebraPuzzle.Category] {
    pools.prefix(count).map { name, pool in
      ZebraPuzzle.Category(
        name: name, values: random.permutation(of: pool.count).prefix(houses).map { pool[$0] })
    }
  }

  static func text(_ item: ZebraPuzzle.Item, _ categories: [ZebraPuzzle.Category]) -> String {
    categories[item.category].values[item.value]
  }

  /// `the one with the cat`, `Ada`.
  private static func phrase(_ item: ZebraPuzzle.Item, _ categories: [ZebraPuzzle.Category]) -> String {
    let value = text(item, categories)
    return switch categories[item.category].name {
    case "name": value
    case "pet": "the owner of the \(value)"
    case "drink": "the one who drinks \(value)"
    case "colour": "the one in the \(value) house"
    case "job": "the \(value)"
    default: "the one who likes \(value)"
    }
  }

  static func plain(_ clue: ZebraPuzzle.Clue, _ categories: [ZebraPuzzle.Category]) -> String {
    func say(_ item: ZebraPuzzle.Item) -> String { phrase(item, categories) }
    switch clue {
    case .house(let item, let house): return "\(say(item)) lives in house \(house + 1)"
    case .notHouse(let item, let house): return "\(say(item)) does not live in house \(house + 1)"
    case .pair(let relation, let a, let b):
      return switch relation {
      case .same: "\(say(a)) and \(say(b)) live in the same house"
      case .different: "\(say(a)) and \(say(b)) live in different houses"
      case .nextTo: "\(say(a)) lives next to \(say(b))"
      case .directlyLeft: "\(say(a)) lives directly left of \(say(b))"
      case .leftOf: "\(say(a)) lives somewhere left of \(say(b))"
      case .oneBetween: "there is one house between \(say(a)) and \(say(b))"
      case .twoBetween: "there are two houses between \(say(a)) and \(say(b))"
      }
    }
  }

  static func terse(_ clue: ZebraPuzzle.Clue, _ categories: [ZebraPuzzle.Category]) -> String {
    switch clue {
    case .house(let item, let house): return "\(text(item, categories))=\(house + 1)"
    case .notHouse(let item, let house): return "\(text(item, categories))~\(house + 1)"
    case .pair(let relation, let a, let b):
      let sign =
        switch relation {
        case .same: "="
        case .different: "~"
        case .nextTo: "|"
        case .directlyLeft: "<<"
        case .leftOf: "<"
        case .oneBetween: "|1|"
        case .twoBetween: "|2|"
        }
      return text(a, categories) + sign + text(b, categories)
    }
  }

  /// The arrangement (value v in house v), then every clue with the houses that it speaks of.
  static func check(
    _ categories: [ZebraPuzzle.Category], _ clues: [ZebraPuzzle.Clue], _ style: Style
  ) -> [String] {
    let houses = categories[0].values.indices.map { house in
      let values = categories.map { $0.values[house] }
      return style == .terse
        ? "\(house + 1)=\(values.joined(separator: ","))"
        : "Suppose that house \(house + 1) has \(enumeration(values))."
    }
    let checks = clues.map { clue -> String in
      let items: [ZebraPuzzle.Item] =
        switch clue {
        case .house(let item, _), .notHouse(let item, _): [item]
        case .pair(_, let a, let b): [a, b]
        }
      if style == .terse {
        return terse(clue, categories) + ":" + items.map { String($0.value + 1) }.joined(separator: ",")
      }
      let places = items.map { "\(text($0, categories)) is in house \($0.value + 1)" }
      return "\(plain(clue, categories).capitalizedFirst): \(enumeration(places)), which fits."
    }
    return houses + checks
  }
}
