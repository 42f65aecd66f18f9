import BigInt

/// Recursive descent over tokens: sums, products (also without a sign), powers, roots, functions.
struct MathParser {
  private var tokens: ArraySlice<MathToken>
  private var depth = 0
  /// Nested brackets beyond this are no answer.
  private static let deepest = 60

  init(_ tokens: ArraySlice<MathToken>) {
    self.tokens = tokens
    all = tokens
  }
  private let all: ArraySlice<MathToken>

  /// The expression, if the tokens are one from end to end.
  mutating func whole() -> MathNode? {
    guard !tokens.isEmpty, tokens.count < 4000, let node = sum(), tokens.isEmpty else { return nil }
    return node
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
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
    if case .negate(let positive) = node { return mixedNumber(after: positive).map(MathNode.negate) }
    guard case .number(let whole) = node, whole.isInteger, isLiteral else { return nil }
    let start = tokens
    var fraction: MathNode?
    if case .number(let text)? = tokens.first, !text.contains("."), tokens.dropFirst().first == .sign("/") {
      tokens.removeFirst(2)
      if case .number(let below)? = tokens.popFirst(), let a = BigInt(text),
        let b = BigInt(below), let value = Rational(a, b)
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
    if case .number(let value) = fraction, value.numerator >= 0, value.numerator < value.denominator {
      return .number(whole + value)
    }
    tokens = start
    return nil
  }

  /// Whether the token before is a number without a point.
  private var isLiteral: Bool {
    guard tokens.startIndex > 0, case .number(let text)? = before else { return false }
    return !text.contains(".")
  }
  private var endsInFactorial: Bool { before == .sign("!") }
  private var before: MathToken? { position.map { all[$0] } }
  private var position: Int? {
    let index = tokens.startIndex - 1
    return all.indices.contains(index) ? index : nil
  }

  private var startsFactor: Bool {
    switch tokens.first {
    case .symbol, .function, .sign("("), .sign("{"): true
    case .number: endsInFactorial  // `3!7!`; `2 3` is no product
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
        node = .degrees(minutes(after: node))
      } else if tokens.starts(with: [.sign("^"), .sign("{"), .sign("°"), .sign("}")]) {
        tokens.removeFirst(4)
        node = .degrees(minutes(after: node))
      } else {
        return node
      }
    }
  }

  /// `42'` and `30"` behind degrees.
  private mutating func minutes(after node: MathNode) -> MathNode {
    var node = node
    for (marks, parts) in [([MathToken.sign("'")], 60), ([.sign("\""), .sign("'")], 3600)] {
      guard case .number(let text)? = tokens.first, let mark = tokens.dropFirst().first, marks.contains(mark),
        let value = Rational(decimal: text)?.divided(by: Rational(BigInt(parts)))
      else { return node }
      tokens.removeFirst(tokens.dropFirst(2).first == .sign("'") ? 3 : 2)
      node = .add(node, .number(value))
    }
    return node
  }

  private mutating func atom() -> MathNode? {
    guard let token = tokens.popFirst() else { return nil }
    switch token {
    case .number(let text):
      guard let value = Rational(decimal: text) else { return nil }
      // `0.1\\overline{6}`: what follows repeats.
      if tokens.first == .function("overline"),
        case let places = text.split(separator: ".", omittingEmptySubsequences: false),
        places.count == 2 || text.hasSuffix("."), case .number(let part)? = power(),
        let rest = part.divided(by: Rational(BigInt(10).power(places.count == 2 ? places[1].utf8.count : 0)))
      {
        return .number(value + rest)
      }
      return .number(value)
    case .symbol(let name): return .symbol(name + subscriptText() + primes())
    case .function(let name): return function(name)
    case .sign("("): return closed(by: ")")
    case .sign("["): return closed(by: "]")
    case .sign("{"): return closed(by: "}")
    case .sign("|"):
      guard let inner = sum(), take("|") else { return nil }
      return .call("abs", inner)
    case .word(let word):
      return MathToken.fractions[word].flatMap { Rational(BigInt($0.0), BigInt($0.1)) }.map(MathNode.number)
    default: return nil
    }
  }

  private mutating func closed(by sign: Unicode.Scalar) -> MathNode? {
    guard let inner = sum(), take(sign) else { return nil }
    return inner
  }

  /// `'` and `^{\\prime}` belong to the name.
  private mutating func primes() -> String {
    var marks = ""
    while true {
      if tokens.first == .sign("'") {
        tokens.removeFirst()
      } else if tokens.starts(with: [.sign("^"), .sign("'")]) {
        tokens.removeFirst(2)
      } else if tokens.starts(with: [.sign("^"), .sign("{"), .sign("'"), .sign("}")]) {
        tokens.removeFirst(4)
      } else {
        return marks
      }
      marks += "'"
    }
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
    case "cbrt": return argument().map { .root(degree: .number(Rational(3)), $0) }
    case "binom":
      guard let n = argument(), let k = argument() else { return nil }
      return .divide(.factorial(n), .multiply(.factorial(k), .factorial(.add(n, .negate(k)))))
    case "overline":
      guard case .number(let digits)? = tokens.first ?? nil else { return braced().flatMap { repeating($0) } }
      tokens.removeFirst()
      return repeating(digits)
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
      // `\\tan^{-1} x` is the inverse function.
      if exponent?.exact() == Rational(-1), ["sin", "cos", "tan"].contains(name) {
        return .call("arc" + name, inner)
      }
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
      tokens = [.number(String(text.dropFirst()))] + tokens
      return Rational(decimal: text.prefix(1)).map(MathNode.number)
    }
    return postfix()
  }

  /// The digits in `{...}`.
  private mutating func braced() -> String? {
    guard take("{"), case .number(let digits)? = tokens.popFirst(), take("}") else { return nil }
    return digits
  }

  /// `\\overline{3}` behind a point: 3/9 of its place.
  private func repeating(_ digits: String) -> MathNode? {
    guard digits.utf8.count <= 30, let value = BigInt(digits) else { return nil }
    return Rational(value, BigInt(10).power(digits.utf8.count) - 1).map(MathNode.number)
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
