import BigInt

/// A quotient of two polynomials in atoms: the same for equal expressions, as far as it knows them.
///
/// It knows rational functions, radicals of rational numbers, i, π, e, powers with symbolic exponents and logarithms
/// of rational numbers; other functions and roots are atoms of their own. The other half of the decision is
/// `MathNode.probe`, which knows no algebra.
struct NormalForm: Hashable {
  var above: NormalPolynomial
  var below: NormalPolynomial

  private init?(_ above: NormalPolynomial?, _ below: NormalPolynomial?) {
    guard let above, let below, !below.isZero else { return nil }
    self.above = above
    self.below = below
    // A denominator of one term goes up: `x/√2`.
    if let (monomial, coefficient) = below.single, !monomial.factors.isEmpty || coefficient != .one,
      let (inverse, factor) = monomial.power(Rational(-1)), let value = factor.divided(by: coefficient),
      let whole = above.times(NormalPolynomial(inverse, value))
    {
      (self.above, self.below) = (whole, NormalPolynomial(.one))
    }
  }

  private init(_ polynomial: NormalPolynomial) { (above, below) = (polynomial, NormalPolynomial(.one)) }

  /// Nil where it would grow beyond bounds, or is not known how to.
  init?(_ node: MathNode, depth: Int = 0) {
    guard depth < 200 else { return nil }
    func read(_ node: MathNode) -> NormalForm? { NormalForm(node, depth: depth + 1) }
    let result: NormalForm?
    switch node {
    case .number(let value): result = NormalForm(NormalPolynomial(value))
    case .symbol(let name): result = NormalForm(NormalPolynomial(NormalMonomial(Self.atom(name))))
    case .add(let a, let b):
      guard let a = read(a), let b = read(b) else { return nil }
      result = a.plus(b)
    case .multiply(let a, let b):
      guard let a = read(a), let b = read(b) else { return nil }
      result = a.times(b)
    case .divide(let a, let b):
      guard let a = read(a), let b = read(b)?.inverse else { return nil }
      result = a.times(b)
    case .negate(let a): result = read(a).map(\.negated)
    case .degrees(let a): result = read(.divide(.multiply(a, .symbol("pi")), .number(Rational(180))))
    case .series(let kind, let low, let high, let body):
      // One that is not written out is an atom: the same kind, bounds and terms.
      if let value = node.exact() {
        result = NormalForm(NormalPolynomial(value))
      } else {
        let parts = MathNode.add(.call("low", low), .add(.call("high", high), .call("body", body)))
        guard let parts = read(parts) else { return nil }
        result = parts.opaque(kind.rawValue)
      }
    case .factorial(let a):
      guard let n = read(a)?.constant, let value = MathNode.factorial(.number(n)).exact() else { return nil }
      result = NormalForm(NormalPolynomial(value))
    case .power(let a, let b):
      guard let a = read(a), let b = read(b) else { return nil }
      result = a.power(b)
    case .root(let degree, let a):
      guard let degree = read(degree)?.constant, let exponent = Rational.one.divided(by: degree),
        let a = read(a)
      else { return nil }
      result = a.power(exponent, isRoot: true)
    case .logarithm(let base, let a):
      guard let a = read(a), let base = read(base), let below = base.logarithm.inverse else { return nil }
      result = a.logarithm.times(below)
    case .call(let name, let a):
      guard let a = read(a) else { return nil }
      switch name {
      case "ln", "log": result = a.logarithm
      case "lg":
        guard let ten = NormalForm(NormalPolynomial(Rational(10))).logarithm.inverse else { return nil }
        result = a.logarithm.times(ten)
      case "exp": result = NormalForm(NormalPolynomial(NormalMonomial(.e))).power(a)
      case "cbrt": result = a.power(.small(1, 3), isRoot: true)
      default: result = a.opaque(name)
      }
    }
    guard let result, result.above.isWithinBounds, result.below.isWithinBounds else { return nil }
    self = result
  }

