import GRDB
public import VerifierKit

/// A sample as it stands in the store.
public struct StoredRollout: Sendable, Hashable {
  public var id: Int64
  public var stage: String
  public var step: Int
  public var purpose: RolloutPurpose
  /// Of the problem within the step, and of the sample within its group, from 0.
  public var group: Int
  public var sample: Int
  public var task: String?
  public var domain: String
  public var problem: String
  public var prompt: String
  /// JSON.
  public var reference: String?
  public var completion: String
  /// `stop` or `length`.
  public var finishReason: String?
  public var tokens: Int
  public var reward: Double?
  public var advantage: Double?
  public var verdicts: [StoredVerdict]
  /// Its row among the problems; nil in runs from before problems were stored whole.
  var problemID: Int64?
}

public struct StoredVerdict: Sendable, Hashable {
  public var verifier: String
  /// `accepted`, `rejected`, `abstained` or `fault`.
  public var status: String
  public var score: Double?
  public var reason: String
  /// What the verifier found, or a fault's message, by name.
  public var details: [String: String]
  /// Wall time of the verifier, µs.
  public var micros: Int?
}

extension RolloutStore {
  /// Samples in the order in which they were stored.
  /// - Parameters: each narrows the choice when it is given.
  public func rollouts(
    stage: String? = nil, step: Int? = nil, purpose: RolloutPurpose? = nil, domain: String? = nil,
    limit: Int = 1000
  ) throws(RunError) -> [StoredRollout] {
    try rollouts(RolloutFilter(stage: stage, step: step, purpose: purpose, domain: domain), limit: limit)
  }

  /// A page of samples in the order in which they were stored, or the other way round.
  /// - Parameters:
  ///   - after: the id that the page before ended with; nil: the first page.
  ///   - newestFirst: the order in which ids fall.
  public func rollouts(
    _ filter: RolloutFilter, after: Int64? = nil, newestFirst: Bool = false, limit: Int = 1000
  ) throws(RunError) -> [StoredRollout] {
    var (condition, arguments) = filter.condition
    if let after {
      condition += newestFirst ? " AND rollouts.id < :after" : " AND rollouts.id > :after"
      _ = arguments.append(contentsOf: ["after": after])
    }
    return try read { db in
      try Self.fetch(db, where: condition, arguments, newestFirst: newestFirst, limit: limit)
    }
  }

  /// One sample; nil when there is none of that id.
  public func rollout(_ id: Int64) throws(RunError) -> StoredRollout? {
    try read { db in try Self.fetch(db, where: "rollouts.id = :id", ["id": id], limit: 1).first }
  }

  /// All samples of the same problem in the same step, in their order.
  public func group(of rollout: StoredRollout) throws(RunError) -> [StoredRollout] {
    try read { db in
      try Self.fetch(
        db,
        where: """
          step_id = (SELECT step_id FROM rollouts WHERE id = :id)
          AND "group" = (SELECT "group" FROM rollouts WHERE id = :id)
          """, ["id": rollout.id], limit: 4096)
    }
  }

  /// The sample's problem, whole; nil in runs from before it was stored.
  public func problem(of rollout: StoredRollout) throws(RunError) -> Problem? {
    guard let id = rollout.problemID else { return nil }
    return try problem(id)
  }

  func problem(_ id: Int64) throws(RunError) -> Problem? {
    let text = try read { db in
      try String.fetchOne(db, sql: "SELECT json FROM problems WHERE id = ?", arguments: [id])
    }
    return text.flatMap { try? JSONValue(parsing: $0) }.flatMap(StoredProblem.problem)
  }

  public func count(_ filter: RolloutFilter) throws(RunError) -> Int {
    let (condition, arguments) = filter.condition
    return try read { db in
      try Int.fetchOne(
        db, sql: "SELECT COUNT(*) FROM rollouts WHERE \(condition)", arguments: arguments) ?? 0
    }
  }

  public func count(purpose: RolloutPurpose? = nil) throws(RunError) -> Int {
    try count(RolloutFilter(purpose: purpose))
  }

  /// The same held-out problems in the run's first evaluation and in its last, by domain: those whose
  /// reward changed most come first, and one that got no better comes last, if there is one.
  /// - Parameter count: problems a domain.
  public func beforeAndAfter(
    count: Int = 2
  ) throws(RunError) -> [(before: StoredRollout, after: StoredRollout)] {
    let (first, last) = try read { db in
      (try Self.evaluation(db, "ASC"), try Self.evaluation(db, "DESC"))
    }
    let ends = Dictionary(last.map { ($0.problem, $0) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<String> = []
    var pairs: [(before: StoredRollout, after: StoredRollout)] = []
    for before in first where !seen.contains(before.problem) {
      seen.insert(before.problem)
      guard let after = ends[before.problem], after.id != before.id else { continue }
      pairs.append((before, after))
    }
    let gain = { (pair: (before: StoredRollout, after: StoredRollout)) in
      (pair.after.reward ?? 0) - (pair.before.reward ?? 0)
    }
    return Dictionary(grouping: pairs, by: \.before.domain).sorted { $0.key < $1.key }.flatMap { _, pairs in
      let ordered = pairs.enumerated().sorted {
        (gain($0.element), -$0.offset) > (gain($1.element), -$1.offset)
      }
      .map(\.element)
      let best = Array(ordered.prefix(count))
      guard ordered.count > count, let worst = ordered.last, gain(worst) <= 0 else { return best }
      return best.dropLast() + [worst]
    }
  }

  private static func evaluation(_ db: Database, _ order: String) throws -> [StoredRollout] {
    guard
      let step = try Row.fetchOne(
        db, sql: "SELECT id FROM steps WHERE purpose = 'evaluation' ORDER BY id \(order) LIMIT 1")
    else { return [] }
    return try fetch(db, where: "step_id = :id", ["id": step["id"] as Int64], limit: 100_000)
  }

  static func fetch(
    _ db: Database, where condition: String, _ arguments: StatementArguments, newestFirst: Bool = false,
    limit: Int
  ) throws -> [StoredRollout] {
    var arguments = arguments
    _ = arguments.append(contentsOf: ["limit": limit])
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT rollouts.*, stage, step, purpose FROM rollouts JOIN steps ON steps.id = step_id
        WHERE \(condition) ORDER BY rollouts.id \(newestFirst ? "DESC" : "ASC") LIMIT :limit
        """, arguments: arguments)
    let verdicts = try db.makeStatement(
      sql: "SELECT * FROM verdicts WHERE rollout_id = ? ORDER BY verifier")
    return try rows.map { row in
      let id: Int64 = row["id"]
      return StoredRollout(
        id: id, stage: row["stage"], step: row["step"],
        purpose: RolloutPurpose(rawValue: row["purpose"]) ?? .training, group: row["group"],
        sample: row["sample"], task: row["task"], domain: row["domain"], problem: row["problem"],
        prompt: wholeText(row["prompt"]), reference: row["reference"],
        completion: wholeText(row["completion"]),
        finishReason: row["finish_reason"], tokens: row["tokens"], reward: row["reward"],
        advantage: row["advantage"], verdicts: try Row.fetchAll(verdicts, arguments: [id]).map(verdict),
        problemID: row.hasColumn("problem_id") ? row["problem_id"] : nil)
    }
  }

  private static func verdict(_ row: Row) -> StoredVerdict {
    let details: String = row["details"]
    return StoredVerdict(
      verifier: row["verifier"], status: row["status"], score: row["score"], reason: row["reason"],
      details: ((try? JSONValue(parsing: details))?.object ?? [:]).compactMapValues(\.scalarText),
      micros: row["micros"])
  }
}
