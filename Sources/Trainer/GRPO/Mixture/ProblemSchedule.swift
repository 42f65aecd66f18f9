import AssayNumerics
import VerifierKit

/// Which problems a step trains on: the next ones of the mixture, some of them exchanged for remembered ones.
struct ProblemSchedule: Sendable {
  let mixture: TaskMixture
  let recipe: GRPORecipe
  let seed: UInt64
  let stage: Int
  let firstProblem: Int
  var curriculum: Curriculum
  var balance: Balance

  init(_ mixture: TaskMixture, _ recipe: GRPORecipe, seed: UInt64, stage: Int, firstProblem: Int) {
    self.mixture = mixture
    self.recipe = recipe
    self.seed = seed
    self.stage = stage
    self.firstProblem = firstProblem
    curriculum = Curriculum(recipe.curriculum)
    balance = Balance(recipe.balance, mixture: mixture, first: firstProblem)
  }

  struct Entry: Sendable {
    var task: Int
    var index: Int
    var problem: Problem
    /// Whether the curriculum chose it.
    var isReplayed = false
  }

  struct Plan: Sendable {
    var problems: [Entry]
    /// By task: what may replace a group whose rewards are all equal.
    var reserve: [Int: [Entry]]
  }

  /// The step's problems, and those that may replace some. Every step has its own stretch of the mixture.
  mutating func plan(_ step: Int) -> Plan {
    let count = recipe.problemsPerStep * recipe.maxGenerationBatches
    let first = firstProblem + step * count
    // Switched on within the stage: the problems of the steps before were the mixture's.
    if balance.isControlling, balance.state.taken.reduce(0, +) < first {
      let factors = balance.state.factors
      balance = Balance(recipe.balance, mixture: mixture, first: first)
      balance.state.factors = factors
    }
    let slots =
      balance.isControlling ? balance.next(count) : mixture.slots(first..<first + count)
    var plan = Plan(problems: [], reserve: [:])
    var chosen: Set<String> = []
    for (place, slot) in slots.enumerated() {
      if place >= recipe.problemsPerStep {
        plan.reserve[slot.task, default: []].append(entry(slot.task, slot.index))
        continue
      }
      var next = entry(slot.task, slot.index)
      if recipe.curriculum.share > 0 {
        let random = CounterRandom(seed: seed, Place.curriculum, stage, step, place)
        if random.uniform(at: 0) < recipe.curriculum.share,
          let old = curriculum.draw(
            task: mixture.tasks[slot.task].name, step: step, excluding: chosen, at: random.uniform(at: 1))
        {
          next = entry(slot.task, old.index)
          next.isReplayed = true
        }
      }
      chosen.insert(next.problem.id)
      plan.problems.append(next)
    }
    return plan
  }

  func name(_ task: Int) -> String { mixture.tasks[task].name }

  private func entry(_ task: Int, _ index: Int) -> Entry {
    Entry(task: task, index: index, problem: mixture.tasks[task].problem(index, split: .train))
  }
}

extension Place {
  static let curriculum = 100
  static let replacement = 101
  static let control = 102
}
