/// Builds expressions, by Jinja's precedence: `if`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`,
/// `**`, signs, then filters and tests, which bind closest.
struct TemplateExpressionParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var depth = 0
  /// Operators and filters of one expression: each is a level of the tree that is evaluated.
  private var links = 0

  private static let deepest = 64
  private static let mostLinks = 512
  private var tooDeep: ChatTemplateError {
    ChatTemplateError("more than \(Self.deepest) levels of an expression")
  }

  init(_ tokens: [TemplateToken]) { self.tokens = tokens }

  private var current: TemplateToken? { position < tokens.count ? tokens[position] : nil }

  mutating func next() -> TemplateToken? {
    defer { position += 1 }
    return current
  }

  mutating func take(_ token: TemplateToken) -> Bool {
    guard current == token else { return false }
    position += 1
    return true
  }

  mutating func expect(_ token: TemplateToken) throws(ChatTemplateError) {
    guard take(token) else { throw unexpected(expected: "\(token)") }
  }

  mutating func expectName() throws(ChatTemplateError) -> String {
    guard case .name(let name) = current else { throw unexpected(expected: "a name") }
    position += 1
    return name
  }

  private func unexpected(expected: String) -> ChatTemplateError {
    ChatTemplateError("\(current.map { "“\($0)”" } ?? "the end") where \(expected) is expected")
  }

  /// `a, b` is a list; one expression is itself.
  mutating func tuple() throws(ChatTemplateError) -> TemplateExpression {
    let first = try expression()
    guard current == .symbol(",") else { return first }
    var values = [first]
    while take(.symbol(",")) {
      if current == .tagEnd || current == .outputEnd || current == .symbol(")") { break }
      values.append(try expression())
    }
    return .list(values)
  }

  private mutating func link() throws(ChatTemplateError) {
    links += 1
    guard links < Self.mostLinks else {
      throw ChatTemplateError("more than \(Self.mostLinks) operators in an expression")
    }
  }

  mutating func expression() throws(ChatTemplateError) -> TemplateExpression {
    if depth == 0 { links = 0 }
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { throw tooDeep }
    var value = try disjunction()
    while take(.name("if")) {
      try link()
      let condition = try disjunction()
      value = .conditional(value, if: condition, else: take(.name("else")) ? try expression() : nil)
    }
    return value
  }

  mutating func disjunction() throws(ChatTemplateError) -> TemplateExpression {
    var value = try conjunction()
    while take(.name("or")) {
      try link()
      value = .or(value, try conjunction())
    }
    return value
  }

  private mutating func conjunction() throws(ChatTemplateError) -> TemplateExpression {
    var value = try negation()
    while take(.name("and")) {
      try link()
      value = .and(value, try negation())
    }
    return value
  }

  private mutating func negation() throws(ChatTemplateError) -> TemplateExpression {
    var count = 0
    while take(.name("not")) { count += 1 }
    let value = try comparison()
    return count == 0 ? value : count % 2 == 1 ? .not(value) : .not(.not(value))
  }

  private mutating func comparison() throws(ChatTemplateError) -> TemplateExpression {
    let first = try sum()
    var rest: [(symbol: String, operand: TemplateExpression)] = []
    while true {
      switch current {
      case .symbol(let symbol) where ["==", "!=", "<", "<=", ">", ">="].contains(symbol):
        position += 1
        rest.append((symbol, try sum()))
      case .name("in"):
        position += 1
        rest.append(("in", try sum()))
      case .name("not") where position + 1 < tokens.count && tokens[position + 1] == .name("in"):
        position += 2
        rest.append(("not in", try sum()))
      default: return rest.isEmpty ? first : .comparison(first, rest)
      }
    }
  }

  private mutating func sum() throws(ChatTemplateError) -> TemplateExpression {
    var value = try concatenation()
    while case .symbol(let symbol) = current, symbol == "+" || symbol == "-" {
      position += 1
      try link()
      value = .arithmetic(symbol, value, try concatenation())
    }
    return value
  }

  private mutating func concatenation() throws(ChatTemplateError) -> TemplateExpression {
    var value = try product()
    while take(.symbol("~")) {
      try link()
      value = .arithmetic("~", value, try product())
    }
    return value
  }

  private mutating func product() throws(ChatTemplateError) -> TemplateExpression {
    var value = try power()
    while case .symbol(let symbol) = current, ["*", "/", "//", "%"].contains(symbol) {
      position += 1
      try link()
      value = .arithmetic(symbol, value, try power())
    }
    return value
  }

  private mutating func power() throws(ChatTemplateError) -> TemplateExpression {
    var value = try signed()
    while take(.symbol("**")) {
      try link()
      value = .arithmetic("**", value, try signed())
    }
    return value
  }

  private mutating func signed(filters: Bool = true) throws(ChatTemplateError) -> TemplateExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { throw tooDeep }
    let value: TemplateExpression
    if take(.symbol("-")) {
      value = .negative(try signed(filters: false))
    } else if take(.symbol("+")) {
      value = try signed(filters: false)
    } else {
      value = try postfix(try primary())
    }
    return filters ? try filtered(value) : value
  }

  private mutating func filtered(_ value: TemplateExpression) throws(ChatTemplateError) -> TemplateExpression
  {
    var value = value
    while true {
      try link()
      if take(.symbol("|")) {
        let name = try expectName()
        let arguments = take(.symbol("(")) ? try self.arguments() : TemplateArguments()
        value = .filter(value, name, arguments)
      } else if take(.name("is")) {
        let isNegated = take(.name("not"))
        let name = try expectName()
        var arguments = TemplateArguments()
        if take(.symbol("(")) {
          arguments = try self.arguments()
        } else if startsOperand {
          arguments.positional = [try postfix(try primary())]
        }
        value = .test(value, name, arguments)
        if isNegated { value = .not(value) }
      } else if current == .symbol("(") || current == .symbol(".") || current == .symbol("[") {
        value = try postfix(value)
      } else {
        return value
      }
    }
  }

  /// Whether a test's single argument follows without parentheses: `is divisibleby 2`.
  private var startsOperand: Bool {
    switch current {
    case .string, .integer, .decimal, .symbol("["), .symbol("{"): true
    case .name(let name): !["else", "or", "and", "is", "if", "in", "not"].contains(name)
    default: false
    }
  }

  private mutating func primary() throws(ChatTemplateError) -> TemplateExpression {
    guard let token = next() else { throw unexpected(expected: "a value") }
    switch token {
    case .name("true"), .name("True"): return .literal(.bool(true))
    case .name("false"), .name("False"): return .literal(.bool(false))
    case .name("none"), .name("None"): return .literal(.none)
    case .name(let name): return .name(name)
    case .integer(let value): return .literal(.int(value))
    case .decimal(let value): return .literal(.double(value))
    case .string(var value):
      while case .string(let more) = current {
        value += more
        position += 1
      }
      return .literal(.string(value))
    case .symbol("("):
      if take(.symbol(")")) { return .list([]) }
      let value = try tuple()
      try expect(.symbol(")"))
      return value
    case .symbol("["):
      var values: [TemplateExpression] = []
      while !take(.symbol("]")) {
        values.append(try expression())
        if current != .symbol("]") { try expect(.symbol(",")) }
      }
      return .list(values)
    case .symbol("{"):
      var entries: [(key: TemplateExpression, value: TemplateExpression)] = []
      while !take(.symbol("}")) {
        let key = try expression()
        try expect(.symbol(":"))
        entries.append((key, try expression()))
        if current != .symbol("}") { try expect(.symbol(",")) }
      }
      return .dict(entries)
    default:
      position -= 1
      throw unexpected(expected: "a value")
    }
  }

  private mutating func postfix(_ value: TemplateExpression) throws(ChatTemplateError) -> TemplateExpression {
    var value = value
    while true {
      try link()
      if take(.symbol(".")) {
        if case .integer(let index) = current {
          position += 1
          value = .element(value, .literal(.int(index)))
        } else {
          value = .attribute(value, try expectName())
        }
      } else if take(.symbol("[")) {
        value = try subscripted(value)
      } else if take(.symbol("(")) {
        value = .call(value, try arguments())
      } else {
        return value
      }
    }
  }

  private mutating func subscripted(_ value: TemplateExpression) throws(ChatTemplateError)
    -> TemplateExpression
  {
    var parts: [TemplateExpression?] = [nil]
    while !take(.symbol("]")) {
      if take(.symbol(":")) {
        parts.append(nil)
      } else {
        parts[parts.count - 1] = try expression()
        guard current == .symbol(":") || current == .symbol("]") else { throw unexpected(expected: "“]”") }
      }
    }
    if parts.count == 1 {
      guard let index = parts[0] else { throw unexpected(expected: "an index") }
      return .element(value, index)
    }
    guard parts.count <= 3 else { throw ChatTemplateError("a slice has three parts at most") }
    return .slice(value, from: parts[0], to: parts[1], step: parts.count > 2 ? parts[2] : nil)
  }

  private mutating func arguments() throws(ChatTemplateError) -> TemplateArguments {
    var result = TemplateArguments()
    while !take(.symbol(")")) {
      if case .name(let name) = current, position + 1 < tokens.count, tokens[position + 1] == .symbol("=") {
        position += 2
        result.named.append((name, try expression()))
      } else {
        result.positional.append(try expression())
      }
      if current != .symbol(")") { try expect(.symbol(",")) }
    }
    return result
  }
}
