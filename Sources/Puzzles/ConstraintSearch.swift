/// Depth-first search over a `ConstraintProblem`: narrows domains as far as the constraints say, then tries the values of
/// the variable that has fewest left (Haralick and Elliott 1980, doi:10.1016/0004-3702(80)90051-X).
public struct ConstraintSearch {
  private let problem: ConstraintProblem
  /// By variable: the constraints that it stands in.
  private let watchers: [[Int]]
  private var budget: Int
  private let limit: Int
  private var found: [[Int]] = []

  private init(_ problem: ConstraintProblem, limit: Int, budget: Int) {
    self.problem = problem
    self.limit = limit
    self.budget = budget
    var watchers: [[Int]] = Array(repeating: [], count: problem.domains.count)
    for (index, constraint) in problem.constraints.enumerated() {
      for variable in Set(constraint.variables) { watchers[variable].append(index) }
    }
    self.watchers = watchers
  }

  /// Up to `limit` solutions; nil where the budget of tried values ran out before that many or all were found.
  public static func solutions(
    of problem: ConstraintProblem, limit: Int = 2, budget: Int = 200_000
  ) -> [[Int]]? {
    var search = ConstraintSearch(problem, limit: limit, budget: budget)
    var domains = problem.domains
    guard search.narrow(&domains, Array(problem.constraints.indices)) else { return [] }
    return search.descend(domains) ? search.found : nil
  }

  /// Whether the search came to its end.
  private mutating func descend(_ domains: [UInt64]) -> Bool {
    guard
      let variable = domains.indices.filter({ domains[$0].nonzeroBitCount > 1 })
        .min(by: { domains[$0].nonzeroBitCount < domains[$1].nonzeroBitCount })
    else {
      found.append(domains.map(\.trailingZeroBitCount))
      return true
    }
    var left = domains[variable]
    while left != 0 {
      guard found.count < limit else { return true }
      guard budget > 0 else { return false }
      budget -= 1
      var next = domains
      next[variable] = left & (0 &- left)
      left &= left &- 1
      if narrow(&next, watchers[variable]), !descend(next) { return false }
    }
    return true
  }

  /// Takes values that some constraint forbids, until nothing changes; false where a variable has none left.
  private func narrow(_ domains: inout [UInt64], _ first: [Int]) -> Bool {
    var queue = first
    var isQueued = Array(repeating: false, count: problem.constraints.count)
    for index in queue { isQueued[index] = true }
    guard domains.allSatisfy({ $0 != 0 }) else { return false }
    while let index = queue.popLast() {
      isQueued[index] = false
      let before = domains
      guard narrow(&domains, by: problem.constraints[index]) else { return false }
      for variable in problem.constraints[index].variables where domains[variable] != before[variable] {
        guard domains[variable] != 0 else { return false }
        for watcher in watchers[variable] where !isQueued[watcher] {
          isQueued[watcher] = true
          queue.append(watcher)
        }
      }
    }
    return true
  }

  private func narrow(_ domains: inout [UInt64], by constraint: ConstraintProblem.Constraint) -> Bool {
    switch constraint {
    case .allDifferent(let list):
      for variable in list where domains[variable].nonzeroBitCount == 1 {
        for other in list where other != variable { domains[other] &= ~domains[variable] }
      }
      // A value that only one of them can have is its, where there are no more values than variables.
      let all = list.reduce(UInt64(0)) { $0 | domains[$1] }
      guard all.nonzeroBitCount >= list.count else { return false }
      if all.nonzeroBitCount == list.count {
        var (once, twice) = (UInt64(0), UInt64(0))
        for variable in list {
          twice |= once & domains[variable]
          once |= domains[variable]
        }
        once &= ~twice
        for variable in list where domains[variable] & once != 0 { domains[variable] &= once }
      }
      return true
    case .pair(let a, let b, let allowed):
      var (keptA, reached) = (UInt64(0), UInt64(0))
      for value in Bits(domains[a]) where allowed[value] & domains[b] != 0 {
        keptA |= 1 << UInt64(value)
        reached |= allowed[value]
      }
      domains[a] = keptA
      domains[b] &= reached
      return keptA != 0
    case .anyOf(let literals):
      let open = literals.filter { domains[$0.variable] >> UInt64($0.value) & 1 == 1 }
      guard let only = open.first else { return false }
      if open.count == 1 { domains[only.variable] = 1 << UInt64(only.value) }
      return true
    case .relation(let list, let holds):
      guard list.allSatisfy({ domains[$0].nonzeroBitCount == 1 }) else { return true }
      return holds(list.map { domains[$0].trailingZeroBitCount })
    }
  }
}

/// The places of the bits of a word that are set.
private struct Bits: Sequence, IteratorProtocol {
  private var left: UInt64
  init(_ word: UInt64) { left = word }
  mutating func next() -> Int? {
    guard left != 0 else { return nil }
    defer { left &= left &- 1 }
    return left.trailingZeroBitCount
  }
}
