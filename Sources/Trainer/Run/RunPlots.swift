/// The curves of a run, from its metrics.
struct RunPlots {
  let accuracy: LinePlot?
  /// Those for which there are figures: reward, its parts, KL, length, entropy, ...
  let training: [LinePlot]

  init(_ rows: [MetricsRow], _ history: EvaluationHistory) {
    // Over the clock where it is known: a stage of thousands of small steps would leave no room for the rest.
    let isTimed = rows.allSatisfy { $0["wall_s"] != nil }
    let axis = isTimed ? "minutes" : "optimiser step"
    let place = { (step: Int, wall: Double?) in isTimed ? (wall ?? 0) / 60 : Double(step) }
    let stages = Self.stages(rows) { place($0.step, $0["wall_s"]) }
    var accuracy: [LinePlot.Series] = []
    for (color, domain) in history.domains.enumerated() {
      let points = history.points.compactMap { point in
        point.passAt1[domain].map { (x: place(point.step, point.wallSeconds), found: $0) }
      }
      accuracy.append(
        LinePlot.Series(
          name: domain, color: color % 7, points: points.map { ($0.x, $0.found.mean) },
          range: points.map { ($0.x, $0.found.low, $0.found.high) }, isMeasured: true))
    }
    self.accuracy =
      accuracy.isEmpty
      ? nil
      : LinePlot(
        title: "Accuracy on held-out problems", unit: "pass@1, with its 95 % interval", series: accuracy,
        stages: stages, axis: axis, limits: 0...1, isPercent: true)

    let wanted: [(title: String, unit: String, names: [(metric: String, name: String)])] = [
      ("Reward", "mean of a step", [("reward", "reward")]),
      ("Reward by verifier", "mean score", Self.verifiers(rows)),
      ("Divergence from the reference", "k3, nats a token", [("kl", "KL")]),
      (
        "Completion length", "tokens",
        [("completions/mean_length", "mean"), ("completions/max_length", "longest")]
      ),
      ("Entropy of the policy", "nats a token", [("entropy", "entropy")]),
      ("Groups without a signal", "share", [("frac_reward_zero_std", "equal rewards")]),
      ("Loss of fine-tuning", "nats a token", [("loss", "loss")]),
      ("Gradient norm", "before clipping", [("grad_norm", "norm")]),
    ]
    training = wanted.compactMap { plot in
      let series = plot.names.enumerated().compactMap { color, name in
        let points = rows.compactMap { row in
          row[name.metric].map { (x: place(row.step, row["wall_s"]), y: $0) }
        }
        return points.isEmpty ? nil : LinePlot.Series(name: name.name, color: color % 7, points: points)
      }
      return series.isEmpty
        ? nil : LinePlot(title: plot.title, unit: plot.unit, series: series, stages: stages, axis: axis)
    }
  }

  /// `rewards/NAME/mean` of the rows, the first seven by name.
  private static func verifiers(_ rows: [MetricsRow]) -> [(metric: String, name: String)] {
    Set(rows.flatMap(\.values.keys)).sorted().compactMap { metric in
      metric.wholeMatch(of: /rewards\/(.+)\/mean/).map { (metric, String($0.1)) }
    }.prefix(7).map(\.self)
  }

  /// Each from where the one before ends to its own last row; those without rows of their own are left out.
  private static func stages(_ rows: [MetricsRow], _ place: (MetricsRow) -> Double) -> [LinePlot.Stage] {
    var ends: [(name: String, end: Double)] = []
    for row in rows {
      if ends.last?.name == row.stage {
        ends[ends.count - 1].end = place(row)
      } else {
        ends.append((row.stage, place(row)))
      }
    }
    var start = rows.first.map(place) ?? 0
    return ends.compactMap { name, end in
      defer { start = max(start, end) }
      return end > start ? LinePlot.Stage(name: name, range: start...end) : nil
    }
  }

  /// `plot.svg`: accuracy and reward side by side, with their own style sheet.
  func standalone(title: String) -> String {
    let plots = [accuracy, training.first { $0.title == "Reward" }].compactMap(\.self)
    let (width, height, gap) = (460.0, 300.0, 44.0)
    let all = Double(max(1, plots.count)) * (width + gap) + 20
    var svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(all)) \(Int(height) + 64)\" "
    svg += "width=\"\(Int(all))\" height=\"\(Int(height) + 64)\">\n<style>\(ReportStyle.drawing)</style>\n"
    svg += "<rect width=\"100%\" height=\"100%\" style=\"fill: var(--paper)\"/>\n"
    svg += "<text x=\"32\" y=\"30\" style=\"font-size: 16px; font-weight: 600\">\(escaped(title))</text>\n"
    for (index, plot) in plots.enumerated() {
      svg += "<g transform=\"translate(\(Int(32 + Double(index) * (width + gap))) 52)\">\n"
      svg += plot.group(width: width, height: height) + "</g>\n"
    }
    return svg + "</svg>\n"
  }
}
