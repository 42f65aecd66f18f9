import Foundation

/// A run on one page: `report.html` needs no other file and no network; `plot.svg` is its main figure.
///
/// Everything comes from the run folder, so that it can be made again at any time, also of a live run.
public struct RunReport: Sendable {
  public let name: String
  /// Shown below the name: `policy spark`, `seed 1`, `4 min 12 s`.
  public var facts: [String]
  public let history: EvaluationHistory
  private let rows: [MetricsRow]
  private let pairs: [(before: StoredRollout, after: StoredRollout)]

  /// - Parameters:
  ///   - facts: what the page says below the run's name.
  ///   - samplesPerDomain: problems whose completions are shown before and after.
  public init(of folder: RunFolder, facts: [String] = [], samplesPerDomain: Int = 3) throws(RunError) {
    name = folder.name
    self.facts = facts
    rows = try MetricsLog.rows(of: folder.metrics)
    history = EvaluationHistory(rows)
    pairs =
      FileManager.default.fileExists(atPath: folder.rollouts.path)
      ? try RolloutStore(folder.rollouts).beforeAndAfter(count: samplesPerDomain) : []
  }

  /// Writes both files, each atomically.
  public func write(to folder: RunFolder) throws(RunError) {
    try folder.write(html, to: folder.report)
    try folder.write(RunPlots(rows, history).standalone(title: name), to: folder.plot)
  }

  public var html: String {
    let plots = RunPlots(rows, history)
    let drawings = ([plots.accuracy].compactMap(\.self) + plots.training)
      .map { $0.svg(width: 500, height: 290) }.joined()
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(name)) – Assay</title>
      <style>
      \(ReportStyle.drawing)
      \(ReportStyle.page)
      </style>
      </head>
      <body>
      <h1>\(escaped(name))</h1>
      <p class="facts">\(facts.map { "<span>\(escaped($0))</span>" }.joined())</p>
      \(cards)
      \(section("Held-out accuracy by stage", accuracyTable))
      \(section("Curves", drawings.isEmpty ? "" : "<div class=\"plots\">\(drawings)</div>"))
      \(section("The same held-out problems, before and after", pairs.map(pair).joined()))
      <footer>Made by Assay from <code>metrics.jsonl</code> and <code>rollouts.sqlite</code> in this folder.
      Every sample with every verdict is in <code>rollouts.sqlite</code>.</footer>
      </body>
      </html>

      """
  }

  private func section(_ title: String, _ body: String) -> String {
    body.isEmpty ? "" : "<h2>\(title)</h2>\n\(body)"
  }

  /// First and last accuracy, of each domain and on average.
  private var cards: String {
    guard let first = history.stageEnds.first, let last = history.stageEnds.last, history.stageEnds.count > 1
    else { return "" }
    let card = { (title: String, before: Double?, after: Double?) in
      """
      <div class="card"><h3>\(escaped(title))</h3><div class="after">\(percent(after)) %</div>
      <div class="before">from \(percent(before)) % \(escaped(moment(first.stage)))</div></div>
      """
    }
    let all = [card("average", first.average, last.average)]
    let each = history.domains.map { card($0, first.passAt1[$0]?.mean, last.passAt1[$0]?.mean) }
    return "<div class=\"cards\">\((all + each).joined(separator: "\n"))</div>"
  }

  private var accuracyTable: String {
    let table = history.table
    guard !table.rows.isEmpty else { return "" }
    let problems = history.points.last?.passAt1.values.map(\.problems).reduce(0, +) ?? 0
    let votes = history.points.compactMap(\.votes).max()
    var note =
      "Percent; pass@1 is the mean over problems, ± half of its 95 % interval (Wilson, clustered by problem)"
    if let votes { note += "; cons@\(votes) is the majority answer of \(votes) samples" }
    note += ". \(problems) problems that no training step can draw."
    return "<div class=\"wide\">\(html(table))</div><p class=\"note\">\(note)</p>" + taskTable
  }

  private var taskTable: String {
    guard history.tasks.count > 1 else { return "" }
    let tasks = history.tasks.map { ($0, String($0.split(separator: "/").last ?? "")) }
    var table = TextTable(header: ["after stage"] + tasks.map(\.1))
    table.rows = history.stageEnds.map { point in [point.stage] + tasks.map { percent(point.tasks[$0.0]) } }
    return "<h2>By task</h2><div class=\"wide\">\(html(table))</div>"
  }

  private func html(_ table: TextTable) -> String {
    let row = { (cells: [String], tag: String) in
      "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    return "<table><thead>\(row(table.header, "th"))</thead><tbody>"
      + table.rows.map { row($0, "td") }.joined(separator: "\n") + "</tbody></table>"
  }

  private func pair(_ pair: (before: StoredRollout, after: StoredRollout)) -> String {
    let gold = pair.before.reference.map { "<span class=\"gold\">reference \(escaped($0))</span>" } ?? ""
    return """
      <article class="pair"><header><b>\(escaped(pair.before.domain))</b><code>\(escaped(pair.before.prompt))</code>
      \(gold)</header><div class="halves">\(half(pair.before))\(half(pair.after))</div></article>

      """
  }

  private func half(_ rollout: StoredRollout) -> String {
    let chips = rollout.verdicts.map { verdict in
      let score = verdict.score.map { " " + shortNumber($0) } ?? ""
      return "<span class=\"chip \(escaped(verdict.status))\" title=\"\(escaped(verdict.status))\">"
        + "\(escaped(verdict.verifier)): \(escaped(verdict.reason))\(score)</span>"
    }
    let reward = rollout.reward.map { "reward \(shortNumber($0))" } ?? "no reward: a judge failed"
    return """
      <div><h4><span>\(escaped(moment(rollout.stage)))</span><span>\(reward)</span></h4>
      <pre>\(escaped(rollout.completion))</pre>\(chips.joined())</div>
      """
  }
}

private func moment(_ stage: String) -> String { stage == "start" ? "before training" : "after \(stage)" }

/// At most two digits after the point, and no zeros at the end.
private func shortNumber(_ value: Double) -> String {
  let text = String(format: "%.2f", value)
  return text.hasSuffix(".00")
    ? String(text.dropLast(3)) : text.hasSuffix("0") ? String(text.dropLast()) : text
}
