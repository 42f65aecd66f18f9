import GRDB

/// Which samples of a run are wanted: each field narrows the choice when it is given.
public struct RolloutFilter: Sendable, Hashable {
  public var stage: String?
  public var step: Int?
  public var purpose: RolloutPurpose?
  public var domain: String?
  /// The problem's id.
  public var problem: String?
  /// One of its verdicts has it: `accepted`, `rejected`, `abstained` or `fault`.
  public var status: String?
  /// It has a verdict of this verifier; with `status`, one of that status.
  public var verifier: String?
  /// Prompt or completion holds this text; ASCII letters count alike in both cases.
  public var search: String?

  public init(
    stage: String? = nil, step: Int? = nil, purpose: RolloutPurpose? = nil, domain: String? = nil,
    problem: String? = nil, status: String? = nil, verifier: String? = nil, search: String? = nil
  ) {
    (self.stage, self.step, self.purpose, self.domain) = (stage, step, purpose, domain)
    (self.problem, self.status, self.verifier, self.search) = (problem, status, verifier, search)
  }

  /// The condition in SQL over `rollouts`, only of what is given, so that the indexes are used.
  var condition: (sql: String, arguments: StatementArguments) {
    var parts: [String] = []
    var arguments: StatementArguments = [:]
    func add(_ sql: String, _ values: [String: (any DatabaseValueConvertible)?]) {
      parts.append(sql)
      _ = arguments.append(contentsOf: StatementArguments(values))
    }
    var steps: [String] = []
    if let stage {
      steps.append("stage = :stage")
      _ = arguments.append(contentsOf: ["stage": stage])
    }
    if let step {
      steps.append("step = :step")
      _ = arguments.append(contentsOf: ["step": step])
    }
    if let purpose {
      steps.append("purpose = :purpose")
      _ = arguments.append(contentsOf: ["purpose": purpose.rawValue])
    }
    if !steps.isEmpty {
      parts.append("step_id IN (SELECT id FROM steps WHERE \(steps.joined(separator: " AND ")))")
    }
    if let domain { add("domain = :domain", ["domain": domain]) }
    if let problem { add("problem = :problem", ["problem": problem]) }
    if status != nil || verifier != nil {
      var verdicts = ["rollout_id = rollouts.id"]
      if let verifier {
        verdicts.append("verifier = :verifier")
        _ = arguments.append(contentsOf: ["verifier": verifier])
      }
      if let status {
        verdicts.append("status = :status")
        _ = arguments.append(contentsOf: ["status": status])
      }
      parts.append("EXISTS (SELECT 1 FROM verdicts WHERE \(verdicts.joined(separator: " AND ")))")
    }
    if let search, !search.isEmpty {
      let pattern = search.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing(
        "_", with: "\\_")
      add(
        #"(completion LIKE :search ESCAPE '\' OR prompt LIKE :search ESCAPE '\')"#, ["search": "%\(pattern)%"]
      )
    }
    return (parts.isEmpty ? "1" : parts.joined(separator: " AND "), arguments)
  }
}

/// What there is to choose from in a run's rollouts.
public struct RolloutFacets: Sendable, Hashable {
  /// In the order in which they were first stored.
  public var stages: [Stage]
  public var domains: [String]
  public var verifiers: [String]

  /// One stage and what its samples were drawn for.
  public struct Stage: Sendable, Hashable {
    public var name: String
    public var purpose: RolloutPurpose
    public var firstStep: Int
    public var lastStep: Int
  }
}

extension RolloutStore {
  public func facets() throws(RunError) -> RolloutFacets {
    try read { db in
      let stages = try Row.fetchAll(
        db,
        sql: """
          SELECT stage, purpose, MIN(step) AS first, MAX(step) AS last FROM steps
          GROUP BY stage, purpose ORDER BY MIN(id)
          """)
      return RolloutFacets(
        stages: stages.compactMap { row in
          RolloutPurpose(rawValue: row["purpose"]).map {
            RolloutFacets.Stage(
              name: row["stage"], purpose: $0, firstStep: row["first"], lastStep: row["last"])
          }
        },
        domains: try String.fetchAll(db, sql: "SELECT DISTINCT domain FROM rollouts ORDER BY domain"),
        verifiers: try String.fetchAll(db, sql: "SELECT DISTINCT verifier FROM verdicts ORDER BY verifier"))
    }
  }
}
