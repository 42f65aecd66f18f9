import Trainer

/// A run's metrics by name, as they were measured one after another.
struct MetricColumns {
  /// One metric's values, and the rows that they stand in.
  struct Column {
    var rows: [Int] = []
    var values: [Double] = []
  }

  /// Neighbouring rows of one stage.
  struct Stretch: Equatable {
    var stage: String
    var firstRow: Int
    var lastRow: Int
  }

  private(set) var steps: [Int] = []
  /// Seconds since the run began; nil where the row does not say.
  private(set) var wallSeconds: [Double?] = []
  private(set) var stretches: [Stretch] = []
  private(set) var columns: [String: Column] = [:]
  /// The rows that hold held-out accuracies.
  private(set) var evaluations: [MetricsRow] = []

  var count: Int { steps.count }

  mutating func append(_ row: MetricsRow) {
    let index = steps.count
    steps.append(row.step)
    wallSeconds.append(row["wall_s"])
    if stretches.last?.stage == row.stage {
      stretches[stretches.count - 1].lastRow = index
    } else {
      stretches.append(Stretch(stage: row.stage, firstRow: index, lastRow: index))
    }
    var isEvaluation = false
    for (name, value) in row.values where name != "wall_s" {
      columns[name, default: Column()].rows.append(index)
      columns[name]?.values.append(value)
      isEvaluation = isEvaluation || name.hasPrefix("eval/")
    }
    if isEvaluation { evaluations.append(row) }
  }

  /// - Parameter byWallClock: x in seconds since the run began, without what has no clock; otherwise in steps.
  func curve(_ name: String, byWallClock: Bool) -> Curve {
    guard let column = columns[name] else { return Curve() }
    var curve = Curve()
    for (row, value) in zip(column.rows, column.values) {
      guard let x = byWallClock ? wallSeconds[row] : Double(steps[row]) else { continue }
      curve.x.append(x)
      curve.y.append(value)
    }
    return curve
  }
}
