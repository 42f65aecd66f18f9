/// Expressions with ⌊x⌋ and ⌈x⌉, which jump: points between two jumps say little of them.
extension MathNode {
  /// ⌊x⌋ or ⌈x⌉ somewhere.
  var hasSteps: Bool {
    contains {
      switch $0 {
      case .call("floor", _), .call("ceil", _): true
      default: false
      }
    }
  }

  /// Equal by algebra, or at whole numbers, those beside a multiple of a constant included; elsewhere as well, unless all
  /// letters are such as count.
  func equalsInSteps(_ other: MathNode, _ names: [String]) -> Bool {
    if self == other || NormalForm.compare(self, other) == .equal { return true }
    guard !names.isEmpty else { return sameAt(other, [:]) == true }
    var agreed = 0
    for point in Self.wholePoints(self, other) {
      var values: [String: Rational] = [:]
      // Each letter runs in its own way, so that no difference of two stays the same.
      for (index, name) in names.enumerated() {
        values[name] = Rational(index == 0 ? point : (point * (7 + 4 * index) + 11 * index) % 97)
      }
      switch sameAt(other, values) {
      case true?: agreed += 1
      case false?: return false
      case nil: continue
      }
    }
    guard agreed >= 20 else { return false }
    if Self.counters.isSuperset(of: names) { return true }
    return probe(other, names) == .equal
  }

  /// Nil where one of them has no value, or fp64 can't tell.
  private func sameAt(_ other: MathNode, _ values: [String: Rational]) -> Bool? {
    if let a = exact(values), let b = other.exact(values) { return a == b }
    let points = values.mapValues(\.double)
    guard let a = double(points), let b = other.double(points), max(abs(a), abs(b)) < 0x1p53 else {
      return nil
    }
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-9)
  }

  /// Letters that stand for whole numbers.
  private static let counters: Set<String> = ["n", "k", "m", "i", "j", "N", "K", "M"]

  private static func wholePoints(_ a: MathNode, _ b: MathNode) -> [Int] {
    var constants: Set<Int> = []
    for node in [a, b] {
      _ = node.contains { part in
        if case .number(let value) = part {
          for whole in [value.numerator, value.denominator] {
            if let whole = Int(exactly: whole), (2...1_000_000).contains(abs(whole)), constants.count < 8 {
              constants.insert(abs(whole))
            }
          }
        }
        return false
      }
    }
    let steps = constants.sorted().flatMap { c in [1, 2, 3, 7].flatMap { [c * $0 - 1, c * $0, c * $0 + 1] } }
    return Array(-12...60) + steps
  }
}
