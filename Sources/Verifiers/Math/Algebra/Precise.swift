import BigInt
import Foundation

/// A real number in about thirty digits, with a bound on its error: the unevaluated sum of two fp64 numbers (Dekker 1971,
/// doi:10.1007/BF01397083; Knuth, The Art of Computer Programming 2, §4.2.2).
///
/// The bounds are generous: 2⁻⁹⁸ of the result for each operation, where double-double arithmetic errs by 2⁻¹⁰⁴ or less.
struct Precise {
  private(set) var high: Double
  private(set) var low: Double
  /// Absolute.
  private(set) var error: Double

  private static let unit = 0x1p-98

  init(_ value: Double) { (high, low, error) = (value, 0, 0) }

  /// - Precondition: `low` is below half a unit of `high` in its last place.
  private init(_ high: Double, _ low: Double, error: Double) {
    (self.high, self.low, self.error) = (high, low, error)
  }

  /// Nil beyond what fp64 holds.
  init?(_ value: Rational) {
    func whole(_ value: BigInt) -> Precise? {
      let high = Double(value)
      guard high.isFinite else { return nil }
      return Precise(high, Double(value - BigInt(high)), error: abs(high) * Self.unit)
    }
    guard let above = whole(value.numerator), let below = whole(value.denominator),
      let quotient = above / below
    else {
      return nil
    }
    self = quotient
  }

  static let pi = Precise(.pi, 1.2246467991473532e-16, error: 3e-33)
  static let ln2 = Precise(0.6931471805599453, 2.3190468138462996e-17, error: 6e-34)

  var magnitude: Double { abs(high) }
  var isNegative: Bool { high < 0 }

  /// The same value with another bound.
  func with(error: Double) -> Precise { Precise(high, low, error: error) }

  static prefix func - (a: Precise) -> Precise { Precise(-a.high, -a.low, error: a.error) }

  static func + (a: Precise, b: Precise) -> Precise {
    let (s, e) = exactSum(a.high, b.high), (t, f) = exactSum(a.low, b.low)
    let (u, v) = quickSum(s, e + t), (high, low) = quickSum(u, v + f)
    return Precise(
      high, low, error: a.error + b.error + abs(high) * unit + max(abs(a.high), abs(b.high)) * 0x1p-104)
  }

  static func - (a: Precise, b: Precise) -> Precise { a + -b }

  static func * (a: Precise, b: Precise) -> Precise {
    let product = a.high * b.high
    let rest = (-product).addingProduct(a.high, b.high) + (a.high * b.low + a.low * b.high)
    let (high, low) = quickSum(product, rest)
    return Precise(
      high, low, error: a.magnitude * b.error + b.magnitude * a.error + a.error * b.error + abs(high) * unit)
  }

  /// Nil where the divisor may be 0.
  static func / (a: Precise, b: Precise) -> Precise? {
    let least = b.magnitude - b.error
    guard least > 0 else { return nil }
    let divisor = Precise(b.high, b.low, error: 0)
    let first = a.high / b.high
    var rest = a - divisor * Precise(first)
    let second = rest.high / b.high
    rest = rest - divisor * Precise(second)
    let (u, v) = quickSum(first, second), (high, low) = quickSum(u, v + rest.high / b.high)
    guard high.isFinite else { return nil }
    return Precise(high, low, error: (a.error + abs(high) * b.error) / least + abs(high) * unit)
  }

  /// Times a power of two.
  func scaled(_ exponent: Int) -> Precise {
    let factor = Double(sign: .plus, exponent: exponent, significand: 1)
    return Precise(high * factor, low * factor, error: error * factor)
  }

  /// Nil where it may be negative; 0 of an exact 0.
  var squareRoot: Precise? {
    if high == 0, error == 0 { return self }
    guard high > 0, high > 2 * error else { return nil }
    let first = Precise(high.squareRoot())
    guard let step = (Precise(high, low, error: 0) - first * first) / (first + first) else { return nil }
    let root = first + step
    return Precise(root.high, root.low, error: error / root.high + root.high * Self.unit)
  }

  /// The sum of two numbers and what rounding took from it.
  private static func exactSum(_ a: Double, _ b: Double) -> (Double, Double) {
    let sum = a + b, part = sum - a
    return (sum, (a - (sum - part)) + (b - part))
  }

  /// The same where the first is the larger.
  private static func quickSum(_ a: Double, _ b: Double) -> (Double, Double) {
    let sum = a + b
    return (sum, b - (sum - a))
  }
}
