import BigInt

extension MathNode {
  enum PreciseComparison { case equal, different, unknown }

  /// Whether two real values are the same to some twenty digits and more, or surely are not; `names` are all symbols of
  /// both, which stand for fixed numbers.
  func comparePrecisely(_ other: MathNode, _ names: [String]) -> PreciseComparison {
    // `0.207014169384326` is what fp64 made of something: it has no more digits to give.
    if contains(where: \.isLongDecimal) || other.contains(where: \.isLongDecimal) { return .unknown }
    var values: [String: Precise] = [:]
    for (index, name) in names.enumerated() { values[name] = Precise(0.8125 + 0.34375 * Double(index + 1)) }
    guard let a = precise(values), let b = other.precise(values) else { return .unknown }
    let distance = a - b, bound = a.error + b.error
    guard bound.isFinite, distance.high.isFinite else { return .unknown }
    if distance.magnitude > 2 * bound { return .different }
    return bound <= 1e-20 * max(a.magnitude, b.magnitude) ? .equal : .unknown
  }

  /// A number with a dozen places or more, as its denominator in lowest terms tells.
  private var isLongDecimal: Bool {
    switch self {
    case .number(.small(_, let below)): below >= 10_000_000_000
    case .number(.big(_, let below)): below > 1
    default: false
    }
  }

  /// Nil where it is not real, not defined, or not known to that precision.
  func precise(_ values: [String: Precise] = [:]) -> Precise? {
    func read(_ node: MathNode) -> Precise? { node.precise(values) }
    switch self {
    case .number(let value): return Precise(value)
    case .symbol("pi"): return .pi
    case .symbol("e"): return values["e"] ?? Precise(1).exponential
    case .symbol(let name): return values[name]
    case .add(let a, let b):
      guard let a = read(a), let b = read(b) else { return nil }
      return a + b
    case .multiply(let a, let b):
      guard let a = read(a), let b = read(b) else { return nil }
      return a * b
    case .divide(let a, let b):
      guard let a = read(a), let b = read(b) else { return nil }
      return a / b
    case .negate(let a): return read(a).map { -$0 }
    case .degrees(let a): return (read(a).map { $0 * .pi }).flatMap { $0 / Precise(180) }
    case .power(let a, let b):
      guard let base = read(a), let exponent = read(b) else { return nil }
      return base.power(
        exponent, whole: b.exact().flatMap { $0.isInteger ? Int(exactly: $0.numerator) : nil })
    case .root(let degree, let a):
      guard let n = degree.exact(), n.isInteger, let value = read(a) else { return nil }
      if n == Rational(2) { return value.squareRoot }
      guard n.numerator % 2 != 0 || !value.isNegative, let exponent = Precise(1) / (Precise(n) ?? Precise(0))
      else {
        return nil
      }
      return value.isNegative
        ? (-value).power(exponent, whole: nil).map { -$0 } : value.power(exponent, whole: nil)
    case .logarithm(let base, let a):
      guard let base = read(base)?.logarithm, let a = read(a)?.logarithm else { return nil }
      return a / base
    case .factorial: return exact().flatMap { Precise($0) }
    case .series: return exact().flatMap { Precise($0) }
    case .call(let name, let a): return read(a).flatMap { Self.precise(name, $0) }
    }
  }

  private static func precise(_ name: String, _ x: Precise) -> Precise? {
    let one = Precise(1)
    func hyperbolic(_ sign: Precise) -> Precise? {
      guard let e = x.exponential, let inverse = one / e else { return nil }
      return (e + sign * inverse).scaled(-1)
    }
    switch name {
    case "ln", "log": return x.logarithm
    case "lg":
      guard let a = x.logarithm, let ten = Precise(10).logarithm else { return nil }
      return a / ten
    case "exp": return x.exponential
    case "abs": return x.isNegative ? -x : x
    case "cbrt":
      guard let third = one / Precise(3) else { return nil }
      return x.isNegative ? (-x).power(third, whole: nil).map { -$0 } : x.power(third, whole: nil)
    case "sin": return x.circular?.sine
    case "cos": return x.circular?.cosine
    case "tan": return x.circular.flatMap { $0.sine / $0.cosine }
    case "cot": return x.circular.flatMap { $0.cosine / $0.sine }
    case "sec": return x.circular.flatMap { one / $0.cosine }
    case "csc": return x.circular.flatMap { one / $0.sine }
    case "arcsin", "asin": return x.arcsine
    case "arccos", "acos": return x.arcsine.map { Precise.pi.scaled(-1) - $0 }
    case "arctan", "atan": return x.arctangent
    case "sinh": return hyperbolic(-one)
    case "cosh": return hyperbolic(one)
    case "tanh":
      guard let above = hyperbolic(-one), let below = hyperbolic(one) else { return nil }
      return above / below
    default: return nil
    }
  }
}
