extension MathNode {
  /// d/dx; nil for a function whose derivative is not known here. Other symbols are constants.
  func derivative(by name: String) -> MathNode? {
    guard symbols.contains(name) else { return .number(.zero) }
    switch self {
    case .number: return .number(.zero)
    case .symbol(let symbol): return .number(symbol == name ? .one : .zero)
    case .add(let a, let b):
      guard let a = a.derivative(by: name), let b = b.derivative(by: name) else { return nil }
      return .add(a, b)
    case .negate(let a): return a.derivative(by: name).map(MathNode.negate)
    case .multiply(let a, let b):
      guard let da = a.derivative(by: name), let db = b.derivative(by: name) else { return nil }
      return .add(.multiply(da, b), .multiply(a, db))
    case .divide(let a, let b):
      guard let da = a.derivative(by: name), let db = b.derivative(by: name) else { return nil }
      return .divide(.add(.multiply(da, b), .negate(.multiply(a, db))), .power(b, .number(Rational(2))))
    case .power(let a, let b):
      guard let da = a.derivative(by: name) else { return nil }
      guard b.symbols.contains(name) else {
        return .multiply(.multiply(b, .power(a, .add(b, .number(Rational(-1))))), da)
      }
      // a^b = e^(b·ln a).
      guard let db = b.derivative(by: name) else { return nil }
      return .multiply(self, .add(.multiply(db, .call("ln", a)), .divide(.multiply(b, da), a)))
    case .root(let degree, let a):
      guard !degree.symbols.contains(name) else { return nil }
      return MathNode.power(a, .divide(.number(.one), degree)).derivative(by: name)
    case .logarithm(let base, let a):
      return MathNode.divide(.call("ln", a), .call("ln", base)).derivative(by: name)
    case .call(let function, let a):
      guard let da = a.derivative(by: name), let outer = Self.derivative(of: function, at: a) else {
        return nil
      }
      return .multiply(outer, da)
    case .factorial, .degrees, .series: return nil
    }
  }

  private static func derivative(of function: String, at x: MathNode) -> MathNode? {
    let one = MathNode.number(.one), two = MathNode.number(Rational(2))
    func call(_ name: String) -> MathNode { .call(name, x) }
    func squared(_ node: MathNode) -> MathNode { .power(node, two) }
    switch function {
    case "ln", "log": return .divide(one, x)
    case "lg": return .divide(one, .multiply(x, .call("ln", .number(Rational(10)))))
    case "exp": return call("exp")
    case "sin": return call("cos")
    case "cos": return .negate(call("sin"))
    case "tan": return .divide(one, squared(call("cos")))
    case "cot": return .negate(.divide(one, squared(call("sin"))))
    case "sec": return .divide(call("sin"), squared(call("cos")))
    case "csc": return .negate(.divide(call("cos"), squared(call("sin"))))
    case "arcsin", "asin": return .divide(one, .root(degree: two, .add(one, .negate(squared(x)))))
    case "arccos", "acos": return .negate(.divide(one, .root(degree: two, .add(one, .negate(squared(x))))))
    case "arctan", "atan": return .divide(one, .add(one, squared(x)))
    case "sinh": return call("cosh")
    case "cosh": return call("sinh")
    case "tanh": return .divide(one, squared(call("cosh")))
    // |x| has none at 0, and is ln's argument elsewhere: d ln|x| = dx/x.
    case "abs": return .divide(x, call("abs"))
    default: return nil
    }
  }
}
