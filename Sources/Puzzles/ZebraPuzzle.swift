public import VerifierKit

/// Houses in a row, and in each one value of every category; the clues say which ("Who owns the zebra?").
///
///     {"kind": "zebra", "categories": [["name", ["Ada", "Ben", "Cora"]], ["pet", ["cat", "dog", "fox"]]],
///      "clues": [["same", "Ada", "dog"], ["next-to", "cat", "Ben"], ["house", "fox", 3]],
///      "question": ["name", 2]}
///
/// House 1 is the left one. A value that two categories have is written with its category: `name:Ada`. Without a
/// question the whole table is asked for; `["name", 2]` asks for the name of house 2, `["house", "cat"]` for the cat's house.
public struct ZebraPuzzle: Sendable {
  public struct Category: Sendable, Hashable {
    public let name: String
    public let values: [String]
    public init(name: String, values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// One value of one category.
  public struct Item: Sendable, Hashable {
    public let category: Int
    public let value: Int
    public init(category: Int, value: Int) {
      self.category = category
      self.value = value
    }
  }

  public enum Relation: String, Sendable, CaseIterable {
    /// In the same house.
    case same
    case different
    /// In neighbouring houses, whichever is left.
    case nextTo = "next-to"
    /// The first stands directly left of the second.
    case directlyLeft = "directly-left"
    /// The first stands somewhere left of the second.
    case leftOf = "left-of"
    /// One house stands between them; and two.
    case oneBetween = "one-between"
    case twoBetween = "two-between"

    public func holds(_ a: Int, _ b: Int) -> Bool {
      switch self {
      case .same: a == b
      case .different: a != b
      case .nextTo: abs(a - b) == 1
      case .directlyLeft: a + 1 == b
      case .leftOf: a < b
      case .oneBetween: abs(a - b) == 2
      case .twoBetween: abs(a - b) == 3
      }
    }
  }

  public enum Clue: Sendable, Hashable {
    /// Houses are counted from 0 here.
    case house(Item, Int)
    case notHouse(Item, Int)
    case pair(Relation, Item, Item)
  }

  public enum Question: Sendable, Hashable {
    /// The value of this category in this house.
    case value(category: Int, house: Int)
    case house(Item)
  }

  public let categories: [Category]
  public let clues: [Clue]
  public let question: Question?
  public var houses: Int { categories[0].values.count }

  /// - Precondition: at least one category, all of the same number of values.
  public init(categories: [Category], clues: [Clue], question: Question? = nil) {
    self.categories = categories
    self.clues = clues
    self.question = question
  }

  /// The variable of a value; its value is its house.
  public func variable(_ item: Item) -> Int { item.category * houses + item.value }

  public var constraints: ConstraintProblem {
    var problem = ConstraintProblem(variables: categories.count * houses, values: houses)
    for category in categories.indices {
      problem.require(.allDifferent((0..<houses).map { variable(Item(category: category, value: $0)) }))
    }
    for clue in clues {
      switch clue {
      case .house(let item, let house): problem.require(variable(item), is: house)
      case .notHouse(let item, let house): problem.require(variable(item), is: house, false)
      case .pair(let relation, let a, let b):
        problem.require(variable(a), variable(b), values: houses, relation.holds)
      }
    }
    return problem
  }

  /// Which value of a category a solution puts into a house.
  public func value(_ category: Int, inHouse house: Int, of solution: [Int]) -> String? {
    (0..<houses).first { solution[variable(Item(category: category, value: $0))] == house }
      .map { categories[category].values[$0] }
  }
}

extension ZebraPuzzle {
  /// Nil for what is no such puzzle.
  public init?(_ json: JSONValue) {
    var categories: [Category] = []
    for item in json["categories"]?.array ?? [] {
      guard let pair = item.array, pair.count == 2, let name = pair[0].string, let values = pair[1].strings,
        Set(values.map { $0.lowercased() }).count == values.count
      else { return nil }
      categories.append(Category(name: name, values: values))
    }
    guard let houses = categories.first?.values.count, (1...16).contains(houses), categories.count <= 16,
      categories.allSatisfy({ $0.values.count == houses }), let list = json["clues"]?.array
    else { return nil }
    let names = ItemNames(categories)
    var clues: [Clue] = []
    for item in list {
      guard let clue = item.array.flatMap({ Clue($0, names, houses: houses) }) else { return nil }
      clues.append(clue)
    }
    var question: Question?
    if let asked = json["question"], asked != .null {
      guard let pair = asked.array, pair.count == 2, let word = pair[0].string else { return nil }
      if word == "house", let item = pair[1].string.flatMap(names.item) {
        question = .house(item)
      } else if let category = categories.firstIndex(where: { $0.name == word }), let house = pair[1].integer,
        (1...houses).contains(house)
      {
        question = .value(category: category, house: house - 1)
      } else {
        return nil
      }
    }
    self.init(categories: categories, clues: clues, question: question)
  }

  public var json: JSONValue {
    let names = ItemNames(categories)
    var fields: [String: JSONValue] = [
      "kind": .string("zebra"),
      "categories": .array(
        categories.map { .array([.string($0.name), .array($0.values.map(JSONValue.string))]) }),
      "clues": .array(
        clues.map { clue in
          switch clue {
          case .house(let item, let house):
            .array([.string("house"), .string(names.text(item)), .integer(house + 1)])
          case .notHouse(let item, let house):
            .array([.string("not-house"), .string(names.text(item)), .integer(house + 1)])
          case .pair(let relation, let a, let b):
            .array([.string(relation.rawValue), .string(names.text(a)), .string(names.text(b))])
          }
        }),
    ]
    switch question {
    case .value(let category, let house):
      fields["question"] = .array([.string(categories[category].name), .integer(house + 1)])
    case .house(let item): fields["question"] = .array([.string("house"), .string(names.text(item))])
    case nil: break
    }
    return .object(fields)
  }
}

extension ZebraPuzzle.Clue {
  fileprivate init?(_ list: [JSONValue], _ names: ItemNames, houses: Int) {
    guard list.count == 3, let word = list[0].string, let first = list[1].string.flatMap(names.item) else {
      return nil
    }
    if let house = list[2].integer, (1...houses).contains(house) {
      switch word {
      case "house": self = .house(first, house - 1)
      case "not-house": self = .notHouse(first, house - 1)
      default: return nil
      }
    } else if let relation = ZebraPuzzle.Relation(rawValue: word),
      let second = list[2].string.flatMap(names.item)
    {
      self = .pair(relation, first, second)
    } else {
      return nil
    }
  }
}

/// `Ada`, and `name:Ada` where another category has an Ada too.
private struct ItemNames {
  private let categories: [ZebraPuzzle.Category]
  private var items: [String: [ZebraPuzzle.Item]] = [:]

  init(_ categories: [ZebraPuzzle.Category]) {
    self.categories = categories
    for (index, category) in categories.enumerated() {
      for (value, text) in category.values.enumerated() {
        let item = ZebraPuzzle.Item(category: index, value: value)
        items[text, default: []].append(item)
        items["\(category.name):\(text)", default: []].append(item)
      }
    }
  }

  /// Nil for a name that nothing or more than one thing has.
  func item(_ text: String) -> ZebraPuzzle.Item? {
    guard let found = items[text], found.count == 1 else { return nil }
    return found[0]
  }

  func text(_ item: ZebraPuzzle.Item) -> String {
    let category = categories[item.category], text = category.values[item.value]
    return items[text]?.count == 1 ? text : "\(category.name):\(text)"
  }
}
