import BigInt
import Foundation

/// An expression: numbers exact, symbols by name.
indirect enum MathNode: Hashable {
  case number(Rational)
  case symbol(String)
  case add(MathNode, MathNode)
  case multiply(MathNode, MathNode)
  case divide(MathNode, MathNode)
  case power(MathNode, MathNode)
  case negate(MathNode)
  /// Degree 2 for `\sqrt`.
  case root(degree: MathNode, MathNode)
  case call(String, MathNode)
  case logarithm(base: MathNode, MathNode)
  case factorial(MathNode)
  /// A number of degrees.
  case degrees(MathNode)

  static let constants: Set<String> = ["pi", "e", "i"]

  var symbols: Set<String> {
    switch self {
    case .number: []
    case .symbol(let name): Self.constants.contains(name) ? [] : [name]
    case .add(let a, let b), .multiply(let a, let b), .divide(let a, let b), .power(let a, let b),
      .root(let a, let b), .logarithm(let a, let b):
      a.symbols.union(b.symbols)
    case .negate(let a), .call(_, let a), .factorial(let a), .degrees(let a): a.symbols
    }
  }

  /// Exact value with the symbols at rational points; nil where a root, π or a function stands in the way, or
  /// a value would outgrow the limit of bits.
  func exact(_ values: [String: Rational] = [:]) -> Rational? {
    let result: Rational?
    switch self {
    case .number(let value): return value
    case .symbol(let name): return values[name]
    case .add(let a, let b):
      guard let a = a.exact(values), let b = b.exact(values) else { return nil }
      result = a + b
    case .multiply(let a, let b):
      guard let a = a.exact(values), let b = b.exact(values) else { return nil }
      result = a * b
    case .divide(let a, let b):
      guard let a = a.exact(values), let b = b.exact(values) else { return nil }
      result = a.divided(by: b)
    case .power(let a, let b):
      guard let a = a.exact(values), let b = b.exact(values), b.isInteger else { return nil }
      result = a == Rational(0) && b.numerator <= 0 ? nil : a.power(b.numerator)
    case .negate(let a): return a.exact(values).map { -$0 }
    case .factorial(let a):
      guard let n = a.exact(values), n.isInteger, n.numerator >= 0, n.numerator <= 2000 else { return nil }
      var product = BigInt(1)
      for factor in 1...max(1, Int(n.numerator)) { product *= BigInt(factor) }
      result = Rational(product)
    case .root(let degree, let a):
      // Perfect powers only.
      guard degree.exact() == Rational(2), let a = a.exact(values), a.numerator >= 0 else { return nil }
      let (n, d) = (a.numerator.squareRoot(), a.denominator.squareRoot())
      guard n * n == a.numerator, d * d == a.denominator else { return nil }
      result = Rational(n, d)
    case .call, .logarithm, .degrees: return nil
    }
    return result.flatMap { $0.isWithinLimit ? $0 : nil }
  }

  /// Value in fp64; nil where it is not a finite real number.
  func double(_ values: [String: Double] = [:]) -> Double? {
    func both(_ a: MathNode, _ b: MathNode, _ f: (Double, Double) -> Double) -> Double? {
      guard let a = a.double(values), let b = b.double(values) else { return nil }
      return f(a, b)
    }
    let result: Double?
    switch self {
    case .number(let value): result = value.double
    case .symbol("pi"): result = .pi
    case .symbol("e"): result = values["e"] ?? M_E
    case .symbol(let name): result = values[name]
    case .add(let a, let b): result = both(a, b, +)
    case .multiply(let a, let b): result = both(a, b, *)
    case .divide(let a, let b): result = both(a, b, /)
    case .power(let a, let b): result = both(a, b) { Self.power($0, $1, exponent: b) }
    case .negate(let a): result = a.double(values).map { -$0 }
    case .root(let degree, let a): result = both(degree, a) { Self.root($1, degree: $0) }
    case .logarithm(let base, let a): result = both(base, a) { log($1) / log($0) }
    case .factorial(let a):
      result = a.double(values).map { $0 >= 0 && $0 == $0.rounded() ? tgamma($0 + 1) : .nan }
    case .degrees(let a): result = a.double(values).map { $0 * .pi / 180 }
    case .call(let name, let a): result = a.double(values).flatMap { Self.functions[name]?($0) }
    }
    return result.flatMap { $0.isFinite ? $0 : nil }
  }

  /// Real odd roots of negative numbers, as in school.
  private static func root(_ x: Double, degree: Double) -> Double {
    if x < 0, degree == degree.rounded(), Int(exactly: degree).map({ $0 % 2 == 1 }) == true {
      return -pow(-x, 1 / degree)
    }
    return degree == 2 ? x.squareRoot() : pow(x, 1 / degree)
  }

  private static func power(_ x: Double, _ y: Double, exponent: MathNode) -> Double {
    if x < 0, let fraction = exponent.exact(), fraction.denominator % 2 == 1 {
      return fraction.numerator % 2 == 0 ? pow(-x, y) : -pow(-x, y)
    }
    return pow(x, y)
  }

  private static let functions: [String: @Sendable (Double) -> Double] = [
    "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "cot": { 1 / tan($0) },
    "sec": { 1 / cos($0) }, "csc": { 1 / sin($0) }, "ln": { log($0) }, "log": { log($0) },
    "exp": { exp($0) }, "arcsin": { asin($0) }, "arccos": { acos($0) }, "arctan": { atan($0) },
    "abs": { abs($0) },
  ]
}

extension MathNode {
  /// Whether two expressions are the same function of their symbols.
  ///
  /// Exact where both are rational: at random points (Schwartz 1980, Zippel 1979; an error has a probability
  /// below degree / 10⁶ a point). Roots, π and functions: in fp64 at random points, relative to 1e-11.
  func equals(_ other: MathNode) -> Bool {
    let names = symbols.union(other.symbols).sorted()
    if names.isEmpty {
      if let a = exact(), let b = other.exact() { return a == b }
      guard let a = double(), let b = other.double() else { return self == other }
      return Self.close(a, b)
    }
    var agreed = 0
    for round in 0..<8 {
      var points: [String: Rational] = [:]
      for (index, name) in names.enumerated() {
        // Fixed odd points: the same verdict on every machine.
        let seed = UInt64(round * 31 + index * 7 + 3) &* 0x9e37_79b9_7f4a_7c15
        points[name] = Rational(BigInt(seed >> 44) + 2, BigInt(997 + 2 * index)) ?? Rational(2)
      }
      if let a = exact(points), let b = other.exact(points) {
        if a != b { return false }
        agreed += 1
        continue
      }
      // fp64 likes points of moderate size.
      var doubles: [String: Double] = [:]
      for (index, name) in names.enumerated() {
        doubles[name] = 0.31 + 0.173 * Double(round + 1) + 0.0917 * Double(index * (round + 2))
      }
      if names.contains("e") { doubles["e"] = nil }
      switch (double(doubles), other.double(doubles)) {
      case (let a?, let b?):
        if !Self.close(a, b) { return false }
        agreed += 1
      case (nil, nil): continue
      default: return false
      }
    }
    return agreed >= 3 || self == other
  }

  /// Relative; never absolute, except that an exact 0 may have come out as rounding of larger terms.
  private static func close(_ a: Double, _ b: Double) -> Bool {
    if a == b { return true }
    if a == 0 || b == 0 { return max(abs(a), abs(b)) < 1e-14 }
    return abs(a - b) <= 1e-11 * max(abs(a), abs(b))
  }
}
