import BigInt

/// Whether two numbers or expressions say the same, with their units, per cent signs and decimals.
extension MathForm {
  static func equal(_ first: MathScalar, _ second: MathScalar) -> Bool {
    let gold = second.unit.isEmpty ? first : first.withUnitLetter
    let given = first.unit.isEmpty ? second : second.withUnitLetter
    var (a, b) = (gold.node, given.node)
    if !gold.unit.isEmpty, !given.unit.isEmpty {
      guard let factor = Units.factor(of: given.unit, in: gold.unit) else { return false }
      if factor != Rational(1) { b = .multiply(b, .number(factor)) }
    }
    // The digits are the answer: 10 in base 2 is not 2.
    if let x = gold.base, let y = given.base, x != y { return false }
    if let face = gold.face, given.base == nil, given.node.exact() == Rational(face) { return true }
    // 45° and 45 are the same answer; 45° and π/4 are the same angle.
    switch (a, b) {
    case (.degrees(let x), .degrees(let y)): (a, b) = (x, y)
    case (.degrees(let x), _) where b.mentionsPi:
      (a, b) = (.multiply(x, .divide(.symbol("pi"), .number(Rational(180)))), b)
    case (_, .degrees(let y)) where a.mentionsPi:
      b = .multiply(y, .divide(.symbol("pi"), .number(Rational(180))))
    default: (a, b) = (a.withoutDegrees, b.withoutDegrees)
    }
    // What a program that knows no degrees makes of them.
    if a.mentionsDegrees != b.mentionsDegrees, !a.equals(b) { (a, b) = (a.bare, b.bare) }
    // A literal is asked for: `123+438` is the question again.
    if given.isUnevaluated, !gold.isUnevaluated, gold.node.withoutDegrees.isLiteral { return false }
    if gold.isPercent != given.isPercent {
      // The same face value, or the value itself (9 % = 0.09); never a bare number times 100.
      let (percent, bare) = gold.isPercent ? (a, b) : (b, a)
      if case .number(let value) = percent, BigInt(10).power(30) % value.denominator == 0,
        percent.equals(bare)
      {
        return true
      }
      if MathNode.divide(percent, .number(Rational(100))).equals(bare) { return true }
      // `6.67 %` for 1/15.
      let digits = gold.isPercent ? gold.decimals : given.decimals
      return digits.map { rounds(.multiply(bare, .number(Rational(100))), to: percent, $0) } ?? false
    }
    // 45 degrees are not 45 radians.
    if gold.node.mentionsDegrees,
      given.unit.contains(where: { $0 == "radian" || $0 == "radians" || $0 == "rad" })
    {
      return false
    }
    if a.equals(b) || a.equalsWithCounter(b) || a.equalsInDecimals(b) { return true }
    switch (gold.decimals, given.decimals) {
    case (nil, let digits?): return rounds(a, to: b, digits)
    case (let digits?, nil): return rounds(b, to: a, digits)
    default: return false
    }
  }

  /// Whether a decimal is an exact value rounded to its last digit; it must have three significant ones, and
  /// the value must not be a decimal itself that could have been written out (1/2 is no 0.501).
  static func rounds(
    _ exact: MathNode, to decimal: MathNode, _ digits: (places: Int, significant: Int)
  ) -> Bool {
    guard digits.significant >= 3, exact.symbols.isEmpty, let x = exact.double(), let y = decimal.double()
    else { return false }
    if let value = exact.exact(), value.isInteger { return false }
    var unit = 0.5
    for _ in 0..<min(digits.places, 40) { unit /= 10 }
    return abs(x - y) <= unit * (1 + 1e-9)
  }

  /// Whether a decimal that is written with more digits than the gold one is it, rounded to those.
  static func roundsTo(gold: MathForm, given: MathForm) -> Bool {
    guard case .value(let a) = gold, case .value(let b) = given, let wanted = a.decimals,
      let digits = b.decimals,
      digits.places > wanted.places, a.isPercent == b.isPercent, Units.factor(of: b.unit, in: a.unit) == .one
    else { return false }
    return rounds(b.node, to: a.node, wanted)
  }

