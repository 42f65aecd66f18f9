import BigInt
import Foundation

extension MathNode {
  /// Whether two expressions are the same function of their symbols.
  ///
  /// Rational functions: exactly, at random points modulo primes (`Residue`). Anything else: fp64 at fixed points
  /// (`probe`), and what looks equal there must not differ by algebra (`NormalForm`): √2 is not √2 + 10⁻¹⁷. What algebra
  /// can't say is decided in thirty digits with a bound on the error (`Precise`).
  func equals(_ other: MathNode) -> Bool {
    if case .number(let a) = self, case .number(let b) = other { return a == b }
    let (mine, theirs) = (symbols, other.symbols)
    if mine != theirs, mine.count == theirs.count,
      Set(mine.map { $0.lowercased() }) == Set(theirs.map { $0.lowercased() })
    {
      // Letters in another case: `C` and `c`.
      let renamed = theirs.subtracting(mine).reduce(other) { node, name in
        mine.first { $0.lowercased() == name.lowercased() && !theirs.contains($0) }
          .map { node.replacing(name, by: .symbol($0)) } ?? node
      }
      return renamed.symbols == mine && equals(renamed)
    }
    let names = mine.union(theirs).sorted()
    if names.isEmpty {
      // Different residues are different numbers: 2^4950 need not be multiplied out.
      let residue = Residue(prime: Residue.primes[0], names: [], round: 0)
      if let a = residue.of(self), let b = residue.of(other), a != b { return false }
      if let a = exact(), let b = other.exact() { return a == b }
    } else if let decided = equalsAsRationalFunction(other, names) {
      return decided
    }
    if hasSteps || other.hasSteps { return self == other || equalsInSteps(other, names) }
    switch probe(other, names) {
    case .equal:
      if self == other { return true }
      switch NormalForm.compare(self, other) {
      case .equal: return true
      case .different: return false
      // Neither algebra nor fp64 tells sin 1 from sin(1 + 10⁻¹³).
      case .unknown: return comparePrecisely(other, names) != .different
      }
    case .close:
      switch NormalForm.compare(self, other) {
      case .equal: return true
      case .different: return false
      case .unknown: return comparePrecisely(other, names) == .equal
      }
    case .different: return false
    case .unknown: return self == other || NormalForm.compare(self, other) == .equal
    }
  }

  enum Probe: String {
    case equal
    /// The same but for what rounding may have done to it.
    case close
    case different, unknown
  }

  /// What values in fp64 at fixed points say; `names` are all symbols of both.
  func probe(_ other: MathNode, _ names: [String]) -> Probe {
    if names.isEmpty {
      guard let a = complex(), let b = other.complex() else { return .unknown }
      // No rounding makes a product 0.
      if a.magnitude == 0 && b.magnitude > 0 && !other.hasSum { return .different }
      if b.magnitude == 0 && a.magnitude > 0 && !hasSum { return .different }
      return Self.compare(a, b)
    }
    var agreed = 0
    var isClose = false
    for round in 0..<10 {
      // Points of moderate size; the last ones are below 0, where real values alone decide.
      var values: [String: Double] = [:]
      for (index, name) in names.enumerated() {
        values[name] =
          (0.31 + 0.173 * Double(round + 1) + 0.0917 * Double(index * (round + 2))) * (round < 6 ? 1 : -1)
      }
      switch (complex(values), other.complex(values)) {
      case (let a?, let b?):
        if round >= 6, a.real == nil || b.real == nil { continue }
        let here = Self.compare(a, b)
        if here == .different { return .different }
        isClose = isClose || here == .close
        agreed += 1
      case (nil, nil): continue
      default: if round < 6 { return .different }
      }
    }
    return agreed < 3 ? .unknown : isClose ? .close : .equal
  }

  /// Relative; never absolute, except that an exact 0 may have come out as rounding of larger terms.
  private static func compare(_ a: Complex, _ b: Complex) -> Probe {
    let size = max(a.magnitude, b.magnitude)
    if a.magnitude == 0 || b.magnitude == 0 {
      return size < 1e-14 ? .equal : size < 1e-9 ? .close : .different
    }
    let distance = (a - b).magnitude
    return distance <= 1e-11 * size ? .equal : distance <= 1e-5 * size ? .close : .different
  }

  private var hasSum: Bool {
    contains {
      switch $0 {
      case .add, .call: true
      default: false
      }
    }
  }
}
