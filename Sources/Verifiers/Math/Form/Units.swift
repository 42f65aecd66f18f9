/// Units that convert into each other: `km/h`, `square feet`, `m/s^2`, `miles per hour`.
///
/// A unit is a product of powers of base units, and how many of them it is; a word that has no line in the table is a base
/// unit of its own (`apples`).
struct Units {
  private var dimensions: [String: Int] = [:]
  private var factor = Rational(1)

  /// How many of `other` one of `unit` is; nil where they measure different things.
  static func factor(of unit: [String], in other: [String]) -> Rational? {
    if unit == other { return Rational(1) }
    // A pound is money where the other side has its sign, and else a weight.
    if [unit, other].contains(["£"]), let name = (unit == ["£"] ? other : unit).first,
      singular(name) == "pound"
    {
      return Rational(1)
    }
    guard let a = Units(unit), let b = Units(other), a.dimensions == b.dimensions else { return nil }
    return a.factor.divided(by: b.factor)
  }

  /// Nil for words with powers that are none.
  private init?(_ words: [String]) {
    var sign = 1
    var next = 1
    var last: (name: String, power: Int)?
    for word in words.flatMap(Self.parts) {
      switch word {
      case "/", "per": sign = -1
      case "*", "·": sign = 1
      case "square", "sq": next = 2
      case "cubic": next = 3
      case "squared", "cubed":
        // Once it was counted already.
        guard let last else { return nil }
        multiply(last.name, last.power * (word == "squared" ? 1 : 2))
      default:
        let parts = word.split(separator: "^")
        guard let name = parts.first, parts.count < 3 else { return nil }
        let power = parts.count == 2 ? Int(parts[1]) : next
        guard let power, abs(power) <= 9 else { return nil }
        last = (String(name), sign * (parts.count == 2 ? 1 : power))
        multiply(String(name), sign * power)
        (sign, next) = (1, 1)
      }
    }
  }

