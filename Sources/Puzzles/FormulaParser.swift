/// Recursive descent over a formula's text. Brackets and negations nest at most 200 deep, whatever the text.
struct FormulaParser {
  private enum Token: Equatable {
    case name(String)
    case not, open, close
    case connective(PropositionalFormula.Connective)
    case unknown
  }

  private var tokens: ArraySlice<Token>
  private var depth = 0

  init(_ text: String) { tokens = Self.tokens(text)[...] }

  var isAtEnd: Bool { tokens.isEmpty }

  mutating func formula() -> PropositionalFormula.Node? {
    binary([.equivalent, .implies, .or, .exclusiveOr, .and][...])
  }

  /// Connectives from the loosest; `implies` associates to the right, which matters to no other.
  private mutating func binary(
    _ connectives: ArraySlice<PropositionalFormula.Connective>
  ) -> PropositionalFormula.Node? {
    guard let connective = connectives.first else { return unary() }
    guard var left = binary(connectives.dropFirst()) else { return nil }
    while tokens.first == .connective(connective) {
      tokens.removeFirst()
      if connective == .implies {
        depth += 1
        defer { depth -= 1 }
        guard depth < 200, let right = binary(connectives) else { return nil }
        return .binary(connective, left, right)
      }
      guard let right = binary(connectives.dropFirst()) else { return nil }
      left = .binary(connective, left, right)
    }
    return left
  }

  private mutating func unary() -> PropositionalFormula.Node? {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else { return nil }
    switch tokens.popFirst() {
    case .not?: return unary().map(PropositionalFormula.Node.not)
    case .open?:
      let inner = formula()
      guard tokens.popFirst() == .close else { return nil }
      return inner
    case .name(let name)?: return .variable(name)
    default: return nil
    }
  }

  private static let words: [String: Token] = [
    "not": .not, "and": .connective(.and), "or": .connective(.or), "xor": .connective(.exclusiveOr),
    "implies": .connective(.implies), "iff": .connective(.equivalent),
  ]

  private static let signs: [Character: Token] = [
    "~": .not, "!": .not, "¬": .not, "(": .open, ")": .close, "[": .open, "]": .close,
    "&": .connective(.and), "∧": .connective(.and), "|": .connective(.or), "∨": .connective(.or),
    "^": .connective(.exclusiveOr), "⊕": .connective(.exclusiveOr), "→": .connective(.implies),
    "⇒": .connective(.implies), "↔": .connective(.equivalent), "⇔": .connective(.equivalent),
    "≡": .connective(.equivalent), ">": .connective(.implies),
  ]

  private static func tokens(_ text: String) -> [Token] {
    var tokens: [Token] = []
    var rest = text[...]
    while let character = rest.first {
      if character.isLetter || character == "_" {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest[word.endIndex...]
        tokens.append(words[word.lowercased()] ?? .name(String(word)))
        continue
      }
      let arrow = ["<->", "<=>", "->", "=>", "&&", "||"].first { rest.hasPrefix($0) }
      switch arrow {
      case "<->", "<=>": tokens.append(.connective(.equivalent))
      case "->", "=>": tokens.append(.connective(.implies))
      case "&&": tokens.append(.connective(.and))
      case "||": tokens.append(.connective(.or))
      default: if !character.isWhitespace { tokens.append(signs[character] ?? .unknown) }
      }
      rest = rest.dropFirst(arrow?.count ?? 1)
    }
    return tokens
  }
}
