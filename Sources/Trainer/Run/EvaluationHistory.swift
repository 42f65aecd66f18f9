/// What the held-out problems said in the course of a run, read back from its metrics.
///
/// An evaluation is a row with `eval/DOMAIN/pass@1`; `..._low` and `..._high` bound it, `eval/DOMAIN/cons@K`
/// and `eval/DOMAIN/problems` stand beside it, and `eval/DOMAIN/TASK/pass@1` splits it.
public struct EvaluationHistory: Sendable {
  public struct Point: Sendable, Hashable {
    public var step: Int
    public var stage: String
    /// Since the run began; nil where the metrics do not say.
    public var wallSeconds: Double?
    /// By domain.
    public var passAt1: [String: MeanEstimate]
    /// By domain; the K of cons@K is `votes`.
    public var consAtK: [String: Double]
    public var votes: Int?
    /// By `DOMAIN/TASK`.
    public var tasks: [String: Double]

    /// By domain or benchmark: what the best constant answer reaches.
    public var constants: [String: Double]
    /// `eval_average`, which knows domains from benchmarks.
    var stated: Double?

    /// Unweighted over the domains; nil without any.
    public var average: Double? { stated ?? mean(passAt1.sorted { $0.key < $1.key }.map(\.value.mean)) }
  }

  /// In the order in which they were measured.
  public let points: [Point]

  public init(_ rows: [MetricsRow]) {
    points = rows.compactMap(Point.init)
  }

  public var domains: [String] { Set(points.flatMap(\.passAt1.keys)).sorted() }

  public var tasks: [String] { Set(points.flatMap(\.tasks.keys)).sorted() }

  /// The last evaluation of each stage, in the order of the stages.
  public var stageEnds: [Point] {
    points.indices.filter { index in
      index == points.count - 1 || points[index + 1].stage != points[index].stage
    }.map { points[$0] }
  }

  /// Held-out accuracy by domain after each stage, in percent with half the width of its 95 % interval.
  public var table: TextTable {
    let votes = points.compactMap(\.votes).max()
    var table = TextTable(header: ["after stage"] + domains + ["average"])
    if let votes { table.header += domains.map { "\($0) cons@\(votes)" } }
    if let constants = points.last?.constants, !constants.isEmpty {
      let blanks = Array(repeating: "–", count: 1 + (votes == nil ? 0 : domains.count))
      table.rows.append(["best constant answer"] + domains.map { percent(constants[$0]) } + blanks)
    }
    for point in stageEnds {
      var row = [point.stage] + domains.map { percent(point.passAt1[$0]) } + [percent(point.average)]
      if votes != nil { row += domains.map { percent(point.consAtK[$0]) } }
      table.rows.append(row)
    }
    return table
  }
}

extension MetricsRow {
  /// Held-out accuracy of one domain, under the names that `EvaluationHistory` reads.
  public mutating func record(
    _ passAt1: MeanEstimate, domain: String, consAtK: (k: Int, value: Double)? = nil
  ) {
    values["eval/\(domain)/pass@1"] = passAt1.mean
    values["eval/\(domain)/pass@1_low"] = passAt1.low
    values["eval/\(domain)/pass@1_high"] = passAt1.high
    values["eval/\(domain)/problems"] = Double(passAt1.problems)
    if let consAtK { values["eval/\(domain)/cons@\(consAtK.k)"] = consAtK.value }
  }

  /// The same of one task in a domain.
  public mutating func record(passAt1: Double, domain: String, task: String) {
    values["eval/\(domain)/\(task)/pass@1"] = passAt1
  }
}

extension EvaluationHistory.Point {
  /// Nil for a row without an evaluation.
  init?(_ row: MetricsRow) {
    (step, stage, wallSeconds) = (row.step, row.stage, row["wall_s"])
    (passAt1, consAtK, tasks, constants) = ([:], [:], [:], [:])
    stated = row["eval_average"]
    for (name, value) in row.values {
      let parts = name.split(separator: "/").map(String.init)
      guard parts.first == "eval", parts.count > 2 else { continue }
      let domain = parts[1]
      if parts.count == 4, parts[3] == "pass@1" { tasks["\(domain)/\(parts[2])"] = value }
      guard parts.count == 3 else { continue }
      if parts[2] == "pass@1" {
        passAt1[domain] = MeanEstimate(
          mean: value, low: row["\(name)_low"] ?? value, high: row["\(name)_high"] ?? value,
          problems: Int(row["eval/\(domain)/problems"] ?? 0))
      } else if parts[2] == "constant" {
        constants[domain] = value
      } else if let k = parts[2].wholeMatch(of: /cons@(\d+)/).flatMap({ Int($0.1) }) {
        consAtK[domain] = value
        votes = max(votes ?? 0, k)
      }
    }
    if passAt1.isEmpty { return nil }
  }
}

/// `84.0 ± 3.1`.
func percent(_ estimate: MeanEstimate?) -> String {
  guard let estimate else { return "–" }
  return percent(estimate.mean) + " ± " + oneDigit((estimate.high - estimate.low) * 50)
}

func percent(_ share: Double?) -> String { share.map { oneDigit($0 * 100) } ?? "–" }

private func oneDigit(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
}
