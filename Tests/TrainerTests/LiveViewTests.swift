import Foundation
import Synchronization
import Testing

@testable import Trainer

@Suite("The live view") struct LiveViewTests {
  private static let recipe: Recipe = {
    var grpo = GRPORecipe()
    (grpo.name, grpo.steps) = ("rl", 40)
    var recipe = Recipe()
    recipe.name = "spark"
    recipe.stages = [.grpo(grpo)]
    return recipe
  }()

  private static func row(_ step: Int) -> MetricsRow {
    MetricsRow(
      step: step, stage: "rl",
      values: [
        "reward": Double(step) / 40, "kl": 0.004, "entropy": 1.25, "completions/mean_length": 96,
        "rewards/math-answer/mean": Double(step) / 40, "rewards/think-format/mean": 1,
        "domain/math/reward": 0.5, "domain/code/reward": 0.25, "num_tokens": 4000, "step_time": 2,
        "wall_s": 3 * Double(step),
      ])
  }

  private static func figures(_ steps: Int) -> LiveFigures {
    var figures = LiveFigures(stages: [LiveFigures.Stage(name: "rl", steps: 40)])
    figures.take(
      MetricsRow(
        step: 0, stage: "start",
        values: [
          "eval/math/pass@1": 0.25, "eval/math/pass@1_low": 0.2, "eval/math/pass@1_high": 0.3, "wall_s": 1,
        ]))
    for step in 1...steps { figures.take(row(step)) }
    return figures
  }

  @Test(
    "sparklines",
    arguments: [
      ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"), ([0, 0, 7, 7], 2, "▁█"), ([3, 3], 8, "▄▄"), ([], 8, ""),
      ([.nan, 1, 2], 4, "▁█"), ([1, 2], 0, ""),
    ] as [([Double], Int, String)])
  func sparkline(values: [Double], width: Int, expected: String) {
    #expect(Sparkline.text(values, width: width) == expected)
  }

  @Test("what the figures say")
  func reading() {
    let figures = Self.figures(10)
    #expect(figures.stage == "rl" && figures.stepInStage == 10 && figures.stepsOfStage == 40)
    #expect(figures.secondsLeft == 90)
    #expect(figures.tokensPerSecond == 2000)
    #expect(figures.names("rewards/", "/mean") == ["math-answer", "think-format"])
  }

  @Test("eighty columns, as text")
  func eighty() {
    let screen = LiveScreen(width: 80, height: 20, isColoured: false)
    let lines = screen.lines(
      Self.figures(10), name: "spark", activity: "evaluation  5/8",
      warning: "step 9, monitor length: too long")
    #expect(
      lines == [
        "spark  rl (1 of 1)  step 10/40  ███░░░░░░░░░  0:30  left 1:30",
        "  reward 0.250   ▁▁▂▃▄▅▆▇██  kl 0.004  2000 tok/s  length 96.0  entropy 1.250",
        "  by verifier",
        "  math-answer  0.250  ▁▁▁▁▂▂▂▂▂▃         think-format 1.000  ██████████",
        "  by domain",
        "  code     0.250  ▄▄▄▄▄▄▄▄▄▄             math     0.500  ▄▄▄▄▄▄▄▄▄▄",
        "  held-out %  math 25.0±5.0", "  evaluation  5/8", "  step 9, monitor length: too long",
      ])
  }

  @Test(
    "no line is longer than the terminal, and no more lines than it has",
    arguments: [20, 40, 61, 80, 120, 200])
  func widths(width: Int) {
    for height in [1, 3, 6, 30] {
      let lines = LiveScreen(width: width, height: height, isColoured: false).lines(
        Self.figures(39), name: "a-run-with-quite-a-long-name", activity: String(repeating: "x", count: 300),
        warning: "w")
      #expect(lines.count <= height)
      #expect(lines.allSatisfy { $0.count <= width }, "\(lines.map(\.count))")
      if height == 3 { #expect(lines.last?.hasSuffix("w") == true) }
    }
  }

  @Test("colours add escapes and nothing else")
  func colours() {
    for width in [40, 80, 160] {
      let draw = { (isColoured: Bool) in
        LiveScreen(width: width, height: 20, isColoured: isColoured).lines(
          Self.figures(20), name: "spark", activity: "a", warning: "w")
      }
      #expect(draw(true) != draw(false))
      #expect(draw(true).map { $0.replacing(/\u{1B}\[[0-9;]*m/, with: "") } == draw(false))
    }
  }

  /// The screen's texts, in their order: `E` what went to standard error, `O` to standard output.
  private static func run(isTerminal: Bool, sizes: [(Int, Int)] = [(80, 24)]) -> [String] {
    let texts = Mutex<[String]>([])
    let now = Mutex(0)
    let left = Mutex(sizes)
    let view = LiveView(
      screen: LiveView.Screen(
        isTerminal: isTerminal, isColoured: false,
        size: { left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } },
        write: { text in texts.withLock { $0.append("E" + text) } },
        say: { text in texts.withLock { $0.append("O" + text) } },
        elapsed: { now.withLock { .seconds($0) } }))
    view.begin(recipe)
    for step in 1...3 {
      now.withLock { $0 += 1 }
      view.take(row(step))
    }
    view.say("checkpoint")
    view.close()
    view.say("done")
    return texts.withLock { $0 }
  }

  @Test("on a terminal it is drawn over itself, and lines that stay go above it")
  func terminal() {
    let texts = Self.run(isTerminal: true)
    #expect(texts.count == 10)
    #expect(texts[0].hasPrefix("Espark  rl (1 of 1)  step 1/40"))
    let lines = texts[0].split(separator: "\n").count
    #expect(texts[1] == "E\u{1B}[\(lines)A\r\u{1B}[J" && texts[2].contains("step 2/40"))
    #expect(
      texts[5] == "E\u{1B}[\(lines)A\r\u{1B}[J" && texts[6] == "Ocheckpoint\n"
        && texts[7].contains("step 3/40"))
    // After its end there is no view.
    #expect(texts[8] == "E\u{1B}[\(lines)A\r\u{1B}[J" && texts[9] == "Odone\n")
  }

  @Test("in a window that has become narrower, what has wrapped is taken off too")
  func resized() {
    // Asked: the first drawing, then the erasing of it, and so on.
    let texts = Self.run(isTerminal: true, sizes: [(80, 24), (30, 24)])
    let lines = texts[0].dropFirst().split(separator: "\n")
    let rows = lines.reduce(0) { $0 + ($1.count + 29) / 30 }
    #expect(rows > lines.count && texts[1] == "E\u{1B}[\(rows)A\r\u{1B}[J")
    #expect(texts[2].dropFirst().split(separator: "\n").allSatisfy { $0.count < 30 })
  }

  @Test("elsewhere only what stays is written")
  func plain() {
    #expect(Self.run(isTerminal: false) == ["Ocheckpoint\n", "Odone\n"])
  }
}
