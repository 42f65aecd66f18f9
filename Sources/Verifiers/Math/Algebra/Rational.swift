import BigInt

/// An exact fraction in lowest terms, denominator above 0.
///
/// Nearly all numbers of answers fit a machine word; big integers are used only where they do not.
enum Rational: Hashable {
  case small(Int, Int)
  /// Only where either part does not fit `Int`, so that equal values have equal cases.
  case big(BigInt, BigInt)

  /// Bits beyond which a value is not computed: a completion must not buy hours with `9^9^9`.
  static let bitLimit = 40_000

  /// Digits of a literal; longer whole numbers are compared as text (`MathAnswer`).
  static let mostDigits = 1_500

  static let zero = Rational(0)
  static let one = Rational(1)

  init(_ value: Int) { self = .small(value, 1) }
  init(_ value: BigInt) { self.init(lowest: value, 1) }

  /// Nil for a denominator of 0.
  init?(_ numerator: BigInt, _ denominator: BigInt) {
    guard denominator != 0 else { return nil }
    if let n = Int(exactly: numerator), let d = Int(exactly: denominator), let small = Rational(n, d) {
      self = small
      return
    }
    let divisor = numerator.greatestCommonDivisor(with: denominator)
    let sign: BigInt = denominator < 0 ? -1 : 1
    self.init(lowest: sign * numerator / divisor, sign * denominator / divisor)
  }

  /// Nil for a denominator of 0, and for `Int.min`.
  private init?(_ numerator: Int, _ denominator: Int) {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    let divisor = Self.divisor(numerator.magnitude, denominator.magnitude)
    let sign = denominator < 0 ? -1 : 1
    self = .small(sign * numerator / divisor, sign * denominator / divisor)
  }

  private init(lowest numerator: BigInt, _ denominator: BigInt) {
    if let n = Int(exactly: numerator), let d = Int(exactly: denominator) {
      self = .small(n, d)
    } else {
      self = .big(numerator, denominator)
    }
  }

  private static func divisor(_ a: UInt, _ b: UInt) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return Int(a)
  }

  /// Decimal digits with an optional point: `1`, `.5`, `3.140`.
  init?(decimal text: some StringProtocol) {
    guard text.utf8.count <= Self.mostDigits else { return nil }
    var digits = 0
    var places: Int?
    for byte in text.utf8 {
      if byte == UInt8(ascii: "."), places == nil {
        places = 0
      } else if byte &- 48 < 10 {
        digits += 1
        if places != nil { places? += 1 }
      } else {
        return nil
      }
    }
    guard digits > 0 else { return nil }
    if digits <= 18 {
      var value = 0
      for byte in text.utf8 where byte != UInt8(ascii: ".") { value = value * 10 + Int(byte &- 48) }
      var scale = 1
      for _ in 0..<(places ?? 0) { scale *= 10 }
      guard let small = Rational(value, scale) else { return nil }
      self = small
      return
    }
    guard let value = BigInt(String(text.filter { $0 != "." })) else { return nil }
    if let places, places > 0 {
      guard let big = Rational(value, BigInt(10).power(places)) else { return nil }
      self = big
    } else {
      self.init(value)
    }
  }

  var numerator: BigInt {
    switch self {
    case .small(let n, _): BigInt(n)
    case .big(let n, _): n
    }
  }

  var denominator: BigInt {
    switch self {
    case .small(_, let d): BigInt(d)
    case .big(_, let d): d
    }
  }

  static func + (a: Rational, b: Rational) -> Rational {
    if case .small(let n, let d) = a, case .small(let p, let q) = b {
      let (x, y, z) = (
        n.multipliedReportingOverflow(by: q), p.multipliedReportingOverflow(by: d),
        d.multipliedReportingOverflow(by: q)
      )
      let sum = x.partialValue.addingReportingOverflow(y.partialValue)
      if !x.overflow, !y.overflow, !z.overflow, !sum.overflow,
        let small = Rational(sum.partialValue, z.partialValue)
      {
        return small
      }
    }
    return Rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
      ?? a
  }
  static func - (a: Rational, b: Rational) -> Rational { a + -b }
  static func * (a: Rational, b: Rational) -> Rational {
    if case .small(let n, let d) = a, case .small(let p, let q) = b {
      let (x, y) = (n.multipliedReportingOverflow(by: p), d.multipliedReportingOverflow(by: q))
      if !x.overflow, !y.overflow, let small = Rational(x.partialValue, y.partialValue) { return small }
    }
    return Rational(a.numerator * b.numerator, a.denominator * b.denominator) ?? a
  }
  static prefix func - (a: Rational) -> Rational {
    if case .small(let n, let d) = a, n != .min { return .small(-n, d) }
    return Rational(lowest: -a.numerator, a.denominator)
  }

  func divided(by other: Rational) -> Rational? {
    if case .small(let p, let q) = other, p != 0, p != .min {
      return self * .small(p < 0 ? -q : q, abs(p))
    }
    return Rational(numerator * other.denominator, denominator * other.numerator)
  }

  /// Nil for 0 to a power ≤ 0 … 0, and for results beyond the limit of bits.
  func power(_ exponent: BigInt) -> Rational? {
    guard exponent.magnitude <= 100_000, let count = Int(exactly: exponent.magnitude) else {
      if exponent >= 0, self == .one || self == .zero { return self }
      return nil
    }
    if count <= 62, let small = smallPower(count) {
      return exponent >= 0 ? small : Rational.one.divided(by: small)
    }
    let (n, d) = (numerator, denominator)
    let bits = max(n.bitWidth, d.bitWidth)
    guard bits * max(1, count) <= Self.bitLimit || bits <= 2 else { return nil }
    if exponent >= 0 { return Rational(n.power(count), d.power(count)) }
    return Rational(d.power(count), n.power(count))
  }

  /// Nil where a product leaves the machine word.
  private func smallPower(_ count: Int) -> Rational? {
    guard case .small(let n, let d) = self else { return nil }
    var (above, below) = (1, 1)
    for _ in 0..<count {
      let (x, y) = (above.multipliedReportingOverflow(by: n), below.multipliedReportingOverflow(by: d))
      guard !x.overflow, !y.overflow, x.partialValue != .min else { return nil }
      (above, below) = (x.partialValue, y.partialValue)
    }
    return .small(above, below)
  }

  var isInteger: Bool {
    switch self {
    case .small(_, let d): d == 1
    case .big(_, let d): d == 1
    }
  }
  var isNegative: Bool {
    switch self {
    case .small(let n, _): n < 0
    case .big(let n, _): n < 0
    }
  }
  /// Of the longer of its parts, where they do not fit a machine word.
  var bits: Int { if case .big(let n, let d) = self { max(n.bitWidth, d.bitWidth) } else { 64 } }
  var isWithinLimit: Bool { bits <= Self.bitLimit }

  /// A whole number that fits a machine word.
  var integer: Int? {
    if case .small(let n, 1) = self { n } else { nil }
  }

  var double: Double {
    switch self {
    case .small(let n, let d):
      return Double(n) / Double(d)
    case .big(let n, let d):
      // Both may lie beyond Double's range: shift them together first.
      let shift = max(0, max(n.bitWidth, d.bitWidth) - 1000)
      let (n, d) = (n >> shift, d >> shift)
      return d == 0 ? (n < 0 ? -Double.infinity : .infinity) : Double(n) / Double(d)
    }
  }
}
