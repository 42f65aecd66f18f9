/// Which marks occur among tokens: what none of them stands for need not be looked for.
struct TokenMarks: OptionSet {
  let rawValue: UInt32

  static let about = TokenMarks(rawValue: 1)
  /// `∪ ∩ ∖`, or `-` behind a set.
  static let setOperation = TokenMarks(rawValue: 2)
  /// `, ;`, a wide blank, `or`, `and`.
  static let separator = TokenMarks(rawValue: 4)
  static let element = TokenMarks(rawValue: 8)
  /// `< > ≤ ≥ ≠`.
  static let relation = TokenMarks(rawValue: 16)
  static let equals = TokenMarks(rawValue: 32)
  static let infinity = TokenMarks(rawValue: 64)
  static let plusMinus = TokenMarks(rawValue: 128)
  static let colon = TokenMarks(rawValue: 256)
  static let environment = TokenMarks(rawValue: 512)
  static let word = TokenMarks(rawValue: 1024)
  static let base = TokenMarks(rawValue: 2048)
  static let dollar = TokenMarks(rawValue: 4096)

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(_ tokens: ArraySlice<MathToken>) {
    var marks: TokenMarks = []
    for token in tokens {
      switch token {
      case .sign(let sign):
        switch sign {
        case "≈": marks.insert(.about)
        case "∪", "∩", "∖", "⟩": marks.insert(.setOperation)
        case ",", ";", " ": marks.insert(.separator)
        case "∈": marks.insert(.element)
        case "<", ">", "≤", "≥", "≠": marks.insert(.relation)
        case "=": marks.insert(.equals)
        case "∞": marks.insert(.infinity)
        case "±": marks.insert(.plusMinus)
        case ":": marks.insert(.colon)
        case "_": marks.insert(.base)
        case "$": marks.insert(.dollar)
        default: break
        }
      case .word:
        marks.insert(.word)
        if token.isJunction { marks.insert(.separator) }
      case .begin: marks.insert(.environment)
      default: break
      }
    }
    self = marks
  }
}

extension MathToken {
  var isOr: Bool {
    if case .word(let word) = self { word == "or" || word == "Or" || word == "OR" } else { false }
  }
  var isAnd: Bool {
    if case .word(let word) = self { word == "and" || word == "And" || word == "AND" } else { false }
  }
  /// `or`, `and`.
  var isJunction: Bool { isOr || isAnd }

  /// What parts one thing from the next.
  var isSeparator: Bool {
    switch self {
    case .sign(","), .sign(";"), .sign(" "): true
    case .word: isJunction
    default: false
    }
  }

  /// What says nothing at either end.
  var isEmpty: Bool {
    switch self {
    case .sign(","), .sign(";"), .sign(":"), .sign(" "), .sign("⏎"): true
    default: false
    }
  }

  /// `only`, `≈` before what is said.
  var isLead: Bool {
    switch self {
    case .sign("≈"), .word("only"), .word("just"), .word("exactly"): true
    default: false
    }
  }
}
