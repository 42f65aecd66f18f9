import BigInt

/// Recursive descent over tokens: sums, products (also without a sign), powers, roots, functions.
struct MathParser {
  let tokens: ArraySlice<MathToken>
  var at: Int
  /// What is left of the digits at `at`, of which TeX took the first: `\\frac12`.
  var digits: String?
  var depth = 0
  /// What was read is no expression, and need not be tried in another way.
  var isBroken = false
  var seriesLeft = 2
  /// Nested brackets beyond this are no answer.
  static let deepest = 60
  /// Nor are more tokens: what is built of them is walked recursively.
  static let longest = 1500

  init(_ tokens: ArraySlice<MathToken>) {
    self.tokens = tokens
    at = tokens.startIndex
  }

  /// The expression, if the tokens are one from end to end.
  mutating func whole() -> MathNode? {
    guard !tokens.isEmpty, tokens.count < Self.longest else { return nil }
    let inner = Self.unwrapped(tokens)
    if inner.count < tokens.count {
      var parser = MathParser(inner)
      return parser.whole()
    }
    guard let node = sum(), at == tokens.endIndex else { return nil }
    // A tree is walked recursively, on a thread's small stack.
    return tokens.count > MathNode.highest && !node.isLow ? nil : node
  }

  /// Without round brackets that enclose all, of which there may be any number.
  static func unwrapped(_ tokens: ArraySlice<MathToken>) -> ArraySlice<MathToken> {
    guard case .sign("(")? = tokens.first, case .sign(")")? = tokens.last else { return tokens }
    let opening = tokens.prefix { if case .sign("(") = $0 { true } else { false } }.count
    // How many of them are still open wherever something else stands.
    var (depth, least) = (0, opening)
    let closing = tokens.reversed().prefix { if case .sign(")") = $0 { true } else { false } }.count
    for token in tokens.dropLast(closing) {
      if case .sign("(") = token { depth += 1 }
      if case .sign(")") = token { depth -= 1 }
      if depth < opening, case .sign("(") = token { continue }
      least = min(least, depth)
    }
    let count = min(least, closing)
    return count > 0 ? tokens.dropFirst(count).dropLast(count) : tokens
  }

  var first: MathToken? {
    if let digits { return .number(digits) }
    return at < tokens.endIndex ? tokens[at] : nil
  }

  /// The token behind `first`.
  func token(_ offset: Int) -> MathToken? {
    at + offset < tokens.endIndex ? tokens[at + offset] : nil
  }

  func isSign(_ sign: Unicode.Scalar, _ offset: Int = 0) -> Bool {
    guard at + offset < tokens.endIndex, case .sign(sign) = tokens[at + offset] else { return false }
    return offset > 0 || digits == nil
  }

  func isFunction(_ name: String) -> Bool {
    guard at < tokens.endIndex, case .function(name) = tokens[at] else { return false }
    return digits == nil
  }

  mutating func skip(_ count: Int = 1) {
    digits = nil
    at += count
  }

  mutating func next() -> MathToken? {
    let token = first
    if token != nil { skip() }
    return token
  }

  mutating func take(_ sign: Unicode.Scalar) -> Bool {
    guard isSign(sign) else { return false }
    skip()
    return true
  }

