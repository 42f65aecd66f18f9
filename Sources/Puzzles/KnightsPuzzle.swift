public import VerifierKit

/// Knights tell the truth, knaves lie; who is what?
///
///     {"kind": "knights", "people": ["Ada", "Ben"], "statements": [["Ada", "~Ben"], ["Ben", "Ada <-> Ben"]]}
///
/// In a statement, a name says that this person is a knight. `roles` may give other words for both, knight's first.
public struct KnightsPuzzle: Sendable {
  public let people: [String]
  public let statements: [(speaker: Int, says: PropositionalFormula)]
  /// What they are called: the one who tells the truth first.
  public let roles: [String]

  public static let mostPeople = 16

  /// - Precondition: every statement is about these people only.
  public init(
    people: [String], statements: [(speaker: Int, says: PropositionalFormula)],
    roles: [String] = ["knight", "knave"]
  ) {
    self.people = people
    self.statements = statements
    self.roles = roles
  }

  /// Nil for what is no such puzzle.
  public init?(_ json: JSONValue) {
    guard let names = json["people"]?.strings, (1...Self.mostPeople).contains(names.count),
      Set(names.map { $0.lowercased() }).count == names.count, let list = json["statements"]?.array
    else { return nil }
    var statements: [(Int, PropositionalFormula)] = []
    for item in list {
      guard let pair = item.strings, pair.count == 2, let speaker = names.firstIndex(of: pair[0]),
        let formula = PropositionalFormula(pair[1]), formula.variables.isSubset(of: names)
      else { return nil }
      statements.append((speaker, formula))
    }
    let roles = json["roles"].map { $0.strings ?? [] } ?? ["knight", "knave"]
    guard !statements.isEmpty, roles.count == 2, roles[0] != roles[1] else { return nil }
    self.init(people: names, statements: statements, roles: roles)
  }

  public var json: JSONValue {
    .object([
      "kind": .string("knights"), "people": .array(people.map(JSONValue.string)),
      "roles": .array(roles.map(JSONValue.string)),
      "statements": .array(
        statements.map { .array([.string(people[$0.speaker]), .string($0.says.root.text)]) }),
    ])
  }

  /// A variable a person: 1 for one who tells the truth.
  public var constraints: ConstraintProblem {
    var problem = ConstraintProblem(variables: people.count, values: 2)
    for (speaker, says) in statements {
      let names = says.variables.sorted()
      let indices = names.compactMap(people.firstIndex)
      problem.require(
        .relation([speaker] + indices) { values in
          let truths = Dictionary(uniqueKeysWithValues: zip(names, values.dropFirst().map { $0 == 1 }))
          return says.value(truths) == (values[0] == 1)
        })
    }
    return problem
  }
}

extension PropositionalFormula.Node {
  /// With brackets around everything that is put together.
  public var text: String {
    switch self {
    case .variable(let name): return name
    case .not(let inner): return "~" + inner.text
    case .binary(let connective, let left, let right):
      let sign =
        switch connective {
        case .and: "&"
        case .or: "|"
        case .exclusiveOr: "^"
        case .implies: "->"
        case .equivalent: "<->"
        }
      return "(\(left.text) \(sign) \(right.text))"
    }
  }
}

extension JSONValue {
  /// A list of strings; nil for anything else.
  public var strings: [String]? {
    guard let array else { return nil }
    let strings = array.compactMap(\.string)
    return strings.count == array.count ? strings : nil
  }

  /// A list of whole numbers; nil for anything else.
  public var integers: [Int]? {
    guard let array else { return nil }
    let integers = array.compactMap(\.integer)
    return integers.count == array.count ? integers : nil
  }
}
