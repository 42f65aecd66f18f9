import Foundation
import Testing
import VerifierKit

@testable import Trainer

private func mixture() throws -> TaskMixture {
  let tasks = try ["sums", "formulas"].map {
    try GeneratedTask.make(generator: $0, name: $0, style: .terse, seed: 1)
  }
  return TaskMixture(tasks, weights: [3, 1])
}

/// As a checkpoint would bring it back.
private func restored<State: Codable>(_ state: State) throws -> State {
  try JSONDecoder().decode(State.self, from: JSONEncoder().encode(state))
}

@Suite("Curriculum") struct CurriculumTests {
  private func recipe(pool: Int = 10) -> CurriculumRecipe {
    var recipe = CurriculumRecipe()
    (recipe.share, recipe.poolSize, recipe.cooldownSteps) = (0.5, pool, 2)
    return recipe
  }

  @Test("remembers what is solved sometimes, and forgets what no longer is")
  func pool() throws {
    var curriculum = Curriculum(recipe(pool: 2))
    for (id, rate) in [("never", 0.0), ("always", 1.0), ("half", 0.5), ("seldom", 0.1)] {
      curriculum.record(id: id, task: "t", index: 0, passRate: rate, step: 0)
    }
    #expect(curriculum.state.entries.map(\.id) == ["half", "seldom"])
    // No room for three: the one with least to learn from goes.
    curriculum.record(id: "often", task: "t", index: 0, passRate: 0.7, step: 1)
    #expect(curriculum.state.entries.map(\.id) == ["half", "often"])
    curriculum.record(id: "half", task: "t", index: 0, passRate: 1, step: 2)
    #expect(curriculum.state.entries.map(\.id) == ["often"])
    #expect(try restored(curriculum.state) == curriculum.state)
  }

  @Test("draws by p(1 − p), after the cooldown, from the task, and not twice in a step")
  func draw() {
    var curriculum = Curriculum(recipe())
    curriculum.record(id: "a", task: "t", index: 1, passRate: 0.5, step: 0)  // weight 0.25
    curriculum.record(id: "b", task: "t", index: 2, passRate: 0.9, step: 0)  // weight 0.09
    curriculum.record(id: "c", task: "u", index: 3, passRate: 0.5, step: 0)
    func drawn(_ step: Int, _ excluded: Set<String>, _ position: Double) -> String? {
      curriculum.draw(task: "t", step: step, excluding: excluded, at: position)?.id
    }
    #expect(drawn(1, [], 0) == nil)
    #expect(drawn(2, [], 0) == "a" && drawn(2, [], 0.73) == "a" && drawn(2, [], 0.74) == "b")
    #expect(drawn(2, ["a"], 0) == "b" && drawn(2, ["a", "b"], 0) == nil)
  }

  @Test("a plan holds remembered problems in about the share asked for; the same plan from a restored state")
  func plan() throws {
    var recipe = GRPORecipe()
    recipe.problemsPerStep = 40
    recipe.curriculum = self.recipe(pool: 100)
    var schedule = ProblemSchedule(try mixture(), recipe, seed: 1, stage: 0, firstProblem: 0)
    #expect(schedule.plan(0).problems.allSatisfy { !$0.isReplayed })
    for index in 0..<80 {
      let task = index % 4 == 0 ? "formulas" : "sums"
      schedule.curriculum.record(id: "old/\(index)", task: task, index: 1000 + index, passRate: 0.5, step: 0)
    }
    let plan = schedule.plan(5)
    let replayed = plan.problems.filter(\.isReplayed)
    #expect((12...28).contains(replayed.count))
    #expect(plan.problems.count { schedule.name($0.task) == "formulas" } == 10)
    var other = ProblemSchedule(try mixture(), recipe, seed: 1, stage: 0, firstProblem: 0)
    other.curriculum.state = try restored(schedule.curriculum.state)
    #expect(other.plan(5).problems.map(\.problem.id) == plan.problems.map(\.problem.id))
  }

