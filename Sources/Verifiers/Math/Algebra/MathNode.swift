import BigInt
import Foundation

/// An expression: numbers exact, symbols by name.
indirect enum MathNode: Hashable, Sendable {
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
  /// Σ and Π; in the body, `MathNode.index` stands for the variable that runs.
  case series(Series, low: MathNode, high: MathNode, body: MathNode)

  enum Series: String { case sum = "Σ", product = "Π" }

  /// What a series calls the variable that runs, whatever it was called.
  static let index = "#"

  /// Names that are no constants.
  var symbols: Set<String> {
    var names: Set<String> = []
    collect(into: &names)
    return names
  }

  private func collect(into names: inout Set<String>) {
    switch self {
    case .number: break
    case .symbol(let name): if name != "pi", name != "e", name != "i" { names.insert(name) }
    case .add(let a, let b), .multiply(let a, let b), .divide(let a, let b), .power(let a, let b),
      .root(let a, let b), .logarithm(let a, let b):
      a.collect(into: &names)
      b.collect(into: &names)
    case .negate(let a), .call(_, let a), .factorial(let a), .degrees(let a): a.collect(into: &names)
    case .series(_, let low, let high, let body):
      low.collect(into: &names)
      high.collect(into: &names)
      names.formUnion(body.symbols.subtracting([Self.index]))
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
      result = a.exact(values).flatMap(Self.factorial)
    case .root(let degree, let a):
      guard degree.exact() == Rational(2) else { return nil }
      result = a.exact(values).flatMap(Self.squareRoot)
    case .series(let kind, let low, let high, let body):
      result = Self.exact(kind, low, high, body, values)
    case .call("floor", let a): return a.exact(values).map { Rational($0.floor) }
    case .call("ceil", let a): return a.exact(values).map { -Rational((-$0).floor) }
    case .call, .logarithm, .degrees: return nil
    }
    return result.flatMap { $0.isWithinLimit ? $0 : nil }
  }

  // Functions of their own, so that `exact` and `complex` need little of the stack.

  @inline(never)
  private static func exact(
    _ kind: Series, _ low: MathNode, _ high: MathNode, _ body: MathNode, _ values: [String: Rational]
  ) -> Rational? {
    guard let range = range(low.exact(values), high.exact(values)) else { return nil }
    var total = Rational(kind == .sum ? 0 : 1)
    for index in range {
      guard let term = body.exact(values.merging([Self.index: Rational(index)]) { $1 }) else { return nil }
      total = kind == .sum ? total + term : total * term
      // Sums of factorials and powers are not worked out.
      guard total.bits <= 2000 else { return nil }
    }
    return total
  }

  @inline(never)
  private static func complex(
    _ kind: Series, _ low: MathNode, _ high: MathNode, _ body: MathNode, _ values: [String: Double]
  ) -> Complex? {
    guard let range = range(low.exact(), high.exact()) else { return nil }
    var total = Complex(kind == .sum ? 0 : 1)
    for index in range {
      guard let term = body.complex(values.merging([Self.index: Double(index)]) { $1 }) else { return nil }
      total = kind == .sum ? total + term : total * term
    }
    return total
  }

  @inline(never)
  private static func factorial(_ n: Rational) -> Rational? {
    guard n.isInteger, n.numerator >= 0, n.numerator <= 2000 else { return nil }
    var product = BigInt(1)
    for factor in 1...max(1, Int(n.numerator)) { product *= BigInt(factor) }
    return Rational(product)
  }

  /// Perfect powers only.
  @inline(never)
  private static func squareRoot(_ value: Rational) -> Rational? {
    guard value.numerator >= 0 else { return nil }
    let (n, d) = (value.numerator.squareRoot(), value.denominator.squareRoot())
    guard n * n == value.numerator, d * d == value.denominator else { return nil }
    return Rational(n, d)
  }

  /// What a series runs over: at most 100 terms, none for a range that is empty.
  private static func range(_ low: Rational?, _ high: Rational?) -> ClosedRange<Int>? {
    guard let low, let high, low.isInteger, high.isInteger, let first = Int(exactly: low.numerator),
      let last = Int(exactly: high.numerator), first <= last, last &- first < 100
    else { return nil }
    return first...last
  }

  /// Value in fp64; nil where it is not a finite real number.
  func double(_ values: [String: Double] = [:]) -> Double? { complex(values)?.real }

  /// Value in fp64; nil where it is not finite.
  func complex(_ values: [String: Double] = [:]) -> Complex? {
    func both(_ a: MathNode, _ b: MathNode, _ f: (Complex, Complex) -> Complex?) -> Complex? {
      guard let a = a.complex(values), let b = b.complex(values) else { return nil }
      return f(a, b)
    }
    let result: Complex?
    switch self {
    case .number(let value): result = Complex(value.double)
    case .symbol("pi"): result = Complex(.pi)
    case .symbol("e"): result = Complex(values["e"] ?? M_E)
    case .symbol("i"): result = values["i"].map { Complex($0) } ?? Complex(0, 1)
    case .symbol(let name): result = values[name].map { Complex($0) }
    case .add(let a, let b): result = both(a, b, +)
    case .multiply(let a, let b): result = both(a, b, *)
    case .divide(let a, let b): result = both(a, b, /)
    case .power(let a, let b): result = both(a, b) { Self.power($0, $1, exponent: b) }
    case .negate(let a): result = a.complex(values).map { -$0 }
    case .root(let degree, let a): result = both(degree, a) { degree, x in degree.real.map { x.root($0) } }
    case .logarithm(let base, let a): result = both(base, a) { $1.logarithm / $0.logarithm }
    case .factorial(let a):
      result = a.double(values).map { Complex($0 < 0 && $0 == $0.rounded() ? .nan : tgamma($0 + 1)) }
    case .degrees(let a): result = a.complex(values).map { $0 * Complex(.pi / 180) }
    case .call(let name, let a): result = a.complex(values).flatMap { Self.apply(name, $0) }
    case .series(let kind, let low, let high, let body):
      result = Self.complex(kind, low, high, body, values)
    }
    return result.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func power(_ x: Complex, _ y: Complex, exponent: MathNode) -> Complex {
    if x.im == 0, x.re < 0, let fraction = exponent.exact(), !fraction.isInteger,
      fraction.denominator % 2 == 1
    {
      return Complex(fraction.numerator % 2 == 0 ? pow(-x.re, y.re) : -pow(-x.re, y.re))
    }
    return x.power(y)
  }

  private static func apply(_ name: String, _ x: Complex) -> Complex? {
    switch name {
    case "ln", "log": return x.logarithm
    case "lg": return x.logarithm / Complex(log(10))
    case "exp": return x.exponential
    case "abs": return Complex(x.magnitude)
    case "cis": return x.real.map { Complex(cos($0), sin($0)) }
    default: return x.real.flatMap { functions[name]?($0) }.map { Complex($0) }
    }
  }

  /// No number where rounding may have gone over a step: ⌊log₁₀ 1000⌋.
  private static func stepped(_ x: Double) -> Double {
    x != x.rounded() && abs(x - x.rounded()) < 1e-12 * max(1, abs(x)) ? .nan : x
  }

  private static let functions: [String: @Sendable (Double) -> Double] = [
    "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "cot": { 1 / tan($0) },
    "sec": { 1 / cos($0) }, "csc": { 1 / sin($0) }, "arcsin": { asin($0) }, "arccos": { acos($0) },
    "arctan": { atan($0) }, "asin": { asin($0) }, "acos": { acos($0) }, "atan": { atan($0) },
    "sinh": { sinh($0) },
    "cosh": { cosh($0) }, "tanh": { tanh($0) },
    "floor": { stepped($0).rounded(.down) }, "ceil": { stepped($0).rounded(.up) },
  ]
}
