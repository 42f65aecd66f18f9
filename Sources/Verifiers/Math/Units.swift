/// Units that convert into each other: a dimension, and how many of its first unit one is.
enum Units {
  private static let table: [String: (dimension: String, factor: Rational)] = {
    let rows: [(String, [(String, Int, Int)])] = [
      (
        "length",
        [
          ("mm", 1, 1000), ("millimeter", 1, 1000), ("cm", 1, 100), ("centimeter", 1, 100), ("dm", 1, 10),
          ("m", 1, 1), ("meter", 1, 1), ("metre", 1, 1), ("km", 1000, 1), ("kilometer", 1000, 1),
        ]
      ),
      (
        "imperial length",
        [
          ("in", 1, 12), ("inch", 1, 12), ("inches", 1, 12), ("ft", 1, 1), ("foot", 1, 1), ("feet", 1, 1),
          ("yd", 3, 1), ("yard", 3, 1), ("mi", 5280, 1), ("mile", 5280, 1),
        ]
      ),
      (
        "time",
        [
          ("ms", 1, 1000), ("s", 1, 1), ("sec", 1, 1), ("second", 1, 1), ("min", 60, 1), ("minute", 60, 1),
          ("h", 3600, 1), ("hr", 3600, 1), ("hour", 3600, 1), ("day", 86400, 1), ("week", 604_800, 1),
        ]
      ),
      (
        "mass",
        [
          ("mg", 1, 1_000_000), ("g", 1, 1000), ("gram", 1, 1000), ("kg", 1, 1), ("kilogram", 1, 1),
          ("ton", 1000, 1),
        ]
      ),
      ("volume", [("ml", 1, 1000), ("milliliter", 1, 1000), ("l", 1, 1), ("liter", 1, 1), ("litre", 1, 1)]),
      ("money", [("cent", 1, 100), ("dollar", 1, 1), ("usd", 1, 1), ("buck", 1, 1)]),
    ]
    var table: [String: (String, Rational)] = [:]
    for (dimension, units) in rows {
      for (name, above, below) in units {
        table[name] = Rational(.init(above), .init(below)).map { (dimension, $0) }
      }
    }
    return table
  }()

  /// How many of `other` one of `unit` is; nil where they measure different things, or are the same word for one that
  /// has no table.
  static func factor(of unit: [String], in other: [String]) -> Rational? {
    let (a, b) = (unit.map(singular), other.map(singular))
    if a == b { return Rational(1) }
    // `square cm`, `cm^2`; what is counted may be said at more length: `boys in the class`.
    guard let x = known(a), let y = known(b), x.power == y.power, x.dimension == y.dimension else {
      return nil
    }
    return x.factor.divided(by: y.factor)?.power(.init(x.power))
  }

  private static func known(_ words: [String]) -> (dimension: String, factor: Rational, power: Int)? {
    var power = 1
    var name: String?
    for word in words {
      switch word {
      case "square", "sq", "squared": power = 2
      case "cubic", "cubed": power = 3
      default:
        guard name == nil else { return nil }
        let parts = word.split(separator: "^")
        name = String(parts[0])
        if parts.count == 2, let given = Int(parts[1]) { power = given }
      }
    }
    return name.flatMap { table[singular($0)] }.map { ($0.dimension, $0.factor, power) }
  }

  private static func singular(_ word: String) -> String {
    word.utf8.count > 3 && word.hasSuffix("s") ? String(word.dropLast()) : word
  }
}