  @Test("the pass rate leaves faults and abstentions out, and is nil where fewer than two are left")
  func rate() {
    #expect(passRate(TinyPolicy.rollouts([[1, 0, nil, nil]]), verifiers: [:]) == 0.5)
    #expect(passRate(TinyPolicy.rollouts([[nil, nil]]), verifiers: [:]) == nil)
    #expect(passRate(TinyPolicy.rollouts([[0, nil]]), verifiers: [:]) == nil)
    var rollouts = TinyPolicy.rollouts([[1, 1, 1, 1]])
    for (index, verdict) in [Verdict.accepted("a"), .rejected("b"), .abstained("c"), .accepted("d")]
      .enumerated()
    {
      rollouts[index].reward.outcomes["one"] = .verdict(verdict, micros: 1)
    }
    #expect(abs((passRate(rollouts, verifiers: ["*": "one"]) ?? 0) - 2.0 / 3) < 1e-12)
    #expect(passRate(rollouts, verifiers: ["elsewhere": "one"]) == 1)
  }
}

@Suite("Balance") struct BalanceTests {
  private func recipe(_ targets: [String: Double]) -> BalanceRecipe {
    var recipe = BalanceRecipe()
    (recipe.every, recipe.targets) = (2, targets)
    return recipe
  }

  @Test("weights move until the shares are on target, within their bounds")
  func controls() throws {
    var balance = Balance(recipe(["math": 1, "logic": 1]), mixture: try mixture(), first: 0)
    #expect(balance.shares == [0.75, 0.25])
    // A domain's norm grows with its share of the problems; logic's is twice as large for the same share.
    for _ in 0..<40 {
      let shares = balance.shares
      balance.observe(["math": shares[0], "logic": 2 * shares[1]])
    }
    #expect(abs(balance.shares[0] - 2.0 / 3) < 1e-3)
    for _ in 0..<40 { balance.observe(["math": 0, "logic": 1]) }
    #expect(abs((balance.state.factors["math"] ?? 0) - 4) < 1e-9)
    #expect(abs((balance.state.factors["logic"] ?? 0) - 0.25) < 1e-9)
  }

  @Test("without targets nothing moves; a step without a gradient moves nothing")
  func still() throws {
    var measured = Balance(recipe([:]), mixture: try mixture(), first: 0)
    measured.observe(["math": 1, "logic": 9])
    #expect(measured.state == BalanceState() && measured.measures(at: 0) && !measured.measures(at: 1))
    var balance = Balance(recipe(["math": 1, "logic": 1]), mixture: try mixture(), first: 0)
    let before = balance.state
    balance.observe([:])
    balance.observe(["math": 3])  // logic was not drawn, or nobody could judge it
    #expect(balance.state == before)
  }

  @Test("a state is JSON and back to the last digit, however often")
  func json() throws {
    var state = GRPOTrainerState()
    state.balance.factors = ["math": 1.0 / 3, "logic": 0.1 + 0.2]
    state.balance.credits = [-1e-17, 2.0.squareRoot()]
    state.balance.taken = [3, 4]
    state.curriculum.entries = [
      CurriculumState.Entry(id: "ü/1", task: "t", index: 7, passRate: 1.0 / 7, step: 3)
    ]
    let once = try GRPOTrainerState(json: state.json)
    let texts = (try once.json.text, try state.json.text)
    #expect(once == state && texts.0 == texts.1)
    #expect(throws: RunError.self) { try GRPOTrainerState(json: .array([])) }
  }

  @Test("with weights that stay, the sequence is the mixture's own; a restored state goes on with it")
  func sequence() throws {
    let mixture = try mixture()
    var balance = Balance(recipe(["math": 1, "logic": 1]), mixture: mixture, first: 5)
    let own = mixture.slots(5..<25)
    let first = balance.next(8)
    var other = Balance(recipe(["math": 1, "logic": 1]), mixture: mixture, first: 0)
    other.state = try restored(balance.state)
    let rest = balance.next(12), again = other.next(12)
    #expect((first + rest).map(\.task) == own.map(\.task) && (first + rest).map(\.index) == own.map(\.index))
    #expect(again.map(\.index) == rest.map(\.index))
  }
}