  private static func atom(_ name: String) -> NormalAtom {
    switch name {
    case "pi": .pi
    case "e": .e
    case "i": .imaginary
    default: .symbol(name)
    }
  }

  // --- Arithmetic ---

  private func plus(_ other: NormalForm) -> NormalForm? {
    if below == other.below { return NormalForm(above + other.above, below) }
    guard let a = above.times(other.below), let b = other.above.times(below) else { return nil }
    return NormalForm(a + b, below.times(other.below))
  }

  private func times(_ other: NormalForm) -> NormalForm? {
    NormalForm(above.times(other.above), below.times(other.below))
  }

  private var inverse: NormalForm? { NormalForm(below, above) }
  private var negated: NormalForm {
    var form = self
    form.above = -above
    return form
  }

  fileprivate var constant: Rational? {
    guard let a = above.constant, let b = below.constant else { return nil }
    return a.divided(by: b)
  }

  // --- Powers ---

  private func power(_ exponent: NormalForm) -> NormalForm? {
    if let constant = exponent.constant { return power(constant, isRoot: false) }
    guard exponent.below.constant == .one else { return opaque("pow \(exponent.text)") }
    // a^{c + d m} = a^c (a^m)^d, for a whose powers are its own.
    var product: NormalForm? = NormalForm(NormalPolynomial(.one))
    for (monomial, coefficient) in exponent.above.terms {
      let part =
        monomial.factors.isEmpty ? power(coefficient, isRoot: false) : symbolic(monomial, coefficient)
      product = part.flatMap { product?.times($0) }
    }
    return product
  }

  /// a^{c·m}: by its primes for a rational number, as an atom otherwise.
  private func symbolic(_ monomial: NormalMonomial, _ coefficient: Rational) -> NormalForm? {
    if let value = constant, !value.isNegative, let primes = value.primes {
      var product: NormalMonomial? = .one
      for (prime, count) in primes {
        let factor = NormalMonomial(.opaque("\(prime)^(\(monomial.text))"), Rational(count) * coefficient)
        product = product.flatMap { $0.times(factor)?.0 }
      }
      return product.map { NormalForm(NormalPolynomial($0)) }
    }
    return NormalForm(NormalPolynomial(NormalMonomial(.opaque("(\(text))^(\(monomial.text))"), coefficient)))
  }

  private func power(_ exponent: Rational, isRoot: Bool) -> NormalForm? {
    if let count = exponent.integer {
      guard count.magnitude <= 64 else {
        guard let value = constant else { return opaque("pow \(count)") }
        return value == .zero ? nil : value.power(BigInt(count)).map { NormalForm(NormalPolynomial($0)) }
      }
      guard let base = count < 0 ? inverse : self, count != 0 || !above.isZero else { return nil }
      var product: NormalForm? = NormalForm(NormalPolynomial(.one))
      for _ in 0..<abs(count) { product = product?.times(base) }
      return product
    }
    // √(4x + 4) = 2 √(x + 1).
    guard below == NormalPolynomial(.one) else {
      guard let a = NormalForm(above).power(exponent, isRoot: isRoot),
        let b = NormalForm(below).power(exponent, isRoot: isRoot)?.inverse, hasPositiveValue
      else { return opaque("pow \(exponent)") }
      return a.times(b)
    }
    if let (monomial, coefficient) = above.single,
      monomial.factors.allSatisfy({ if case .prime = $0.atom { true } else { false } })
    {
      return Self.radical(coefficient, monomial, exponent)
    }
    let content = above.content
    guard !content.isNegative, content != .one, let outside = Self.radical(content, .one, exponent),
      let scale = Rational.one.divided(by: content)
    else { return opaque("pow \(exponent)") }
    return NormalForm(above.scaled(by: scale)).opaque("pow \(exponent)").flatMap(outside.times)
  }

