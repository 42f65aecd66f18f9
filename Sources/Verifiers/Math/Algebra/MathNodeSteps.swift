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
  /// letters are such as count. In fp64 alone, of short expressions: a completion must not buy minutes with `2000!`.
  func equalsInSteps(_ other: MathNode, _ names: [String]) -> Bool {
    if self == other { return true }
    switch NormalForm.compare(self, other) {
    case .equal: return true
    case .different: return false
    case .unknown: break
    }
    guard isShort, other.isShort else { return false }
    guard !names.isEmpty else { return sameAt(other, [:]) == true }
    var (agreed, unknown) = (0, 0)
    for point in Self.wholePoints(self, other) {
      var values: [String: Double] = [:]
      // Each letter runs in its own way, so that no difference of two stays the same.
      for (index, name) in names.enumerated() {
        values[name] = Double(index == 0 ? point : (point * (7 + 4 * index) + 11 * index) % 97)
      }
      switch sameAt(other, values) {
      case true?: agreed += 1
      case false?: return false
      case nil: unknown += 1
      }
      guard unknown <= 60 else { return false }
    }
    guard agreed >= 20 else { return false }
    if Self.counters.isSuperset(of: names) { return true }
    return probe(other, names) == .equal
  }

  /// At most a hundred parts.
  private var isShort: Bool {
    var count = 0
    return !contains { _ in
      count += 1
      return count > 100
    }
  }

  /// Nil where one of them has no value, or fp64 can't tell. Whole numbers must be the same to the last digit.
  private func sameAt(_ other: MathNode, _ values: [String: Double]) -> Bool? {
    guard let a = double(values), let b = other.double(values), max(abs(a), abs(b)) < 0x1p53 else {
      return nil
    }
    if a == a.rounded(), b == b.rounded() { return a == b }
    return abs(a - b) <= 1e-11 * max(abs(a), abs(b), 1e-3)
  }

  /// Letters that stand for whole numbers.
  private static let counters: Set<String> = ["n", "k", "m", "j", "N", "K", "M"]

  private static func wholePoints(_ a: MathNode, _ b: MathNode) -> [Int] {
    var constants: Set<Int> = []
    for node in [a, b] {
      _ = node.contains { part in
        if case .number(.small(let above, let below)) = part {
          for whole in [above.magnitude, below.magnitude] where (2...1_000_000).contains(whole) {
            if constants.count < 8 { constants.insert(Int(whole)) }
          }
        }
        return false
      }
    }
    let steps = constants.sorted().flatMap { c in [1, 2, 3, 7].flatMap { [c * $0 - 1, c * $0, c * $0 + 1] } }
    return Array(-12...60) + steps
  }
}
