import Foundation
import FoundationXML
import AssayNumerics
import Testing
import VerifierKit

@testable import Trainer

/// A run of a cold start and GRPO whose figures are drawn, with held-out problems answered before and after.
struct MadeUpRun {
  let folder: RunFolder

  init(in root: URL) throws {
    folder = try RunFolder(creating: "made-up", in: root)
    let metrics = try MetricsLog(folder.metrics)
    let board = try TensorBoardLog(in: folder.url, time: 1000)
    let store = try RolloutStore(folder.rollouts)
    var random = CounterRandom(seed: 1)
    func log(_ row: MetricsRow) throws {
      try metrics.append(row)
      try board.append(row, time: 1000 + Double(row.step))
    }
    try log(Self.evaluation(0, "start", [0.01, 0.02, 0]))
    try store.insert(Self.rollouts(solved: 0), stage: "start", step: 0, purpose: .evaluation)
    for step in 0..<40 {
      let row = MetricsRow(step: step, stage: "cold-start", values: ["loss": 3 * pow(0.93, Double(step))])
      try log(row)
    }
    try log(Self.evaluation(40, "cold-start", [0.31, 0.42, 0.22]))
    for step in 40..<200 {
      let share = Double(step - 40) / 160
      var row = MetricsRow(step: step, stage: "rl")
      row["reward"] = 0.4 + 0.5 * share + 0.1 * (random.uniform() - 0.5)
      row["rewards/math-answer/mean"] = 0.3 + 0.6 * share + 0.1 * (random.uniform() - 0.5)
      row["rewards/think-format/mean"] = 0.9 + 0.1 * share
      row["kl"] = 0.03 * share + 0.005 * random.uniform()
      row["completions/mean_length"] = 40 + 8 * share + 3 * random.uniform()
      row["completions/max_length"] = 80 + 10 * random.uniform()
      row["entropy"] = 0.5 - 0.35 * share + 0.03 * random.uniform()
      row["frac_reward_zero_std"] = 0.2 + 0.5 * share + 0.1 * random.uniform()
      row["grad_norm"] = 0.5 + random.uniform()
      try log(row)
      if step % 40 == 39 {
        try log(
          Self.evaluation(step + 1, "rl", [0.31 + 0.5 * share, 0.42 + 0.4 * share, 0.22 + 0.6 * share]))
      }
    }
    try store.insert(Self.rollouts(solved: 3), stage: "rl", step: 200, purpose: .evaluation)
  }

  static func evaluation(_ step: Int, _ stage: String, _ shares: [Double]) -> MetricsRow {
    var row = MetricsRow(step: step, stage: stage)
    for (domain, share) in zip(["math", "logic", "code"], shares) {
      let means = (0..<100).map { Double($0) < share * 100 ? 1.0 : 0 }
      guard let estimate = MeanEstimate(problemMeans: means) else { continue }
      row.record(estimate, domain: domain, consAtK: (4, min(1, share + 0.05)))
    }
    row.record(passAt1: shares[0], domain: "math", task: "sums")
    row.record(passAt1: shares[1], domain: "logic", task: "knights")
    return row
  }

  /// Four problems, the first `solved` of which are answered rightly.
  static func rollouts(solved: Int) -> [RolloutRecord] {
    (0..<4).map { group in
      let isRight = group < solved
      let problem = Problem(
        id: "sums/held-out/\(group)", domain: "math", prompt: .text("4\(group)+38<&"),
        reference: .string("\(78 + group)"), metadata: ["task": .string("sums")])
      let verdict: Verdict =
        isRight ? .accepted("equal", ["extracted": "\(78 + group)"]) : .rejected("wrong-answer")
      var outcomes: [String: Reward.Outcome] = [
        "math-answer": .verdict(verdict, micros: 12),
        "think-format": .verdict(.accepted("well-formed"), micros: 3),
      ]
      if group == 3 {
        outcomes["concise-answer"] = .fault(VerifierFault(reason: "worker-died", message: "Restart it."))
      }
      return RolloutRecord(
        group: group, sample: 0, problem: problem,
        completion: Completion(
          text: isRight
            ? "<think>\(group)+8=\(8 + group)\n4+3=7</think>Answer: \(78 + group)" : "<think>7</think>",
          finishReason: .stop),
        tokens: 31, reward: Reward(value: group == 3 ? nil : isRight ? 1.1 : 0.1, outcomes: outcomes),
        advantage: group == 3 ? nil : 0.25)
    }
  }
}

@Suite("Rollouts and report") struct RunReportTests {
  @Test("what went in comes out, fault and all")
  func store() throws {
    try withFolder { root in
      let store = try RolloutStore(root.appending(path: "rollouts.sqlite"))
      try store.insert(MadeUpRun.rollouts(solved: 2), stage: "rl", step: 5)
      try store.insert(MadeUpRun.rollouts(solved: 2), stage: "rl", step: 6)
      let found = try store.rollouts(stage: "rl", step: 5, purpose: .training, domain: "math")
      #expect(found.map(\.problem) == (0..<4).map { "sums/held-out/\($0)" })
      #expect(found[0].reward == 1.1 && found[0].advantage == 0.25 && found[0].reference == "\"78\"")
      #expect(found[2].verdicts.map(\.status) == ["rejected", "accepted"])
      #expect(found[3].reward == nil && found[3].advantage == nil)
      let fault = found[3].verdicts[0]
      #expect(fault.verifier == "concise-answer" && fault.status == "fault" && fault.score == nil)
      #expect(fault.reason == "worker-died" && fault.details == ["message": "Restart it."])
      #expect(try store.rollouts(domain: "code").isEmpty)
    }
  }

