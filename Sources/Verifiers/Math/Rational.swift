import BigInt

/// An exact fraction in lowest terms, denominator above 0.
struct Rational: Hashable {
  let numerator: BigInt
  let denominator: BigInt

  /// Bits beyond which a value is not computed: a completion must not buy hours with `9^9^9`.
  static let bitLimit = 40_000

  init(_ value: BigInt) { (numerator, denominator) = (value, 1) }

  /// Nil for a denominator of 0.
  init?(_ numerator: BigInt, _ denominator: BigInt) {
    guard denominator != 0 else { return nil }
    let divisor = numerator.greatestCommonDivisor(with: denominator)
    let sign: BigInt = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / divisor
    self.denominator = sign * denominator / divisor
  }

  /// Decimal digits with an optional point: `1`, `.5`, `3.140`.
  init?(decimal text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.utf8.count <= 10_000, parts.contains(where: { !$0.isEmpty }),
      let whole = BigInt(String(parts[0]).isEmpty ? "0" : String(parts[0]))
    else { return nil }
    guard parts.count == 2, !parts[1].isEmpty else {
      self.init(whole)
      return
    }
    guard let fraction = BigInt(String(parts[1])) else { return nil }
    let scale = BigInt(10).power(parts[1].count)
    self.init(whole * scale + fraction, scale)
  }

  static func + (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator) ?? a
  }
  static func - (a: Rational, b: Rational) -> Rational { a + -b }
  static func * (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.numerator, a.denominator * b.denominator) ?? a
  }
  static prefix func - (a: Rational) -> Rational { a * Rational(-1) }

  func divided(by other: Rational) -> Rational? {
    Rational(numerator * other.denominator, denominator * other.numerator)
  }

  /// Nil for 0 to a power ≤ 0 … 0, and for results beyond the limit of bits.
  func power(_ exponent: BigInt) -> Rational? {
    guard exponent.magnitude <= 100_000, let count = Int(exactly: exponent.magnitude) else {
      if exponent >= 0, self == Rational(1) || self == Rational(0) { return self }
      return nil
    }
    let bits = max(numerator.bitWidth, denominator.bitWidth)
    guard bits * max(1, count) <= Self.bitLimit || bits <= 2 else { return nil }
    if exponent >= 0 {
      return Rational(numerator.power(count), denominator.power(count))
    }
    return Rational(denominator.power(count), numerator.power(count))
  }

  var isInteger: Bool { denominator == 1 }
  var isWithinLimit: Bool { max(numerator.bitWidth, denominator.bitWidth) <= Self.bitLimit }

  var double: Double {
    // Both may lie beyond Double's range: shift them together first.
    let shift = max(0, max(numerator.bitWidth, denominator.bitWidth) - 1000)
    let (n, d) = (numerator >> shift, denominator >> shift)
    return d == 0 ? (numerator < 0 ? -Double.infinity : .infinity) : Double(n) / Double(d)
  }
}
