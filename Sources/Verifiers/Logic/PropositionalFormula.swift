/// A formula of propositional logic: `~ ! not`, `& and`, `| or`, `^` exclusive or, `->`, `<->`, from the
/// tightest to the loosest.
struct PropositionalFormula {
  private indirect enum Node {
    case variable(String)
    case not(Node)
    case binary(Character, Node, Node)
  }

  private let root: Node
  let variables: Set<String>

  /// Nil for text that is no formula, or one of more than 16 variables or 4,096 characters.
  init?(_ text: String) {
    guard text.count <= 4096 else { return nil }
    var parser = Parser(text)
    guard let root = parser.formula(), parser.isAtEnd, parser.variables.count <= 16 else { return nil }
    self.root = root
    variables = parser.variables
  }

  func value(_ values: [String: Bool]) -> Bool { Self.value(root, values) }

  var isSatisfiable: Bool {
    let names = variables.sorted()
    return (0..<1 << names.count).contains { bits in
      value(
        Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, bits >> $0.offset & 1 == 1) }))
    }
  }

  private static func value(_ node: Node, _ values: [String: Bool]) -> Bool {
    switch node {
    case .variable(let name): return values[name] ?? false
    case .not(let inner): return !value(inner, values)
    case .binary(let sign, let left, let right):
      let (a, b) = (value(left, values), value(right, values))
      return switch sign {
      case "&": a && b
      case "|": a || b
      case "^": a != b
      case ">": !a || b
      default: a == b
      }
    }
  }

  /// Recursive descent; brackets nest at most 200 deep.
  private struct Parser {
    private var tokens: ArraySlice<String>
    private var depth = 0
    var variables: Set<String> = []

    init(_ text: String) {
      var tokens: [String] = []
      var word = ""
      func flush() {
        switch word.lowercased() {
        case "": break
        case "not": tokens.append("~")
        case "and": tokens.append("&")
        case "or": tokens.append("|")
        default: tokens.append(word)
        }
        word = ""
      }
      for character in text.replacing("<->", with: "=").replacing("->", with: ">") {
        if character.isLetter || character.isNumber || character == "_" {
          word.append(character)
          continue
        }
        flush()
        switch character {
        case "!", "¬": tokens.append("~")
        case "∧": tokens.append("&")
        case "∨": tokens.append("|")
        case "→": tokens.append(">")
        case "↔": tokens.append("=")
        default: if !character.isWhitespace { tokens.append(String(character)) }
        }
      }
      flush()
      self.tokens = tokens[...]
    }

    var isAtEnd: Bool { tokens.isEmpty }

    mutating func formula() -> Node? { binary(["=", ">", "|", "^", "&"][...]) }

    /// Operators from the loosest; `>` associates to the right, which matters to no other.
    private mutating func binary(_ signs: ArraySlice<Character>) -> Node? {
      guard let sign = signs.first else { return unary() }
      guard var left = binary(signs.dropFirst()) else { return nil }
      while tokens.first == String(sign) {
        tokens.removeFirst()
        guard let right = sign == ">" ? binary(signs) : binary(signs.dropFirst()) else { return nil }
        left = .binary(sign, left, right)
      }
      return left
    }

    private mutating func unary() -> Node? {
      depth += 1
      defer { depth -= 1 }
      guard depth < 200, let token = tokens.popFirst() else { return nil }
      if token == "~" { return unary().map(Node.not) }
      if token == "(" {
        let inner = formula()
        guard tokens.popFirst() == ")" else { return nil }
        return inner
      }
      guard let first = token.first, first.isLetter || first == "_" else { return nil }
      variables.insert(token)
      return .variable(token)
    }
  }
}
