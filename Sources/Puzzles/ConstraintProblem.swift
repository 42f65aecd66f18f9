/// Variables that take one of at most 64 values each, and what must hold between them.
///
/// `isSolution` evaluates every constraint on its own; the search beside it (`ConstraintSearch`) narrows domains instead,
/// and the tests hold one against the other.
public struct ConstraintProblem: Sendable {
  public enum Constraint: Sendable {
    /// No two of these variables have the same value.
    case allDifferent([Int])
    /// `allowed[a]` has a bit for every value that the second may have where the first has value `a`.
    case pair(Int, Int, allowed: [UInt64])
    /// At least one of these variables has the value beside it.
    case anyOf([(variable: Int, value: Int)])
    /// A relation between these variables, asked with their values in this order once all are known.
    case relation([Int], @Sendable ([Int]) -> Bool)

    var variables: [Int] {
      switch self {
      case .allDifferent(let list), .relation(let list, _): list
      case .pair(let a, let b, _): [a, b]
      case .anyOf(let literals): literals.map(\.variable)
      }
    }

    func holds(_ values: [Int]) -> Bool {
      switch self {
      case .allDifferent(let list): Set(list.map { values[$0] }).count == list.count
      case .pair(let a, let b, let allowed): allowed[values[a]] >> UInt64(values[b]) & 1 == 1
      case .anyOf(let literals): literals.contains { values[$0.variable] == $0.value }
      case .relation(let list, let holds): holds(list.map { values[$0] })
      }
    }
  }

  /// A bit for every value that a variable may have.
  public private(set) var domains: [UInt64]
  public private(set) var constraints: [Constraint] = []

  /// - Precondition: `values` is in 1...64.
  public init(variables: Int, values: Int) {
    precondition((1...64).contains(values), "\(values) values do not fit a word of 64 bits")
    domains = Array(repeating: values == 64 ? .max : (1 << UInt64(values)) - 1, count: variables)
  }

  public mutating func require(_ constraint: Constraint) { constraints.append(constraint) }

  /// The variable has this value, or has not.
  public mutating func require(_ variable: Int, is value: Int, _ isSo: Bool = true) {
    domains[variable] &= isSo ? 1 << UInt64(value) : ~(1 << UInt64(value))
  }

  /// A relation of two variables, from a function of their values.
  public mutating func require(_ a: Int, _ b: Int, values: Int, _ holds: (Int, Int) -> Bool) {
    let allowed = (0..<values).map { x in
      (0..<values).reduce(UInt64(0)) { holds(x, $1) ? $0 | 1 << UInt64($1) : $0 }
    }
    constraints.append(.pair(a, b, allowed: allowed))
  }

  public func isSolution(_ values: [Int]) -> Bool {
    values.count == domains.count
      && zip(values, domains).allSatisfy { (0..<64).contains($0) && $1 >> UInt64($0) & 1 == 1 }
      && constraints.allSatisfy { $0.holds(values) }
  }
}
