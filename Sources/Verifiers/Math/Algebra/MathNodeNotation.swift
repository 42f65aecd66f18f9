extension MathNode {
  /// The expression as text, with its sums and products in one order and signs in front: the same for `1 - 2x` and
  /// `-2x + 1`, `i\frac{\sqrt3}{2}` and `\frac{i\sqrt3}{2}`, but not for `2^{10}` and 1024, nor 12/16 and 3/4.
  var notation: String {
    guard case .add = self else {
      let (isNegative, factors) = product
      return (isNegative ? "-" : "") + (factors.isEmpty ? "1" : factors.sorted().joined(separator: "*"))
    }
    return "(" + terms(isNegative: false).sorted().joined(separator: " ") + ")"
  }

  private func terms(isNegative: Bool) -> [String] {
    switch self {
    case .add(let a, let b): return a.terms(isNegative: isNegative) + b.terms(isNegative: isNegative)
    case .negate(let a): return a.terms(isNegative: !isNegative)
    default:
      let text = notation
      let isMinus = text.hasPrefix("-")
      return [(isMinus != isNegative ? "-" : "+") + (isMinus ? String(text.dropFirst()) : text)]
    }
  }

  /// Factors of a product or quotient, those below the line as `1/a`.
  private var product: (isNegative: Bool, factors: [String]) {
    switch self {
    case .number(let value):
      let text = "\(value.numerator.magnitude)/\(value.denominator)"
      return (value.isNegative, text == "1/1" ? [] : [text])
    case .negate(let a):
      let (isNegative, factors) = a.product
      return (!isNegative, factors)
    case .multiply(let a, let b):
      let (x, y) = (a.product, b.product)
      return (x.isNegative != y.isNegative, x.factors + y.factors)
    case .divide(let a, let b):
      let (x, y) = (a.product, b.product)
      return (x.isNegative != y.isNegative, x.factors + y.factors.map { "1/" + $0 })
    case .symbol(let name): return (false, [name])
    case .add: return (false, [notation])
    case .power(let a, let b): return (false, ["(\(a.notation))^(\(b.notation))"])
    case .root(let degree, let a): return (false, ["root(\(degree.notation), \(a.notation))"])
    case .call(let name, let a): return (false, ["\(name)(\(a.notation))"])
    case .logarithm(let base, let a): return (false, ["log(\(base.notation), \(a.notation))"])
    case .factorial(let a): return (false, ["(\(a.notation))!"])
    case .degrees(let a): return (false, ["(\(a.notation))°"])
    case .series(let kind, let low, let high, let body):
      return (false, ["\(kind.rawValue)(\(low.notation), \(high.notation), \(body.notation))"])
    }
  }
}
