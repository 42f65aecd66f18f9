public import VerifierKit

/// Several tasks in fixed shares: slot *i* of the sequence is a function of the weights and *i*.
///
/// Each slot goes to the task that is furthest behind its share, so that every stretch of slots holds the
/// tasks in proportion, and a task's own problems come in order and without gaps.
public struct TaskMixture: Sendable {
  public let tasks: [any ProblemGenerator]
  /// Sum 1.
  public let shares: [Double]

  /// - Precondition: as many weights as tasks, all > 0. Without a task there are no slots to ask for.
  public init(_ tasks: [any ProblemGenerator], weights: [Double]) {
    precondition(tasks.count == weights.count, "a weight for each task")
    precondition(weights.allSatisfy { $0 > 0 }, "weights are positive")
    self.tasks = tasks
    let total = weights.reduce(0, +)
    shares = weights.map { $0 / total }
  }

  /// Task and the problem's number in it, for a range of slots. Time grows with the range's end.
  public func slots(_ range: Range<Int>) -> [(task: Int, index: Int)] {
    var taken = Array(repeating: 0, count: tasks.count)
    var slots: [(task: Int, index: Int)] = []
    slots.reserveCapacity(range.count)
    for slot in 0..<range.upperBound {
      var furthest = 0
      var mostBehind = -Double.infinity
      for task in tasks.indices {
        let behind = shares[task] * Double(slot + 1) - Double(taken[task])
        // Rounding must not decide between tasks that are equally far behind.
        if behind > mostBehind + 1e-9 { (furthest, mostBehind) = (task, behind) }
      }
      if slot >= range.lowerBound { slots.append((furthest, taken[furthest])) }
      taken[furthest] += 1
    }
    return slots
  }

  /// Problems of each task in all slots before one.
  public func taken(before slot: Int) -> [Int] {
    slots(0..<slot).reduce(into: Array(repeating: 0, count: tasks.count)) { $0[$1.task] += 1 }
  }

  public func problems(_ range: Range<Int>, split: Split) -> [Problem] {
    slots(range).map { tasks[$0.task].problem($0.index, split: split) }
  }

  /// From whichever task the problem comes.
  public func workedSolution(for problem: Problem) -> String? {
    for task in tasks {
      if let solution = task.workedSolution(for: problem) { return solution }
    }
    return nil
  }
}