  /// `km/h` as three words.
  private static func parts(_ word: String) -> [String] {
    guard word.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "*") }),
      word.utf8.count > 1
    else {
      return [word]
    }
    var parts: [String] = [""]
    for character in word {
      if character == "/" || character == "*" {
        parts += [String(character), ""]
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.filter { !$0.isEmpty }
  }

  private mutating func multiply(_ name: String, _ power: Int) {
    let known = Self.table[name] ?? Self.table[Self.singular(name)]
    for (base, exponent) in known?.dimensions ?? [Self.singular(name): 1] {
      dimensions[base, default: 0] += exponent * power
      if dimensions[base] == 0 { dimensions[base] = nil }
    }
    if let known, let scale = known.factor.power(.init(power)) { factor = factor * scale }
  }

  private static func singular(_ word: String) -> String {
    word.utf8.count > 3 && word.hasSuffix("s") ? String(word.dropLast()) : word
  }

  private static let table: [String: (dimensions: [String: Int], factor: Rational)] = {
    let length = ["m": 1], area = ["m": 2], volume = ["m": 3], time = ["s": 1], mass = ["kg": 1],
      money = ["$": 1]
    let speed = ["m": 1, "s": -1], force = ["kg": 1, "m": 1, "s": -2], energy = ["kg": 1, "m": 2, "s": -2]
    let power = ["kg": 1, "m": 2, "s": -3], pressure = ["kg": 1, "m": -1, "s": -2], rate = ["s": -1]
    let rows: [([String: Int], [(String, Int, Int)])] = [
      (
        length, [("nm", 1, 1_000_000_000), ("mm", 1, 1000), ("millimeter", 1, 1000), ("millimetre", 1, 1000)]
      ),
      (length, [("cm", 1, 100), ("centimeter", 1, 100), ("centimetre", 1, 100), ("dm", 1, 10)]),
      (length, [("m", 1, 1), ("meter", 1, 1), ("metre", 1, 1), ("km", 1000, 1), ("kilometer", 1000, 1)]),
      (length, [("kilometre", 1000, 1), ("in", 127, 5000), ("inch", 127, 5000), ("inches", 127, 5000)]),
      (length, [("ft", 381, 1250), ("foot", 381, 1250), ("feet", 381, 1250), ("yd", 1143, 1250)]),
      (length, [("yard", 1143, 1250), ("mi", 201_168, 125), ("mile", 201_168, 125)]),
      (area, [("hectare", 10_000, 1), ("ha", 10_000, 1)]),
      (volume, [("ml", 1, 1_000_000), ("milliliter", 1, 1_000_000), ("millilitre", 1, 1_000_000)]),
      (volume, [("l", 1, 1000), ("liter", 1, 1000), ("litre", 1, 1000), ("cc", 1, 1_000_000)]),
      (
        time,
        [("ms", 1, 1000), ("s", 1, 1), ("sec", 1, 1), ("second", 1, 1), ("min", 60, 1), ("minute", 60, 1)]
      ),
      (time, [("h", 3600, 1), ("hr", 3600, 1), ("hour", 3600, 1), ("day", 86400, 1), ("week", 604_800, 1)]),
      (mass, [("mg", 1, 1_000_000), ("g", 1, 1000), ("gram", 1, 1000), ("kg", 1, 1), ("kilogram", 1, 1)]),
      (mass, [("ton", 1000, 1), ("tonne", 1000, 1), ("lb", 45_359_237, 100_000_000)]),
      (mass, [("pound", 45_359_237, 100_000_000), ("oz", 45_359_237, 1_600_000_000)]),
      (mass, [("ounce", 45_359_237, 1_600_000_000)]),
      (money, [("cent", 1, 100), ("¢", 1, 100), ("dollar", 1, 1), ("usd", 1, 1), ("buck", 1, 1)]),
      (["€": 1], [("€", 1, 1), ("euro", 1, 1), ("eur", 1, 1)]), (["£": 1], [("£", 1, 1), ("gbp", 1, 1)]),
      (["¥": 1], [("¥", 1, 1), ("yen", 1, 1), ("jpy", 1, 1)]),
      (["₹": 1], [("₹", 1, 1), ("rupee", 1, 1), ("inr", 1, 1)]),
      (speed, [("mph", 1397, 3125), ("kph", 5, 18), ("kmh", 5, 18), ("mps", 1, 1)]),
      (force, [("n", 1, 1), ("newton", 1, 1), ("kn", 1000, 1)]),
      (
        energy,
        [("j", 1, 1), ("joule", 1, 1), ("kj", 1000, 1), ("megaj", 1_000_000, 1), ("erg", 1, 10_000_000)]
      ),
      (power, [("w", 1, 1), ("watt", 1, 1), ("kw", 1000, 1), ("megaw", 1_000_000, 1)]),
      (pressure, [("pa", 1, 1), ("pascal", 1, 1), ("kpa", 1000, 1), ("megapa", 1_000_000, 1)]),
      (
        rate,
        [
          ("hz", 1, 1), ("hertz", 1, 1), ("khz", 1000, 1), ("megahz", 1_000_000, 1),
          ("megahertz", 1_000_000, 1),
        ]
      ),
    ]
    var table: [String: ([String: Int], Rational)] = [:]
    for (dimensions, units) in rows {
      for (name, above, below) in units {
        table[name] = Rational(.init(above), .init(below)).map { (dimensions, $0) }
      }
    }
    return table
  }()
}

extension MathForm {
  /// `10 hours, 30 minutes` is one span, and no list: the same dimension in units that get smaller, in that of the first.
  static func span(_ items: [MathForm]) -> MathForm? {
    guard items.count > 1, items.count <= 4, case .value(var total) = items[0], !total.unit.isEmpty else {
      return nil
    }
    var last = Rational(1)
    for item in items.dropFirst() {
      guard case .value(let part) = item, !part.unit.isEmpty,
        let factor = Units.factor(of: part.unit, in: total.unit),
        (factor - last).isNegative, !factor.isNegative
      else { return nil }
      last = factor
      total.node = .add(total.node, .multiply(part.node, .number(factor)))
    }
    total.decimals = nil
    return .value(total)
  }
}
