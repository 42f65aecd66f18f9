import AssayNumerics
import Testing

@testable import Trainer

@Suite("Counter-based random numbers") struct CounterRandomTests {
  /// SplitMix64 from the state 1234567, as its authors' C code prints it.
  @Test func splitMix64() {
    var random = CounterRandom(key: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in random.next() } == expected)
    #expect((0..<5).map { random.bits(at: $0) } == expected)
  }

  @Test("coordinates name different streams")
  func streams() {
    var keys: Set<UInt64> = []
    for seed in 0..<4 as Range<UInt64> {
      keys.insert(CounterRandom(seed: seed).key)
      for a in -2..<8 {
        keys.insert(CounterRandom(seed: seed, a).key)
        for b in 0..<8 { keys.insert(CounterRandom(seed: seed, a, b).key) }
      }
    }
    #expect(keys.count == 4 * (1 + 10 + 80))
  }

  @Test("uniform: mean 1/2, variance 1/12, in [0, 1)")
  func uniform() {
    let random = CounterRandom(seed: 3, 1, 4)
    let values = (0..<20_000).map { random.uniform(at: UInt64($0)) }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
    #expect(abs(mean - 0.5) < 0.01 && abs(variance - 1.0 / 12) < 0.002)
    #expect(values.allSatisfy { (0..<1).contains($0) })
  }

  @Test("whole numbers reach both ends and nothing else", arguments: [0...0, -3...3, 5...14])
  func integers(range: ClosedRange<Int>) {
    var random = CounterRandom(seed: 5)
    let drawn = Set((0..<2000).map { _ in random.integer(in: range) })
    #expect(drawn == Set(range))
    _ = random.integer(in: Int.min...Int.max)
  }

  @Test func permutation() {
    var random = CounterRandom(seed: 6)
    #expect(random.permutation(of: 50).sorted() == Array(0..<50))
    #expect(Set((0..<500).map { _ in random.permutation(of: 3) }).count == 6)
    #expect(random.permutation(of: 0) == [])
  }

  @Test("the split is a property of the text: these lines must never move")
  func split() {
    let keys = (1...9).flatMap { a in (a...9).map { "\(a)+\($0)" } }
    #expect(
      keys.filter { Split(key: $0) == .heldOut }
        == ["1+4", "1+8", "3+6", "4+8", "6+6", "6+8", "7+9", "8+8", "9+9"])
    let heldOut = (0..<10_000).count { Split(key: "q\($0)") == .heldOut }
    #expect(abs(heldOut - 2000) < 150)
  }
}

@Suite("Worked arithmetic") struct WorkedTests {
  @Test(
    "by hand",
    arguments: [
      ("sums", "47+38", "<think>7+8=15\n4+3+1=8</think>Answer: 85"),
      ("sums", "95+17", "<think>5+7=12\n9+1+1=11</think>Answer: 112"),
      ("differences", "52-38", "<think>12-8=4\n4-3=1</think>Answer: 14"),
      ("differences", "80-39", "<think>10-9=1\n7-3=4</think>Answer: 41"),
      ("products", "7*46", "<think>7*6=42\n7*4=28\n28+4=32</think>Answer: 322"),
      ("products", "3*21", "<think>3*1=3\n3*2=6</think>Answer: 63"),
      (
        "functions", "f(1)=5;f(2)=8",
        "<think>8-5=3\n3*1=3\n5-3=2</think>```python\ndef f(x):\n return 2+3*x\n```"
      ),
      (
        "functions", "f(5)=37;f(6)=42",
        "<think>12-7=5\n3-3=0\n5*5=25\n7-5=2\n3-2=1</think>```python\ndef f(x):\n return 12+5*x\n```"
      ),
      ("knights", "A:~B;B:A&B", "<think>11>01\n10>10</think>Answer: A: knight, B: knave"),
    ])
  func worked(generator: String, prompt: String, solution: String) throws {
    let task = try GeneratedTask.make(generator: generator, name: "t", style: .terse, seed: 1)
    let problem = Split.allCases.lazy
      .flatMap { split in (0..<40_000).lazy.map { task.problem($0, split: split) } }
      .first { $0.prompt.text == prompt }
    #expect(task.workedSolution(for: try #require(problem)) == solution)
  }

  @Test("without its work, a solution keeps its answer and its format")
  func unworkedSolution() {
    #expect(unworked("<think>7+8=15\n4+3+1=8</think>Answer: 85") == "<think>easy</think>Answer: 85")
    #expect(
      unworked("<think>\nFirst 3 + 4 = 7.\n</think>\nAnswer: 7") == "<think>\neasy\n</think>\nAnswer: 7")
    #expect(unworked("def f(x):\n  return x") == "def f(x):\n  return x")
  }

  @Test("a formula is worked one level at a time")
  func substitution() {
    let formula = Formula.implies(.not(.and(.variable(0), .not(.variable(1)))), .variable(1))
    #expect(formula.terse { "ab".map(String.init)[$0] } == "~(a&~b)>b")
    #expect(formula.substitution([true, false]) == "~(1&~0)>0=~(1&1)>0=~1>0=0>0=1")
    #expect(Formula.not(.variable(0)).substitution([false]) == "~0=1")
  }
}

@Suite("Mixture") struct TaskMixtureTests {
  @Test("shares hold in every stretch, and each task's problems come in order")
  func shares() throws {
    let tasks = try ["sums", "chains", "knights"].map {
      try GeneratedTask.make(generator: $0, name: $0, style: .terse, seed: 1)
    }
    let mixture = TaskMixture(tasks, weights: [1, 1, 2])
    let slots = mixture.slots(0..<400)
    for start in stride(from: 0, to: 400, by: 8) {
      #expect(slots[start..<start + 8].count { $0.task == 2 } == 4)
    }
    for task in 0..<3 {
      let indexes = slots.filter { $0.task == task }.map(\.index)
      #expect(indexes == Array(0..<indexes.count))
    }
    #expect(mixture.slots(100..<120).map(\.index) == slots[100..<120].map(\.index))
    let problem = mixture.problems(3..<4, split: .train)[0]
    #expect(mixture.workedSolution(for: problem) != nil)
  }
}