  @Test("curves run over the clock where every row has it, over steps otherwise")
  func axis() throws {
    var rows = [MadeUpRun.evaluation(0, "start", [0, 0, 0])]
    for step in 1...1000 {
      rows.append(MetricsRow(step: step, stage: "cold-start", values: ["loss": 1 / Double(step)]))
    }
    for step in 1001...1010 {
      rows.append(MetricsRow(step: step, stage: "rl", values: ["reward": 0.5]))
    }
    rows.append(MadeUpRun.evaluation(1010, "rl", [0.5, 0.5, 0.5]))
    let untimed = RunPlots(rows, EvaluationHistory(rows)).standalone(title: "t")
    #expect(untimed.contains(">optimiser step<") && !untimed.contains(">minutes<"))
    // Half of the time goes to the last hundredth of the steps: its stage takes half of the width.
    for index in rows.indices { rows[index]["wall_s"] = Double(min(index, 1000)) * 0.12 }
    for index in 1001..<rows.count { rows[index]["wall_s"] = 120 + Double(index - 1000) * 11 }
    let plots = RunPlots(rows, EvaluationHistory(rows))
    let timed = plots.standalone(title: "t")
    #expect(timed.contains(">minutes<") && !timed.contains(">optimiser step<"))
    let stages = try #require(plots.accuracy).stages
    #expect(stages.map(\.name) == ["cold-start", "rl"])
    #expect(stages[0].range == 0...2 && abs(stages[1].range.upperBound - 4) < 0.1)
  }

  @Test("a step that is stored again is replaced, and later ones can be removed")
  func replaced() throws {
    try withFolder { root in
      let store = try RolloutStore(root.appending(path: "rollouts.sqlite"))
      for step in [1, 2, 3, 3, 3] {
        try store.insert(MadeUpRun.rollouts(solved: 2), stage: "rl", step: step)
      }
      try store.insert(MadeUpRun.rollouts(solved: 2), stage: "rl", step: 3, purpose: .evaluation)
      #expect(try store.count() == 16 && store.count(purpose: .training) == 12)
      try store.removeSteps(after: 1)
      #expect(try store.count() == 4)
      #expect(try store.rollouts().flatMap(\.verdicts).count == 9)
    }
  }

  @Test("before and after: the greatest gain first, one without a gain last")
  func pairs() throws {
    try withFolder { root in
      let run = try MadeUpRun(in: root)
      let pairs = try RolloutStore(run.folder.rollouts).beforeAndAfter(count: 2)
      #expect(pairs.map(\.before.problem) == ["sums/held-out/0", "sums/held-out/3"])
      #expect(pairs.map(\.before.stage) == ["start", "start"] && pairs.map(\.after.stage) == ["rl", "rl"])
    }
  }

  @Test("the table shows each stage's last evaluation")
  func table() throws {
    try withFolder { root in
      let run = try MadeUpRun(in: root)
      let history = EvaluationHistory(try MetricsLog.rows(of: run.folder.metrics))
      #expect(history.domains == ["code", "logic", "math"] && history.points.count == 6)
      #expect(history.stageEnds.map(\.stage) == ["start", "cold-start", "rl"])
      let table = history.table
      #expect(table.header.prefix(5) == ["after stage", "code", "logic", "math", "average"])
      #expect(table.rows[1][3] == "31.0 ± 9.0" && table.rows[1][4] == "31.7")
    }
  }

  @Test("the page needs nothing else, and shows what was measured")
  func report() throws {
    try withFolder { root in
      let run = try MadeUpRun(in: root)
      let report = try RunReport(of: run.folder, facts: ["policy spark", "seed 1"])
      try report.write(to: run.folder)
      let html = try String(contentsOf: run.folder.report, encoding: .utf8)
      for outside in ["http://", "https://", "src=", "@import", "url("] { #expect(!html.contains(outside)) }
      for words in [
        "40+38&lt;&amp;", "31.0 ± 9.0", "math-answer: equal 1", "worker-died", "reward 1.1", "cold-start",
      ] {
        #expect(html.contains(words), "\(words)")
      }
      #expect(XMLParser(data: try Data(contentsOf: run.folder.plot)).parse())
      if let keep = ProcessInfo.processInfo.environment["ASSAY_KEEP_REPORT"] {
        try? FileManager.default.removeItem(atPath: keep)
        try FileManager.default.copyItem(atPath: run.folder.url.path, toPath: keep)
      }
    }
  }

  @Test("a run without evaluations or rollouts has a page too")
  func empty() throws {
    try withFolder { root in
      let folder = try RunFolder(creating: "empty", in: root)
      _ = try MetricsLog(folder.metrics)
      try RunReport(of: folder).write(to: folder)
      #expect(try String(contentsOf: folder.report, encoding: .utf8).contains("<h1>empty</h1>"))
    }
  }
}
