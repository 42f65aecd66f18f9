import Foundation

/// Elementary functions; each nil outside of its domain, or where its argument is so large that digits run out.
extension Precise {
  /// What a function adds to the error of its argument, relative to a result near 1.
  private static let functionUnit = 0x1p-90

  var exponential: Precise? {
    guard abs(high) < 700, error < 1 else { return nil }
    // e^x = 2^k · (e^(r / 512))^512, by the series for e^(r / 512) - 1.
    let k = (high / M_LN2).rounded()
    let r = (self - Self.ln2 * Precise(k)).scaled(-9)
    var term = r, sum = r
    for n in 2...11 {
      guard let next = (term * r) / Precise(Double(n)) else { return nil }
      term = next
      sum = sum + term
    }
    for _ in 0..<9 { sum = sum + sum + sum * sum }
    let value = (Precise(1) + sum).scaled(Int(k))
    return value.with(error: value.magnitude * (2 * error + Self.functionUnit))
  }

  var logarithm: Precise? {
    guard high > 0, high > 2 * error else { return nil }
    // One step of Newton's from fp64.
    let first = Precise(log(high))
    guard let inverse = (-first).exponential else { return nil }
    let value = first + (exact * inverse - Precise(1))
    return value.with(error: 2 * error / high + Self.functionUnit * max(1, value.magnitude))
  }

  /// Sine and cosine.
  var circular: (sine: Precise, cosine: Precise)? {
    guard abs(high) < 1e6, error < 1 else { return nil }
    let quarter = Self.pi.scaled(-1)
    let turns = (high / quarter.high).rounded()
    let r = exact - quarter * Precise(turns)
    let square = -(r * r)
    var (sine, cosine) = (r, Precise(1))
    var (odd, even) = (r, Precise(1))
    for n in 1...14 {
      guard let nextOdd = (odd * square) / Precise(Double(2 * n * (2 * n + 1))),
        let nextEven = (even * square) / Precise(Double(2 * n * (2 * n - 1)))
      else { return nil }
      (odd, even) = (nextOdd, nextEven)
      sine = sine + odd
      cosine = cosine + even
    }
    let bound = error + r.error + Self.functionUnit
    let (s, c) = (sine.with(error: bound), cosine.with(error: bound))
    switch Int(turns) & 3 {
    case 0: return (s, c)
    case 1: return (c, -s)
    case 2: return (-s, -c)
    default: return (-c, s)
    }
  }

  var arctangent: Precise? {
    // tan(θ - θ₀) = (x cos θ₀ - sin θ₀) / (cos θ₀ + x sin θ₀), with θ₀ from fp64.
    let first = Precise(atan(high))
    guard let (s, c) = first.circular, let step = (exact * c - s) / (c + exact * s) else { return nil }
    let value = first + step
    return value.with(error: error + Self.functionUnit)
  }

  var arcsine: Precise? {
    guard let root = (Precise(1) - self * self).squareRoot else { return nil }
    if root.high == 0 { return isNegative ? -Self.pi.scaled(-1) : Self.pi.scaled(-1) }
    return (self / root)?.arctangent
  }

  /// With a whole exponent by squaring; else of a positive base.
  func power(_ exponent: Precise, whole: Int?) -> Precise? {
    guard let whole else {
      guard let logarithm else { return nil }
      return (logarithm * exponent).exponential
    }
    guard abs(whole) <= 1 << 20 else { return nil }
    var (result, square, left) = (Precise(1), self, abs(whole))
    while left > 0 {
      if left & 1 == 1 { result = result * square }
      left >>= 1
      if left > 0 { square = square * square }
    }
    guard result.high.isFinite, result.error.isFinite else { return nil }
    return whole < 0 ? Precise(1) / result : result
  }

  /// Without its error, which the caller accounts for.
  private var exact: Precise { with(error: 0) }
}
