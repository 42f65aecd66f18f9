import Trainer
import VerifierKit

/// What the page asks for, as JSON.
struct Answers: Sendable {
  let catalogue: RunCatalogue

  typealias Route = @Sendable (Answers, Query) async throws(Refusal) -> JSONValue

  static let routes: [String: Route] = [
    "/api/runs": { answers, _ async throws(Refusal) in await answers.runs() },
    "/api/metrics": { answers, query async throws(Refusal) in try await answers.metrics(query) },
    "/api/curves": { answers, query async throws(Refusal) in try await answers.curves(query) },
    "/api/evaluations": { answers, query async throws(Refusal) in try await answers.evaluations(query) },
    "/api/facets": { answers, query async throws(Refusal) in try await answers.facets(query) },
    "/api/rollouts": { answers, query async throws(Refusal) in try await answers.rollouts(query) },
    "/api/rollout": { answers, query async throws(Refusal) in try await answers.rollout(query) },
  ]

  func run(_ query: Query) async throws(Refusal) -> WatchedRun {
    guard let name = query.text("run") else { throw Refusal(.badRequest, "Name a run: ?run=NAME.") }
    guard let run = await catalogue.run(name) else {
      throw Refusal(.notFound, "There is no run “\(name.prefix(100))” any more.")
    }
    return run
  }

  /// All runs and how far they have come; asked every few seconds.
  private func runs() async -> JSONValue {
    var list: [JSONValue] = []
    for (name, run) in await catalogue.all() {
      await run.refresh()
      list.append(await run.summary(name))
    }
    return .object(["folder": .string(catalogue.root.path), "runs": .array(list)])
  }

  /// The names of a run's metrics, each with its last value.
  private func metrics(_ query: Query) async throws(Refusal) -> JSONValue {
    let columns = try await run(query).columns
    var metrics: [String: JSONValue] = [:]
    for (name, column) in columns.columns {
      guard let row = column.rows.last, let value = column.values.last else { continue }
      metrics[name] = .object([
        "step": .integer(columns.steps[row]), "value": .number(value), "count": .integer(column.values.count),
      ])
    }
    return .object(["metrics": .object(metrics)])
  }

  /// Curves of several metrics: as measured and smoothed, both reduced to what a screen can show.
  private func curves(_ query: Query) async throws(Refusal) -> JSONValue {
    let names = query.texts("metric")
    guard names.count <= 200 else { throw Refusal(.badRequest, "At most 200 metrics at once.") }
    let points = try query.integer("points", in: 10...10_000) ?? 600
    let weight = try query.number("smoothing", in: 0...0.999) ?? 0
    let byWallClock = query.text("axis") == "wall"
    let run = try await run(query)
    let (columns, generation) = await (run.columns, run.generation)
    var curves: [String: JSONValue] = [:]
    for name in names where columns.columns[name] != nil {
      let curve = columns.curve(name, byWallClock: byWallClock)
      var fields = Self.json(curve.reduced(to: points))
      fields["count"] = .integer(curve.y.count)
      if weight > 0 {
        fields["smoothed"] = .object(Self.json(curve.smoothed(weight: weight).reduced(to: points)))
      }
      curves[name] = .object(fields)
    }
    return .object([
      "generation": .integer(generation), "rows": .integer(columns.count), "curves": .object(curves),
    ])
  }

  private static func json(_ curve: Curve) -> [String: JSONValue] {
    ["x": .array(curve.x.map(JSONValue.number)), "y": .array(curve.y.map(JSONValue.number))]
  }

  /// Held-out accuracies with their intervals.
  private func evaluations(_ query: Query) async throws(Refusal) -> JSONValue {
    let columns = try await run(query).columns
    let history = EvaluationHistory(columns.evaluations)
    let points = history.points.map { point -> JSONValue in
      var fields: [String: JSONValue] = [
        "step": .integer(point.step), "stage": .string(point.stage),
        "tasks": .object(point.tasks.mapValues(JSONValue.number)),
        "cons": .object(point.consAtK.mapValues(JSONValue.number)),
        "domains": .object(
          point.passAt1.mapValues {
            .object([
              "mean": .number($0.mean), "low": .number($0.low), "high": .number($0.high),
              "problems": .integer($0.problems),
            ])
          }),
      ]
      if let seconds = point.wallSeconds { fields["wall"] = .number(seconds) }
      if let votes = point.votes { fields["votes"] = .integer(votes) }
      if let average = point.average { fields["average"] = .number(average) }
      return .object(fields)
    }
    return .object(["points": .array(points)])
  }
}

extension WatchedRun {
  /// A line of the list of runs.
  func summary(_ name: String) -> JSONValue {
    let (changed, state) = activity()
    var fields: [String: JSONValue] = [
      "name": .string(name), "rows": .integer(columns.count), "generation": .integer(generation),
      "state": .string(state.rawValue),
      "stages": .array(
        columns.stretches.map {
          .object([
            "stage": .string($0.stage), "first": .integer(columns.steps[$0.firstRow]),
            "last": .integer(columns.steps[$0.lastRow]),
            "firstWall": columns.wallSeconds[$0.firstRow].map(JSONValue.number) ?? .null,
            "lastWall": columns.wallSeconds[$0.lastRow].map(JSONValue.number) ?? .null,
          ])
        }),
    ]
    if let changed { fields["changed"] = .number(changed) }
    if let problem { fields["problem"] = .string(problem) }
    if let step = columns.steps.last { fields["step"] = .integer(step) }
    if let wall = columns.wallSeconds.last.flatMap(\.self) { fields["wall"] = .number(wall) }
    return .object(fields)
  }
}
