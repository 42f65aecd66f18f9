import Foundation
import GRDB

/// A sample as it stands in the store.
public struct StoredRollout: Sendable, Hashable {
  public var id: Int64
  public var stage: String
  public var step: Int
  public var domain: String
  public var problem: String
  public var prompt: String
  /// JSON.
  public var reference: String?
  public var completion: String
  public var tokens: Int
  public var reward: Double?
  public var advantage: Double?
  public var verdicts: [StoredVerdict]
}

public struct StoredVerdict: Sendable, Hashable {
  public var verifier: String
  /// `accepted`, `rejected`, `abstained` or `fault`.
  public var status: String
  public var score: Double?
  public var reason: String
}

extension RolloutStore {
  /// Samples in the order in which they were stored.
  /// - Parameters: each narrows the choice when it is given.
  public func rollouts(
    stage: String? = nil, step: Int? = nil, purpose: RolloutPurpose? = nil, domain: String? = nil,
    limit: Int = 1000
  ) throws(RunError) -> [StoredRollout] {
    try read { db in
      try Self.fetch(
        db,
        where: """
          (:stage IS NULL OR stage = :stage) AND (:step IS NULL OR step = :step)
          AND (:purpose IS NULL OR purpose = :purpose) AND (:domain IS NULL OR domain = :domain)
          """,
        ["stage": stage, "step": step, "purpose": purpose?.rawValue, "domain": domain], limit: limit)
    }
  }

  public func count(purpose: RolloutPurpose? = nil) throws(RunError) -> Int {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT COUNT(*) FROM rollouts JOIN steps ON steps.id = step_id
          WHERE :purpose IS NULL OR purpose = :purpose
          """, arguments: ["purpose": purpose?.rawValue]) ?? 0
    }
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

  private static func fetch(
    _ db: Database, where condition: String, _ arguments: StatementArguments, limit: Int
  ) throws -> [StoredRollout] {
    var arguments = arguments
    _ = arguments.append(contentsOf: ["limit": limit])
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT rollouts.*, stage, step FROM rollouts JOIN steps ON steps.id = step_id
        WHERE \(condition) ORDER BY rollouts.id LIMIT :limit
        """, arguments: arguments)
    let verdicts = try db.makeStatement(
      sql: "SELECT * FROM verdicts WHERE rollout_id = ? ORDER BY verifier")
    return try rows.map { row in
      let id: Int64 = row["id"]
      let found = try Row.fetchAll(verdicts, arguments: [id])
      return StoredRollout(
        id: id, stage: row["stage"], step: row["step"], domain: row["domain"], problem: row["problem"],
        prompt: row["prompt"], reference: row["reference"], completion: row["completion"],
        tokens: row["tokens"], reward: row["reward"], advantage: row["advantage"],
        verdicts: found.map {
          StoredVerdict(
            verifier: $0["verifier"], status: $0["status"], score: $0["score"], reason: $0["reason"])
        })
    }
  }
}