  /// Whether a = c·b with a constant c ≠ 0 (or > 0): two equations with the same solutions.
  static func proportional(_ a: MathNode, _ b: MathNode, isPositive: Bool = false) -> Bool {
    guard !a.symbols.isEmpty, a.symbols == b.symbols else { return false }
    let names = a.symbols.sorted()
    // Between two steps anything is a multiple of anything.
    if a.hasSteps || b.hasSteps {
      return a == b || NormalForm.compare(a, b) == .equal
        || !isPositive && NormalForm.compare(a, .negate(b)) == .equal
    }
    if let isMultiple = a.isMultiple(of: b, names), !isMultiple || !isPositive { return isMultiple }
    var ratios: [Double] = []
    for round in 0..<6 {
      var values: [String: Double] = [:]
      for (index, name) in a.symbols.sorted().enumerated() {
        values[name] = 0.37 + 0.211 * Double(round) + 0.137 * Double(index * (round + 1))
      }
      guard let x = a.double(values), let y = b.double(values), abs(y) > 1e-9 else { continue }
      ratios.append(x / y)
    }
    guard ratios.count >= 3, let first = ratios.first, abs(first) > 1e-9, !isPositive || first > 0 else {
      return false
    }
    return ratios.allSatisfy { abs($0 - first) <= 1e-9 * abs(first) }
  }
}

extension MathScalar {
  /// `2000 m`, `12 m^2` or `9.8 m/s^2`, read as a product, as a number with a unit.
  var withUnitLetter: MathScalar {
    guard unit.isEmpty, !node.symbols.isEmpty, let (number, letters) = node.unitLetters, let number else {
      return self
    }
    var scalar = self
    scalar.node = number
    scalar.unit = letters
    return scalar
  }

  static let numberWords: [String: Int] = [
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "hundred": 100,
  ]
}

extension MathNode {
  /// A lone symbol's name, in lower case: text of one letter is read as a symbol.
  var name: String? { if case .symbol(let name) = self { name.lowercased() } else { nil } }

  /// `nπ` and `kπ`: the letter of a whole number that runs.
  fileprivate func equalsWithCounter(_ other: MathNode) -> Bool {
    guard mentionsPi, other.mentionsPi else { return false }
    let counters: Set<String> = ["k", "n", "m", "l"]
    let (mine, theirs) = (symbols.subtracting(other.symbols), other.symbols.subtracting(symbols))
    guard mine.count == 1, theirs.count == 1, let a = mine.first, let b = theirs.first, counters.contains(a),
      counters.contains(b)
    else { return false }
    return equals(other.replacing(b, by: .symbol(a)))
  }

  /// `\\log` without a base, of a gold answer, is the natural logarithm or the decimal one.
  fileprivate func equalsInDecimals(_ other: MathNode) -> Bool {
    guard contains(where: \.isPlainLogarithm) else { return false }
    let mine = decimalLogarithms
    return mine.equals(other)
      || other.contains(where: \.isPlainLogarithm) && mine.equals(other.decimalLogarithms)
  }

  private var isPlainLogarithm: Bool { if case .call("log", _) = self { true } else { false } }
  private var decimalLogarithms: MathNode {
    map { if case .call("log", let inner) = $0 { .call("lg", inner) } else { $0 } }
  }

  var mentionsDegrees: Bool { contains { if case .degrees = $0 { true } else { false } } }

  /// With degrees as bare numbers.
  fileprivate var bare: MathNode { map { if case .degrees(let inner) = $0 { inner } else { $0 } } }

  fileprivate var mentionsPi: Bool { contains { $0 == .symbol("pi") } }
}

extension MathNode {
  /// The number and the units of a product or quotient of both, units as `m` and `s^-2`; nil for anything else.
  fileprivate var unitLetters: (number: MathNode?, units: [String])? {
    switch self {
    case .symbol(let letter) where ["m", "g", "s", "h", "L", "N", "J", "W"].contains(letter):
      return (nil, [letter.lowercased()])
    case .power(.symbol(let letter), .number(let power)) where ["m", "s", "h"].contains(letter):
      guard let power = power.integer, abs(power) <= 9 else { return nil }
      return (nil, ["\(letter)^\(power)"])
    case .multiply(let a, let b):
      guard let (x, first) = a.unitLetters, let (y, second) = b.unitLetters, x == nil || y == nil else {
        return nil
      }
      return (x ?? y, first + second)
    case .divide(let a, let b):
      guard let (number, first) = a.unitLetters, let (none, second) = b.unitLetters, none == nil else {
        return symbols.isEmpty ? (self, []) : nil
      }
      return (number, first + second.map { $0.hasBytes("^") ? $0.replacing("^", with: "^-") : $0 + "^-1" })
    default: return symbols.isEmpty ? (self, []) : nil
    }
  }
}
