import BigInt

extension MathForm {
  /// Whether an answer says what the gold one says. Not symmetric: the gold decides what is asked.
  static func equal(gold: MathForm, given: MathForm) -> Bool {
    switch (gold, given) {
    case (.value(let a), .value(let b)): return equal(a, b)
    case (.value(let a), .equation(let nodes, let name)):
      // `x = 5` for 5; a chain `3 + 4 = 7` only when all of it is right.
      if name != nil { return nodes.last.map { equal(a, Scalar(node: $0)) } ?? false }
      return nodes.allSatisfy { equal(a, Scalar(node: $0)) }
    case (.equation(let nodes, let name?), .value(let b)):
      return name.count <= 8 && nodes.last.map { equal(Scalar(node: $0), b) } ?? false
    case (.equation(let a, let first), .equation(let b, let second)):
      if let first, let second {
        return first == second && a.count == b.count && zip(a, b).dropFirst().allSatisfy { $0.equals($1) }
      }
      guard let left = difference(a, first), let right = difference(b, second) else { return false }
      return proportional(left, right)
    case (.list(let a), .list(let b)), (.union(let a), .union(let b)): return matches(a, b)
    case (.list(let a), _) where a.count == 1: return equal(gold: a[0], given: given)
    case (.tuple(let a), .tuple(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { equal(gold: $0, given: $1) }
    case (.interval(let o1, let a1, let b1, let c1), .interval(let o2, let a2, let b2, let c2)):
      return o1 == o2 && c1 == c2 && equal(gold: a1, given: a2) && equal(gold: b1, given: b2)
    case (.interval(true, let a1, let b1, true), .tuple(let pair)),
      (.tuple(let pair), .interval(true, let a1, let b1, true)):
      return pair.count == 2 && equal(gold: a1, given: pair[0]) && equal(gold: b1, given: pair[1])
    case (.infinity(let a), .infinity(let b)): return a == b
    case (.relation(let sign, let a, let b), .relation(let other, let c, let d)):
      return sign == other && (a.equals(c) && b.equals(d) || sign == "≠" && a.equals(d) && b.equals(c))
    case (.text(let a), .text(let b)): return a == b
    case (.text(let a), .value(let b)): return a == b.node.name
    case (.value(let a), .text(let b)): return a.node.name == b
    default: return false
    }
  }

  /// Left side less right side; an assignment's left side is its name.
  private static func difference(_ sides: [MathNode], _ name: String?) -> MathNode? {
    guard sides.count == 2 else { return nil }
    let left = name.map { MathNode.symbol($0) } ?? sides[0]
    return .add(left, .negate(sides[1]))
  }

  /// Whether each of one side has a partner of its own on the other.
  private static func matches(_ gold: [MathForm], _ given: [MathForm]) -> Bool {
    guard gold.count == given.count, gold.count <= 200 else { return false }
    var left = given
    for item in gold {
      guard let index = left.firstIndex(where: { equal(gold: item, given: $0) }) else { return false }
      left.remove(at: index)
    }
    return true
  }

  private static func equal(_ gold: Scalar, _ given: Scalar) -> Bool {
    if !gold.unit.isEmpty, !given.unit.isEmpty, singular(gold.unit) != singular(given.unit) { return false }
    // 45° and 45 are the same answer; 45° and π/4 only where both are marked as angles.
    let (a, b) = (gold.node.withoutDegrees, given.node.withoutDegrees)
    if gold.isPercent != given.isPercent {
      // The same face value, or the value itself (9 % = 0.09); never a bare number times 100.
      let (percent, bare) = gold.isPercent ? (a, b) : (b, a)
      return percent.equals(bare) || MathNode.divide(percent, .number(Rational(100))).equals(bare)
    }
    if a.equals(b) { return true }
    switch (gold.decimals, given.decimals) {
    case (nil, let digits?): return rounds(a, to: b, digits)
    case (let digits?, nil): return rounds(b, to: a, digits)
    default: return false
    }
  }

  /// Whether a decimal is an exact value rounded to its last digit; it must have three significant ones, and
  /// the value must not be a decimal itself that could have been written out (1/2 is no 0.501).
  private static func rounds(
    _ exact: MathNode, to decimal: MathNode, _ digits: (places: Int, significant: Int)
  ) -> Bool {
    guard digits.significant >= 3, exact.symbols.isEmpty, let x = exact.double(), let y = decimal.double()
    else {
      return false
    }
    if let value = exact.exact(), value.isInteger { return false }
    var unit = 0.5
    for _ in 0..<min(digits.places, 40) { unit /= 10 }
    return abs(x - y) <= unit * (1 + 1e-9)
  }

  private static func singular(_ words: [String]) -> [String] {
    words.map { $0.count > 3 && $0.hasSuffix("s") ? String($0.dropLast()) : $0 }
  }

  /// Whether a = c·b with a constant c ≠ 0: two equations with the same solutions.
  private static func proportional(_ a: MathNode, _ b: MathNode) -> Bool {
    guard !a.symbols.isEmpty, a.symbols == b.symbols else { return false }
    var points: [String: Rational] = [:]
    for (index, name) in a.symbols.sorted().enumerated() {
      points[name] = Rational(BigInt(173 + 59 * index), BigInt(31))
    }
    guard let x = a.exact(points), let y = b.exact(points), let ratio = x.divided(by: y),
      ratio != Rational(0)
    else { return false }
    return a.equals(.multiply(.number(ratio), b))
  }
}

extension MathNode {
  /// A lone symbol's name, in lower case: text of one letter is read as a symbol.
  fileprivate var name: String? { if case .symbol(let name) = self { name.lowercased() } else { nil } }

  /// A value in degrees as its bare number; degrees inside functions stay.
  fileprivate var withoutDegrees: MathNode { if case .degrees(let inner) = self { inner } else { self } }
}
