extension MathNode {
  /// The levels that a tree may have.
  static let highest = 250

  /// Whether it has no more levels than that; found without recursion.
  var isLow: Bool {
    var open = [(node: self, level: 1)]
    while let (node, level) = open.popLast() {
      guard level <= Self.highest else { return false }
      for part in node.parts { open.append((part, level + 1)) }
    }
    return true
  }

  var hasSeries: Bool { contains { if case .series = $0 { true } else { false } } }

  private var parts: [MathNode] {
    switch self {
    case .number, .symbol: []
    case .add(let a, let b), .multiply(let a, let b), .divide(let a, let b), .power(let a, let b),
      .root(let a, let b), .logarithm(let a, let b):
      [a, b]
    case .negate(let a), .call(_, let a), .factorial(let a), .degrees(let a): [a]
    case .series(_, let low, let high, let body): [low, high, body]
    }
  }

  /// Whether the expression or a part of it is so.
  func contains(where test: (MathNode) -> Bool) -> Bool {
    if test(self) { return true }
    switch self {
    case .number, .symbol: return false
    case .add(let a, let b), .multiply(let a, let b), .divide(let a, let b), .power(let a, let b),
      .root(let a, let b), .logarithm(let a, let b):
      return a.contains(where: test) || b.contains(where: test)
    case .negate(let a), .call(_, let a), .factorial(let a), .degrees(let a): return a.contains(where: test)
    case .series: return parts.contains { $0.contains(where: test) }
    }
  }

  /// Each part replaced, the innermost first.
  func map(_ change: (MathNode) -> MathNode) -> MathNode {
    let whole: MathNode =
      switch self {
      case .number, .symbol: self
      case .add(let a, let b): .add(a.map(change), b.map(change))
      case .multiply(let a, let b): .multiply(a.map(change), b.map(change))
      case .divide(let a, let b): .divide(a.map(change), b.map(change))
      case .power(let a, let b): .power(a.map(change), b.map(change))
      case .root(let degree, let a): .root(degree: degree.map(change), a.map(change))
      case .logarithm(let base, let a): .logarithm(base: base.map(change), a.map(change))
      case .negate(let a): .negate(a.map(change))
      case .call(let name, let a): .call(name, a.map(change))
      case .factorial(let a): .factorial(a.map(change))
      case .degrees(let a): .degrees(a.map(change))
      case .series(let kind, let low, let high, let body):
        .series(kind, low: low.map(change), high: high.map(change), body: body.map(change))
      }
    return change(whole)
  }

  func replacing(_ name: String, by value: MathNode) -> MathNode {
    map { if case .symbol(name) = $0 { value } else { $0 } }
  }
}