  mutating func sum() -> MathNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest, var node = product() else { return nil }
    var terms: [MathNode] = []
    while true {
      let isMinus = isSign("-")
      guard take("+") || take("-") else { break }
      guard let next = product() else { return nil }
      if terms.isEmpty { terms.append(node) }
      terms.append(isMinus ? .negate(next) : next)
    }
    guard terms.count > 1 else { return node }
    // A few terms from the left; many as a tree that is as low as can be.
    if terms.count <= 16 { return terms.dropFirst().reduce(terms[0]) { .add($0, $1) } }
    while terms.count > 1 {
      let pairs = stride(from: 0, to: terms.count, by: 2)
      terms = pairs.map { $0 + 1 < terms.count ? .add(terms[$0], terms[$0 + 1]) : terms[$0] }
    }
    node = terms[0]
    return node
  }

  mutating func product() -> MathNode? {
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
      } else if isBroken {
        return nil
      } else if startsFactor {
        guard let next = power() else { return nil }
        node = .multiply(node, next)
      } else {
        return node
      }
    }
  }

  /// `2 1/3` and `2\frac{1}{3}` are sums; only a proper fraction of whole numbers makes one.
  mutating func mixedNumber(after node: MathNode) -> MathNode? {
    if case .negate(let positive) = node { return mixedNumber(after: positive).map(MathNode.negate) }
    guard case .number(let whole) = node, whole.isInteger, isLiteral else { return nil }
    let (start, startDigits) = (at, digits)
    var fraction: MathNode?
    if isSign("/", 1), case .number(let text)? = first, !text.hasPoint {
      skip(2)
      if case .number(let below)? = next(), let a = Rational(decimal: text), let b = Rational(decimal: below)
      {
        fraction = b.isInteger ? a.divided(by: b).map(MathNode.number) : nil
      }
    } else if isFunction("frac") {
      // Read once, whatever it is: fractions within fractions would double the work a level.
      guard let factor = power() else {
        isBroken = true
        return nil
      }
      guard case .divide(.number(let a), .number(let b)) = factor, a.isInteger, b.isInteger,
        let value = a.divided(by: b), !value.isNegative, value.numerator < value.denominator
      else { return .multiply(node, factor) }
      return .number(whole + value)
    }
    if case .number(let value) = fraction, !value.isNegative, value.numerator < value.denominator {
      return .number(whole + value)
    }
    (at, digits) = (start, startDigits)
    return nil
  }

  /// Whether the token before is a number without a point.
  var isLiteral: Bool {
    guard case .number(let text)? = before else { return false }
    return !text.hasPoint
  }
  var endsInFactorial: Bool { if case .sign("!")? = before { true } else { false } }
  var before: MathToken? { at > tokens.startIndex ? tokens[at - 1] : nil }

  var startsFactor: Bool {
    switch first {
    case .symbol, .function, .sign("("), .sign("{"), .sign("⌊"), .sign("⌈"): true
    case .number: endsInFactorial  // `3!7!`; `2 3` is no product
    default: false
    }
  }

  mutating func unary() -> MathNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { return nil }
    if take("-") { return unary().map(MathNode.negate) }
    if take("+") { return unary() }
    return power()
  }

  mutating func power() -> MathNode? {
    guard var node = postfix() else { return nil }
    if take("^") {
      guard let exponent = argument(allowsSign: true) else { return nil }
      node = .power(node, exponent)
      while take("!") { node = .factorial(node) }
    }
    return node
  }

  mutating func postfix() -> MathNode? {
    guard var node = atom() else { return nil }
    while true {
      if take("!") {
        node = .factorial(node)
      } else if isSign("°") || isSign("^") && isSign("°", 1) {
        skip(isSign("°") ? 1 : 2)
        node = .degrees(minutes(after: node))
      } else if isSign("^"), isSign("{", 1), isSign("°", 2), isSign("}", 3) {
        skip(4)
        node = .degrees(minutes(after: node))
      } else {
        return node
      }
    }
  }

  /// `42'` and `30"` behind degrees.
  mutating func minutes(after node: MathNode) -> MathNode {
    var node = node
    for (marks, parts) in [([MathToken.sign("'")], 60), ([.sign("\""), .sign("'")], 3600)] {
      guard case .number(let text)? = first, let mark = token(1), marks.contains(mark),
        let value = Rational(decimal: text)?.divided(by: Rational(parts))
      else { return node }
      skip(isSign("'", 2) ? 3 : 2)
      node = .add(node, .number(value))
    }
    return node
  }

  mutating func atom() -> MathNode? {
    guard let token = next() else { return nil }
    switch token {
    case .number(let text):
      guard let value = Rational(decimal: text) else { return nil }
      // `0.1\\overline{6}`: what follows repeats.
      if isFunction("overline"),
        case let places = text.split(separator: ".", omittingEmptySubsequences: false),
        places.count == 2 || text.hasSuffix("."), case .number(let part)? = power(),
        let rest = part.divided(by: Rational(BigInt(10).power(places.count == 2 ? places[1].utf8.count : 0)))
      {
        return .number(value + rest)
      }
      return .number(value)
    case .symbol(let name):
      if let kind = Self.series[name], isSign("_"), let series = series(kind) { return series }
      return isSign("_") || isSign("'") || isSign("^")
        ? .symbol(name + subscriptText() + primes()) : .symbol(name)
    case .function(let name): return function(name)
    case .sign("("): return closed(by: ")")
    case .sign("["): return closed(by: "]")
    case .sign("{"): return closed(by: "}")
    case .sign("⌊"): return closed(by: "⌋").map { .call("floor", $0) }
    case .sign("⌈"): return closed(by: "⌉").map { .call("ceil", $0) }
    case .sign("|"):
      guard let inner = sum(), take("|") else { return nil }
      return .call("abs", inner)
    case .word(let word):
      return MathToken.fractions[word].flatMap { Rational($0.0).divided(by: Rational($0.1)) }.map(
        MathNode.number)
    default: return nil
    }
  }

  mutating func closed(by sign: Unicode.Scalar) -> MathNode? {
    guard let inner = sum(), take(sign) else { return nil }
    return inner
  }

  /// `'` and `^{\\prime}` belong to the name.
  mutating func primes() -> String {
    var marks = ""
    while true {
      if isSign("'") {
        skip()
      } else if isSign("^"), isSign("'", 1) {
        skip(2)
      } else if isSign("^"), isSign("{", 1), isSign("'", 2), isSign("}", 3) {
        skip(4)
      } else {
        return marks
      }
      marks += "'"
    }
  }

  /// `_1`, `_{n}` belong to the name.
  mutating func subscriptText() -> String {
    guard isSign("_") else { return "" }
    let start = at
    skip()
    let braced = take("{")
    var name = "_"
    while let token = first {
      switch token {
      case .number(let text): name += text
      case .symbol(let text), .word(let text): name += text
      case .sign("+") where braced: name += "+"
      case .sign("-") where braced: name += "-"
      default:
        if braced, take("}") { return name }
        at = start
        return ""
      }
      skip()
      if !braced { return name }
    }
    return name
  }

}

extension String {
  /// Whether a number's digits hold a point.
  var hasPoint: Bool { utf8.contains(UInt8(ascii: ".")) }
}
