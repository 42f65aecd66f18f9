import BigInt

/// Recursive descent over tokens: sums, products (also without a sign), powers, roots, functions.
struct MathParser {
  private var tokens: ArraySlice<MathToken>
  private var depth = 0
  /// Nested brackets beyond this are no answer.
  private static let deepest = 60

  init(_ tokens: ArraySlice<MathToken>) { self.tokens = tokens }

  /// Whether `text` is one expression from end to end.
  static func readsWhole(_ text: String) -> Bool {
    MathLexer.tokens(text).flatMap { MathForm($0[...]) }.map { !$0.isText } ?? false
  }

  /// The expression, if the tokens are one from end to end.
  mutating func whole() -> MathNode? {
    guard !tokens.isEmpty, tokens.count < 4000, let node = sum(), tokens.isEmpty else { return nil }
    return node
  }

  private mutating func take(_ sign: Character) -> Bool {
    guard tokens.first == .sign(sign) else { return false }
    tokens.removeFirst()
    return true
  }

  private mutating func sum() -> MathNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest, var node = product() else { return nil }
    while true {
      if take("+") {
        guard let next = product() else { return nil }
        node = .add(node, next)
      } else if take("-") {
        guard let next = product() else { return nil }
        node = .add(node, .negate(next))
      } else {
        return node
      }
    }
  }

  private mutating func product() -> MathNode? {
    guard var node = unary() else { return nil }
    while true {
      if take("*") {
        guard let next = unary() else { return nil }
        node = .multiply(node, next)
      } else if take("/") {
        guard let next = unary() else { return nil }
        node = .divide(node, next)
      } else if let mixed = mixedNumber(after: node) {
        node = mixed
      } else if startsFactor {
        guard let next = power() else { return nil }
        node = .multiply(node, next)
      } else {
        return node
      }
    }
  }

  /// `2 1/3` and `2\frac{1}{3}` are sums; only a proper fraction of whole numbers makes one.
  private mutating func mixedNumber(after node: MathNode) -> MathNode? {
    guard case .number(let whole) = node, whole.isInteger else { return nil }
    let start = tokens
    var fraction: MathNode?
    if case .number(let text)? = tokens.first, !text.contains("."), tokens.dropFirst().first == .sign("/") {
      tokens.removeFirst(2)
      if case .number(let below)? = tokens.popFirst(), let a = BigInt(String(text)),
        let b = BigInt(String(below)), let value = Rational(a, b)
      {
        fraction = .number(value)
      }
    } else if tokens.first == .function("frac") {
      fraction = power()
      if case .divide(.number(let a), .number(let b)) = fraction, a.isInteger, b.isInteger {
        fraction = a.divided(by: b).map(MathNode.number)
      } else {
        fraction = nil
      }
    }
    if case .number(let value) = fraction, value.numerator > 0, value.numerator < value.denominator {
      return .add(node, .number(value))
    }
    tokens = start
    return nil
  }

  private var startsFactor: Bool {
    switch tokens.first {
    case .symbol, .function, .sign("("), .sign("{"): true
    case .number: false  // `2 3` is no product
    default: false
    }
  }

  private mutating func unary() -> MathNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { return nil }
    if take("-") { return unary().map(MathNode.negate) }
    if take("+") { return unary() }
    return power()
  }

  private mutating func power() -> MathNode? {
    guard var node = postfix() else { return nil }
    if take("^") {
      guard let exponent = argument(allowsSign: true) else { return nil }
      node = .power(node, exponent)
      while take("!") { node = .factorial(node) }
    }
    return node
  }

  private mutating func postfix() -> MathNode? {
    guard var node = atom() else { return nil }
    while true {
      if take("!") {
        node = .factorial(node)
      } else if tokens.first == .sign("°") || tokens.starts(with: [.sign("^"), .sign("°")]) {
        tokens.removeFirst(tokens.first == .sign("°") ? 1 : 2)
        node = .degrees(node)
      } else if tokens.starts(with: [.sign("^"), .sign("{"), .sign("°"), .sign("}")]) {
        tokens.removeFirst(4)
        node = .degrees(node)
      } else {
        return node
      }
    }
  }

  private mutating func atom() -> MathNode? {
    guard let token = tokens.popFirst() else { return nil }
    switch token {
    case .number(let text): return Rational(decimal: text).map(MathNode.number)
    case .symbol(let name): return .symbol(name + subscriptText())
    case .function(let name): return function(name)
    case .sign("("): return closed(by: ")")
    case .sign("["): return closed(by: "]")
    case .sign("{"): return closed(by: "}")
    case .sign("|"):
      guard let inner = sum(), take("|") else { return nil }
      return .call("abs", inner)
    case .word("½"): return Rational(1, 2).map(MathNode.number)
    default: return nil
    }
  }

  private mutating func closed(by sign: Character) -> MathNode? {
    guard let inner = sum(), take(sign) else { return nil }
    return inner
  }

  /// `_1`, `_{n}` belong to the name.
  private mutating func subscriptText() -> String {
    guard tokens.first == .sign("_") else { return "" }
    let start = tokens
    tokens.removeFirst()
    let braced = take("{")
    var name = "_"
    while let token = tokens.first {
      switch token {
      case .number(let text): name += text
      case .symbol(let text), .word(let text): name += text
      default:
        if braced, take("}") { return name }
        tokens = start
        return ""
      }
      tokens.removeFirst()
      if !braced { return name }
    }
    return name
  }

  private mutating func function(_ name: String) -> MathNode? {
    switch name {
    case "frac":
      guard let above = argument(), let below = argument() else { return nil }
      return .divide(above, below)
    case "sqrt":
      var degree = MathNode.number(Rational(2))
      if take("[") {
        guard let given = closed(by: "]") else { return nil }
        degree = given
      }
      return argument().map { .root(degree: degree, $0) }
    default:
      var base: MathNode?
      if name == "log", take("_") {
        guard let given = argument() else { return nil }
        base = given
      }
      var exponent: MathNode?
      if take("^") {
        guard let given = argument(allowsSign: true) else { return nil }
        exponent = given
      }
      guard let inner = functionArgument() else { return nil }
      let call = base.map { MathNode.logarithm(base: $0, inner) } ?? .call(name, inner)
      return exponent.map { .power(call, $0) } ?? call
    }
  }

  /// `{…}`, or one digit or symbol, as TeX takes it.
  private mutating func argument(allowsSign: Bool = false) -> MathNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { return nil }
    if allowsSign, take("-") { return argument(allowsSign: true).map(MathNode.negate) }
    if case .number(let text)? = tokens.first, text.count > 1, !allowsSign, !text.contains(".") {
      tokens.removeFirst()
      tokens = [.number(text.dropFirst())] + tokens
      return Rational(decimal: text.prefix(1)).map(MathNode.number)
    }
    return postfix()
  }

  /// What a function without brackets takes: `\sin 2x`.
  private mutating func functionArgument() -> MathNode? {
    guard var node = power() else { return nil }
    while case .symbol? = tokens.first {
      guard let next = power() else { return nil }
      node = .multiply(node, next)
    }
    return node
  }
}