  /// Numbers alone, so that the root of a quotient is the quotient of the roots.
  private var hasPositiveValue: Bool {
    above.atoms.union(below.atoms).allSatisfy { if case .prime = $0 { true } else { false } }
      && below.terms.values.allSatisfy { !$0.isNegative } && above.terms.values.allSatisfy { !$0.isNegative }
  }

  /// (c·m)^{exponent} for a product of primes.
  private static func radical(
    _ coefficient: Rational, _ monomial: NormalMonomial, _ exponent: Rational
  ) -> NormalForm? {
    guard coefficient.isNegative else {
      guard let primes = coefficient.primes, var (product, factor) = monomial.power(exponent) else {
        return nil
      }
      for (prime, count) in primes {
        guard let (root, outside) = NormalMonomial.make([.prime(prime): Rational(count) * exponent]),
          let (next, more) = product.times(root)
        else { return nil }
        product = next
        factor = factor * outside * more
      }
      return NormalForm(NormalPolynomial(product, factor))
    }
    // √(-3) = i √3, ∛(-8) = -2.
    guard let positive = radical(-coefficient, monomial, exponent) else { return nil }
    if exponent.denominator == 2 {
      return NormalForm(NormalPolynomial(NormalMonomial(.imaginary))).power(
        exponent * Rational(2), isRoot: false
      )
      .flatMap(positive.times)
    }
    guard exponent.denominator % 2 == 1 else { return nil }
    return exponent.numerator % 2 == 0 ? positive : positive.negated
  }

  // --- Logarithms, other functions ---

  /// ln 8 = 3 ln 2 for rational numbers, ln e = 1; an atom otherwise.
  private var logarithm: NormalForm {
    if let value = constant, !value.isNegative, value != .zero, let primes = value.primes {
      var sum = NormalPolynomial()
      for (prime, count) in primes {
        sum = sum + NormalPolynomial(NormalMonomial(.opaque("ln \(prime)")), Rational(count))
      }
      return NormalForm(sum)
    }
    if above.single?.monomial == NormalMonomial(.e), above.single?.coefficient == .one, below.constant == .one
    {
      return NormalForm(NormalPolynomial(.one))
    }
    return NormalForm(NormalPolynomial(NormalMonomial(.opaque("ln(\(text))"))))
  }

  private func opaque(_ name: String) -> NormalForm? {
    let text = text
    return text.utf8.count > 4000
      ? nil : NormalForm(NormalPolynomial(NormalMonomial(.opaque("\(name)(\(text))"))))
  }

  /// Numerator over denominator, without a common rational factor.
  private var text: String {
    let content = below.content
    guard let scale = Rational.one.divided(by: content) else { return "" }
    return "\(above.scaled(by: scale).text)÷\(below.scaled(by: scale).text)"
  }
}

extension NormalForm {
  enum Comparison: String {
    case equal, different, unknown
  }

  /// Whether two expressions are the same by algebra alone. `different` only where all that remains is independent.
  static func compare(_ a: MathNode, _ b: MathNode) -> Comparison {
    guard let a = NormalForm(a), let b = NormalForm(b),
      let left = a.above.times(b.below), let right = b.above.times(a.below)
    else { return .unknown }
    let difference = left + -right
    if difference.isZero { return .equal }
    return difference.atoms.allSatisfy(\.isIndependent) ? .different : .unknown
  }
}

extension Rational {
  /// Prime factors with their counts, those of the denominator negative; nil where one is out of reach.
  fileprivate var primes: [Int: Int]? {
    guard case .small(let n, let d) = self, n > 0 else { return nil }
    var found: [Int: Int] = [:]
    for (value, sign) in [(n, 1), (d, -1)] {
      var rest = value
      var prime = 2
      while prime * prime <= rest {
        guard prime < 20_000 else { return nil }
        while rest % prime == 0 {
          found[prime, default: 0] += sign
          rest /= prime
        }
        prime += prime == 2 ? 1 : 2
      }
      if rest > 1 { found[rest, default: 0] += sign }
    }
    return found
  }
}
