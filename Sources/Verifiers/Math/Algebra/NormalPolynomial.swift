import BigInt

/// A product of atoms with rational exponents: `2^{1/2} x^2 π`. Sorted by atom, no exponent 0.
struct NormalMonomial: Hashable {
  var factors: [Factor] = []

  struct Factor: Hashable {
    var atom: NormalAtom
    var exponent: Rational
  }

  static let one = NormalMonomial()
}

/// What a normal form is built of; different atoms are taken for independent.
enum NormalAtom: Hashable, Comparable {
  /// With a fractional exponent in (0, 1): radicals of different primes are independent over ℚ (Besicovitch 1940).
  case prime(Int)
  case imaginary
  case symbol(String)
  case pi, e
  /// A function or root of a normal form, by its text. Nothing is known of how it depends on others.
  case opaque(String)

  /// Whether nothing else can equal it but by its own name.
  var isIndependent: Bool { if case .opaque = self { false } else { true } }

  /// The same for equal atoms alone: names go with their lengths.
  var text: String {
    switch self {
    case .prime(let prime): String(prime)
    case .imaginary: "i"
    case .pi: "π"
    case .e: "e"
    case .symbol(let name): "s\(name.utf8.count):\(name)"
    case .opaque(let name): "o\(name.utf8.count):\(name)"
    }
  }
}

/// A sum of monomials with rational coefficients.
struct NormalPolynomial: Hashable {
  private(set) var terms: [NormalMonomial: Rational] = [:]

  /// Beyond this many terms nothing is decided.
  static let mostTerms = 300
  /// Nor beyond this many bits of a coefficient.
  static let mostBits = 4000

  init() {}
  init(_ value: Rational) { if value != .zero { terms[.one] = value } }
  init(_ monomial: NormalMonomial, _ coefficient: Rational = .one) {
    if coefficient != .zero { terms[monomial] = coefficient }
  }

  var isZero: Bool { terms.isEmpty }
  var atoms: Set<NormalAtom> { Set(terms.keys.flatMap { $0.factors.map(\.atom) }) }

  /// The only term, if there is one alone; nil for 0.
  var single: (monomial: NormalMonomial, coefficient: Rational)? {
    terms.count == 1 ? terms.first.map { ($0.key, $0.value) } : nil
  }

  var constant: Rational? {
    if terms.isEmpty { return .zero }
    return terms.count == 1 ? terms[.one] : nil
  }

  private mutating func add(_ monomial: NormalMonomial, _ coefficient: Rational) {
    let sum = (terms[monomial] ?? .zero) + coefficient
    terms[monomial] = sum == .zero ? nil : sum
  }

  static func + (a: NormalPolynomial, b: NormalPolynomial) -> NormalPolynomial {
    var sum = a
    for (monomial, coefficient) in b.terms { sum.add(monomial, coefficient) }
    return sum
  }

  static prefix func - (a: NormalPolynomial) -> NormalPolynomial {
    var negated = NormalPolynomial()
    negated.terms = a.terms.mapValues { -$0 }
    return negated
  }

  /// Nil beyond the bounds.
  func times(_ other: NormalPolynomial) -> NormalPolynomial? {
    guard terms.count * other.terms.count <= 20_000 else { return nil }
    var product = NormalPolynomial()
    for (a, x) in terms {
      for (b, y) in other.terms {
        guard let (monomial, factor) = a.times(b) else { return nil }
        product.add(monomial, x * y * factor)
      }
    }
    return product.isWithinBounds ? product : nil
  }

  var isWithinBounds: Bool {
    terms.count <= Self.mostTerms
      && terms.values.allSatisfy {
        if case .big(let n, let d) = $0 { max(n.bitWidth, d.bitWidth) <= Self.mostBits } else { true }
      }
  }

  /// The largest rational number that divides all coefficients into coprime integers, with the sign of the term
  /// that comes first in the text.
  var content: Rational {
    var (above, below) = (BigInt(0), BigInt(1))
    for value in terms.values {
      above = above.greatestCommonDivisor(with: value.numerator)
      let d = value.denominator
      below = below / below.greatestCommonDivisor(with: d) * d
    }
    guard let content = Rational(above, below), above != 0 else { return .one }
    let isNegative = sorted.first.map { $0.1.isNegative } ?? false
    return isNegative ? -content : content
  }

  func scaled(by factor: Rational) -> NormalPolynomial {
    var scaled = NormalPolynomial()
    scaled.terms = terms.mapValues { $0 * factor }
    return scaled
  }

  private var sorted: [(NormalMonomial, Rational)] {
    if terms.count < 2 { return terms.map { ($0.key, $0.value) } }
    return terms.map { (text: $0.key.text, term: ($0.key, $0.value)) }.sorted { $0.text < $1.text }.map(
      \.term)
  }

  /// The same for equal polynomials alone.
  var text: String {
    sorted.map { $0.1.text + $0.0.text }.joined(separator: "+")
  }
}

extension NormalMonomial {
  init(_ atom: NormalAtom, _ exponent: Rational = .one) {
    factors = exponent == .zero ? [] : [Factor(atom: atom, exponent: exponent)]
  }

  /// The product, and the rational factor that whole powers of primes and of i leave.
  func times(_ other: NormalMonomial) -> (NormalMonomial, Rational)? {
    if factors.isEmpty { return (other, .one) }
    if other.factors.isEmpty { return (self, .one) }
    var exponents: [NormalAtom: Rational] = [:]
    for factor in factors { exponents[factor.atom] = factor.exponent }
    for factor in other.factors {
      exponents[factor.atom, default: .zero] = (exponents[factor.atom] ?? .zero) + factor.exponent
    }
    return Self.make(exponents)
  }

  static func make(_ exponents: [NormalAtom: Rational]) -> (NormalMonomial, Rational)? {
    var coefficient = Rational.one
    var factors: [Factor] = []
    for (atom, exponent) in exponents where exponent != .zero {
      switch atom {
      case .prime(let prime):
        // 2^{3/2} = 2 · 2^{1/2}.
        let whole = exponent.floor
        guard let power = Rational(prime).power(whole) else { return nil }
        coefficient = coefficient * power
        let rest = exponent - Rational(whole)
        if rest != .zero { factors.append(Factor(atom: atom, exponent: rest)) }
      case .imaginary:
        guard let count = exponent.integer else { return nil }
        let turn = ((count % 4) + 4) % 4
        if turn >= 2 { coefficient = -coefficient }
        if turn % 2 == 1 { factors.append(Factor(atom: atom, exponent: .one)) }
      default: factors.append(Factor(atom: atom, exponent: exponent))
      }
    }
    factors.sort { $0.atom < $1.atom }
    return (NormalMonomial(factors: factors), coefficient)
  }

  /// Every exponent times `factor`.
  func power(_ factor: Rational) -> (NormalMonomial, Rational)? {
    var exponents: [NormalAtom: Rational] = [:]
    for item in factors { exponents[item.atom] = item.exponent * factor }
    return Self.make(exponents)
  }

  var text: String {
    factors.map { "·" + $0.atom.text + "^" + $0.exponent.text }.joined()
  }
}

extension Rational {
  fileprivate var text: String {
    switch self {
    case .small(let n, let d): String(n) + "/" + String(d)
    case .big(let n, let d): "\(n)/\(d)"
    }
  }

  /// The largest integer that is not above.
  var floor: BigInt {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
