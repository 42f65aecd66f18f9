import BigInt

/// What has a name: roots, fractions, logarithms, sums, and the arguments they take.
extension MathParser {
  static let series: [String: MathNode.Series] = ["sum": .sum, "prod": .product]

  /// `_{k=1}^{n} k^2`: what follows up to the next sum's sign is the body. Two at the most, of short terms, none within
  /// another: they may be worked out term by term, at several points.
  mutating func series(_ kind: MathNode.Series) -> MathNode? {
    let (start, startDigits) = (at, digits)
    skip()
    if seriesLeft > 0, take("{"), case .symbol(let name)? = next(), take("="), let low = sum(), take("}"),
      take("^"), let high = argument(allowsSign: true), case let bodyStart = at, let body = product(),
      at - bodyStart <= 24, ![low, high, body].contains(where: \.hasSeries)
    {
      seriesLeft -= 1
      return .series(kind, low: low, high: high, body: body.replacing(name, by: .symbol(MathNode.index)))
    }
    (at, digits) = (start, startDigits)
    return nil
  }

  mutating func function(_ name: String) -> MathNode? {
    switch name {
    case "frac":
      guard let above = argument(), let below = argument() else { return nil }
      return .divide(above, below)
    case "cbrt": return argument().map { .root(degree: .number(Rational(3)), $0) }
    case "binom":
      guard let n = argument(), let k = argument() else { return nil }
      return .divide(.factorial(n), .multiply(.factorial(k), .factorial(.add(n, .negate(k)))))
    case "overline":
      guard case .number(let digits)? = first else { return braced().flatMap { repeating($0) } }
      skip()
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
      if exponent == .negate(.number(.one)), ["sin", "cos", "tan"].contains(name) {
        return .call("arc" + name, inner)
      }
      let call = base.map { MathNode.logarithm(base: $0, inner) } ?? .call(name, inner)
      return exponent.map { .power(call, $0) } ?? call
    }
  }

  /// `{…}`, or one digit or symbol, as TeX takes it.
  mutating func argument(allowsSign: Bool = false) -> MathNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { return nil }
    if allowsSign, take("-") { return argument(allowsSign: true).map(MathNode.negate) }
    if !allowsSign, case .number(let text)? = first, text.utf8.count > 1, !text.hasPoint {
      digits = String(text.dropFirst())
      return Rational(decimal: text.prefix(1)).map(MathNode.number)
    }
    return postfix()
  }

  /// The digits in `{...}`.
  mutating func braced() -> String? {
    guard take("{"), case .number(let digits)? = next(), take("}") else { return nil }
    return digits
  }

  /// `\\overline{3}` behind a point: 3/9 of its place.
  func repeating(_ digits: String) -> MathNode? {
    guard digits.utf8.count <= 30, let value = BigInt(digits) else { return nil }
    return Rational(value, BigInt(10).power(digits.utf8.count) - 1).map(MathNode.number)
  }

  /// What a function without brackets takes: `\sin 2x`.
  mutating func functionArgument() -> MathNode? {
    // `sin(x)^2` is the square of the sine.
    let isBracketed = isSign("(")
    guard var node = isBracketed ? postfix() : power() else { return nil }
    if isBracketed, isSign("^") { return node }
    while case .symbol? = first {
      guard let next = power() else { return nil }
      node = .multiply(node, next)
    }
    return node
  }
}
