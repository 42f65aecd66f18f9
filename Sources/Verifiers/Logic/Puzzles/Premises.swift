import Puzzles
import VerifierKit

/// Formulas that are taken to be true, and what they say of another one. All is decided on tables of the values that a
/// formula has under each valuation, a bit each.
struct Premises {
  let formulas: [PropositionalFormula]
  let variables: Set<String>
  private let names: [String]
  /// Their tables, and those of what stands between their outermost `and`s.
  private let tables: [TruthTable]
  private let halves: [TruthTable]
  /// The valuations under which as many premises hold as can together: all of them, if they don't contradict each other.
  private let worlds: [TruthTable]

  enum Judgement { case follows, again, not }

  init?(_ json: JSONValue?) {
    guard let texts = json?.strings, (1...10).contains(texts.count) else { return nil }
    let formulas = texts.compactMap(PropositionalFormula.init)
    guard formulas.count == texts.count else { return nil }
    let variables = formulas.reduce(into: Set<String>()) { $0.formUnion($1.variables) }
    guard variables.count <= 12 else { return nil }
    let names = variables.sorted()
    let tables = formulas.map { TruthTable($0.root, names) }
    // Which premises a valuation makes true, as bits; the largest such sets.
    let met = Set(
      (0..<1 << names.count).map { world in tables.indices.reduce(0) { tables[$1][world] ? $0 | 1 << $1 : $0 }
      })
    let largest = met.filter { set in !met.contains { $0 != set && $0 & set == set } }
    (self.formulas, self.variables, self.names, self.tables) = (formulas, variables, names, tables)
    halves = formulas.flatMap(\.root.conjuncts).map { TruthTable($0, names) }
    worlds = largest.map { set in
      tables.indices.filter { set >> $0 & 1 == 1 }.reduce(TruthTable(true, names)) { $0 & tables[$1] }
    }
  }

  /// - Precondition: the formula has no other variables.
  func judge(_ formula: PropositionalFormula) -> Judgement {
    let table = TruthTable(formula.root, names)
    if tables.contains(table) { return .again }
    let parts = Set(formula.root.conjuncts).map { TruthTable($0, names) }
    // One half of a premise is a conclusion; several halves joined again are none.
    if parts.count > 1, parts.allSatisfy({ tables.contains($0) || halves.contains($0) || $0.isFull }) {
      return .again
    }
    guard let world = worlds.first(where: { $0.implies(table) }) else { return .not }
    let isPadded = names.indices.contains { index in
      formula.variables.contains(names[index]) && world.implies(table & table.flipped(index))
    }
    return isPadded ? .again : .follows
  }
}

/// A bit for each valuation: variable i is bit i of its number.
struct TruthTable: Hashable {
  private var words: [UInt64]
  private let count: Int

  init(_ value: Bool, _ names: [String]) {
    count = names.count
    words = Array(repeating: value ? .max : 0, count: max(1, 1 << max(0, names.count - 6)))
    trim()
  }

  init(_ node: PropositionalFormula.Node, _ names: [String]) {
    switch node {
    case .variable(let name):
      self.init(false, names)
      let index = names.firstIndex(of: name) ?? 0
      for place in words.indices {
        words[place] = index < 6 ? Self.patterns[index] : place >> (index - 6) & 1 == 1 ? .max : 0
      }
    case .not(let inner):
      self.init(inner, names)
      for place in words.indices { words[place] = ~words[place] }
    case .binary(let connective, let left, let right):
      self.init(left, names)
      let other = TruthTable(right, names).words
      for place in words.indices {
        let (a, b) = (words[place], other[place])
        words[place] =
          switch connective {
          case .and: a & b
          case .or: a | b
          case .exclusiveOr: a ^ b
          case .implies: ~a | b
          case .equivalent: ~(a ^ b)
          }
      }
    }
    trim()
  }

  /// Where a variable below the sixth is true within a word.
  private static let patterns: [UInt64] = [
    0xAAAA_AAAA_AAAA_AAAA, 0xCCCC_CCCC_CCCC_CCCC, 0xF0F0_F0F0_F0F0_F0F0, 0xFF00_FF00_FF00_FF00,
    0xFFFF_0000_FFFF_0000,
    0xFFFF_FFFF_0000_0000,
  ]

  /// Bits of no valuation are 0, so that equal tables are equal.
  private mutating func trim() { if count < 6 { words[0] &= (1 << UInt64(1 << count)) - 1 } }

  subscript(world: Int) -> Bool { words[world >> 6] >> UInt64(world & 63) & 1 == 1 }

  var isFull: Bool { (0..<1 << count).allSatisfy { self[$0] } }

  func implies(_ other: TruthTable) -> Bool { zip(words, other.words).allSatisfy { $0 & ~$1 == 0 } }

  static func & (a: TruthTable, b: TruthTable) -> TruthTable {
    var both = a
    for place in both.words.indices { both.words[place] &= b.words[place] }
    return both
  }

  /// What it says where one variable has its other value.
  func flipped(_ variable: Int) -> TruthTable {
    var flipped = self
    for place in words.indices {
      if variable < 6 {
        let shift = UInt64(1 << variable), high = Self.patterns[variable]
        flipped.words[place] = (words[place] & high) >> shift | (words[place] & ~high) << shift
      } else {
        flipped.words[place] = words[place ^ 1 << (variable - 6)]
      }
    }
    return flipped
  }
}
