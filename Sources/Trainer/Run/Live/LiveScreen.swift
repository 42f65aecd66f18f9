import Foundation

/// Draws a run's figures as lines of text for a terminal of some size.
struct LiveScreen {
  var width: Int
  /// Lines at most; what matters least goes first.
  var height: Int
  var isColoured: Bool

  /// - Parameters:
  ///   - activity: what goes on between two steps: `evaluation 120/400`.
  ///   - warning: the last one.
  func lines(_ figures: LiveFigures, name: String, activity: String?, warning: String?) -> [String] {
    var lines = [head(figures, name: name)]
    var rest: [(rank: Int, line: String)] = []
    if let line = overview(figures) { rest.append((1, line)) }
    let verifiers = figures.names("rewards/", "/mean").map {
      Cell(label: $0, metric: "rewards/\($0)/mean", bounds: 0...1)
    }
    let domains = figures.names("domain/", "/reward").map {
      Cell(label: $0, metric: "domain/\($0)/reward", bounds: nil)
    }
    rest += section("by verifier", verifiers, figures, rank: 3)
    rest += section("by domain", domains, figures, rank: 4)
    rest += heldOut(figures).map { (5, $0) }
    if let activity { rest.append((2, styled(clipped("  " + activity), .soft))) }
    if let warning { rest.append((0, styled(clipped("  " + warning), .warning))) }
    let kept = rest.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
      .prefix(max(0, height - 1)).sorted { $0.offset < $1.offset }
    lines += kept.map(\.element.line)
    return lines
  }

  private struct Cell {
    var label: String
    var metric: String
    var bounds: ClosedRange<Double>?
  }

  private func head(_ figures: LiveFigures, name: String) -> String {
    var parts = [name]
    if !figures.stage.isEmpty {
      parts.append(figures.stage + (figures.stageNumber.map { " (\($0))" } ?? ""))
    }
    if let total = figures.stepsOfStage, figures.stepInStage > 0 {
      parts.append("step \(figures.stepInStage)/\(total)")
      if width >= 72 { parts.append(bar(Double(figures.stepInStage) / Double(max(1, total)))) }
    } else if figures.stepInStage > 0 {
      parts.append("step \(figures.stepInStage)")
    }
    parts.append(clock(.seconds(figures.wallSeconds)))
    if let left = figures.secondsLeft { parts.append("left \(clock(.seconds(left)))") }
    return styled(clipped(parts.joined(separator: "  ")), .bold)
  }

  /// Reward or loss with its curve, and the figures that say whether training is sound.
  private func overview(_ figures: LiveFigures) -> String? {
    let main = figures.history["reward"] != nil ? "reward" : "loss"
    // What matters least comes last: it goes first where there is no room.
    var facts: [String] = []
    func add(_ label: String, _ metric: String) {
      guard figures.history[metric] != nil, let value = figures.last[metric] else { return }
      facts.append("\(label) \(shortNumber(value))")
    }
    add("kl", "kl")
    if let rate = figures.tokensPerSecond { facts.append("\(shortNumber(rate)) tok/s") }
    add("length", "completions/mean_length")
    add("entropy", "entropy")
    add("grad", "grad_norm")
    guard let values = figures.history[main], let value = values.last else {
      return facts.isEmpty ? nil : clipped("  " + facts.joined(separator: "  "))
    }
    // The curve comes before the last of the figures.
    let fixed = 2 + main.count + 1 + 7 + 1 + 2
    while facts.count > 1, width - fixed - facts.joined(separator: "  ").count < 8 { facts.removeLast() }
    let tail = facts.joined(separator: "  ")
    let curve = Sparkline.text(values, width: min(24, max(0, width - fixed - tail.count)))
    return coloured(clipped("  \(main) " + padded(shortNumber(value), 7) + " \(curve)  \(tail)"), curve)
  }

  /// One verifier or domain a cell, in as many columns as fit.
  private func section(
    _ title: String, _ cells: [Cell], _ figures: LiveFigures, rank: Int
  ) -> [(rank: Int, line: String)] {
    let cells = cells.filter { figures.history[$0.metric] != nil }
    guard !cells.isEmpty else { return [] }
    let columns = max(1, min(3, (width - 2) / 38, cells.count))
    let column = (width - 2) / columns
    let label = min(20, max(8, cells.map(\.label.count).max() ?? 8), max(8, column - 20))
    var lines: [(rank: Int, line: String)] = [(rank + 10, styled("  \(title)", .soft))]
    var start = 0
    while start < cells.count {
      var (line, used) = ("  ", 2)
      for (index, cell) in cells[start..<min(start + columns, cells.count)].enumerated() {
        let values = figures.history[cell.metric] ?? []
        let name = padded(String(cell.label.prefix(label)), label)
        let curve = Sparkline.text(values, width: max(0, min(16, column - label - 12)), bounds: cell.bounds)
        let text = "\(name) \(padded(shortNumber(values.last ?? 0), 6)) "
        let blanks = String(repeating: " ", count: max(0, 2 + index * column - used))
        line += blanks + text + styled(curve, .curve)
        used = max(used, 2 + index * column) + text.count + curve.count
      }
      lines.append((rank, line))
      start += columns
    }
    return lines
  }

  private func heldOut(_ figures: LiveFigures) -> [String] {
    let domains = figures.names("eval/", "/pass@1")
    guard !domains.isEmpty else { return [] }
    let cells = domains.map { domain -> String in
      let metric = "eval/\(domain)/pass@1"
      let half = ((figures.last[metric + "_high"] ?? 0) - (figures.last[metric + "_low"] ?? 0)) * 50
      let value = (figures.last[metric] ?? 0) * 100
      return "\(domain) " + String(format: half > 0 ? "%.1f±%.1f" : "%.1f", value, half)
    }
    var lines: [String] = []
    var line = "  held-out %"
    for cell in cells {
      if line.count + 2 + cell.count > width {
        lines.append(line)
        line = "            "
      }
      line += "  " + cell
    }
    return (lines + [line]).map(clipped)
  }

  // MARK: Text

  private enum Style: String {
    case bold = "1"
    case soft = "2"
    case curve = "36"
    case warning = "33"
  }

  private func styled(_ text: String, _ style: Style) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// The line with its curve in colour; it was clipped before, for escapes have no width.
  private func coloured(_ line: String, _ curve: String) -> String {
    guard isColoured, !curve.isEmpty, let range = line.firstRange(of: curve) else { return line }
    return line.replacingCharacters(in: range, with: styled(curve, .curve))
  }

  private func clipped(_ text: String) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func bar(_ share: Double) -> String {
    let filled = Int((min(1, max(0, share)) * 12).rounded())
    return String(repeating: "█", count: filled) + String(repeating: "░", count: 12 - filled)
  }

  /// At most six characters: `0.423`, `12.3`, `1.2e-05`.
  private func shortNumber(_ value: Double) -> String {
    let size = abs(value)
    if value == 0 { return "0" }
    if size < 0.001 || size >= 1e6 { return String(format: "%.0e", value) }
    if size >= 100 { return String(format: "%.0f", value) }
    return String(format: size >= 10 ? "%.1f" : "%.3f", value)
  }
}
