public import Foundation
import GRDB
public import VerifierKit

/// What a sample was drawn for.
public enum RolloutPurpose: String, Sendable, CaseIterable {
  case training
  case evaluation
  case harvest
}

/// One sample with everything that was found of it.
public struct RolloutRecord: Sendable {
  /// Number of the problem within the step, from 0.
  public var group: Int
  /// Number of the sample within its group, from 0.
  public var sample: Int
  public var problem: Problem
  public var completion: Completion
  /// Tokens of the completion.
  public var tokens: Int
  public var reward: Reward
  /// Nil where none was computed: a fault's sample, a dropped group, an evaluation.
  public var advantage: Double?

  public init(
    group: Int, sample: Int, problem: Problem, completion: Completion, tokens: Int, reward: Reward,
    advantage: Double? = nil
  ) {
    self.group = group
    self.sample = sample
    self.problem = problem
    self.completion = completion
    self.tokens = tokens
    self.reward = reward
    self.advantage = advantage
  }
}

/// `rollouts.sqlite`: every prompt, completion, verdict, reward and advantage of a run.
///
/// Tables: `steps` (one a stage, step and purpose), `problems` (each problem whole, once), `rollouts` (one a
/// sample), `verdicts` (one a sample and verifier). A step goes in as one transaction, so a killed run leaves whole steps. The log is written
/// ahead (WAL): others may read while a run writes.
public final class RolloutStore: Sendable {
  private let database: DatabaseQueue

  /// Creates the file when it is missing.
  public init(_ file: URL) throws(RunError) {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        // A step is one transaction. With NORMAL its pages reach the disk only when the log is folded in, which a reader
        // (a dashboard) can hold back beyond a checkpoint that names the step.
        try db.execute(sql: "PRAGMA synchronous = FULL")
      }
      database = try DatabaseQueue(path: file.path, configuration: configuration)
      try Self.migrator.migrate(database)
    } catch {
      throw RunError("Can't open \(file.path): \(error). Move the file away, or free some space.")
    }
  }

  /// One that exists, to read it while a run may be writing it.
  public init(reading file: URL) throws(RunError) {
    guard FileManager.default.isReadableFile(atPath: file.path) else {
      throw RunError(
        "There is no \(file.path) that can be read. Name a run's folder that holds rollouts.sqlite.")
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    do {
      database = try DatabaseQueue(path: file.path, configuration: configuration)
      guard try database.read({ try $0.tableExists("rollouts") }) else {
        throw RunError("\(file.path) holds no rollouts. Name a run's folder.")
      }
    } catch let error as RunError {
      throw error
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      // Readers of a log that is written ahead share an index beside the file.
      throw RunError(
        "Can't open \(file.path): to be read it needs a folder that can be written. Copy the run elsewhere.")
    } catch {
      throw RunError("Can't read \(file.path): \(error). Check that it is a run's rollouts.sqlite.")
    }
  }

  /// One step's samples, in one transaction. A step that is there already is replaced.
  public func insert(
    _ rollouts: [RolloutRecord], stage: String, step: Int, purpose: RolloutPurpose = .training
  ) throws(RunError) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM steps WHERE stage = ? AND step = ? AND purpose = ?",
        arguments: [stage, step, purpose.rawValue])
      try db.execute(
        sql: "INSERT INTO steps (stage, step, purpose) VALUES (?, ?, ?)",
        arguments: [stage, step, purpose.rawValue])
      let stepID = db.lastInsertedRowID
      let rollout = try db.makeStatement(
        sql: """
          INSERT INTO rollouts (step_id, "group", sample, task, domain, problem, prompt, reference,
            completion, finish_reason, tokens, reward, advantage, problem_id)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      let verdict = try db.makeStatement(
        sql: """
          INSERT INTO verdicts (rollout_id, verifier, status, score, reason, details, micros)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
      var problems: [Problem: Int64] = [:]
      for record in rollouts {
        let problemID = try problems[record.problem] ?? Self.store(record.problem, in: db)
        problems[record.problem] = problemID
        try rollout.execute(arguments: [
          stepID, record.group, record.sample, record.problem.metadata["task"]?.string,
          record.problem.domain, record.problem.id, wholeText(record.problem.prompt.text),
          record.problem.reference.map(json), wholeText(record.completion.text),
          record.completion.finishReason?.rawValue, record.tokens, record.reward.value, record.advantage,
          problemID,
        ])
        let rolloutID = db.lastInsertedRowID
        for (name, outcome) in record.reward.outcomes.sorted(by: { $0.key < $1.key }) {
          switch outcome {
          case .verdict(let found, let micros):
            try verdict.execute(arguments: [
              rolloutID, name, found.status.rawValue, found.score, found.reason, json(found.details), micros,
            ])
          case .fault(let fault):
            try verdict.execute(arguments: [
              rolloutID, name, "fault", nil, fault.reason, json(["message": fault.message]), nil,
            ])
          }
        }
      }
    }
  }

  /// Removes what an interrupted run did after its checkpoint: steps later than `step`, over all stages.
  public func removeSteps(after step: Int) throws(RunError) {
    try write { db in try db.execute(sql: "DELETE FROM steps WHERE step > ?", arguments: [step]) }
  }

  /// Number of the step that was stored last, 0 without one: for a checkpoint to come back to.
  public func lastStepID() throws(RunError) -> Int64 {
    try read { db in try Int64.fetchOne(db, sql: "SELECT MAX(id) FROM steps") ?? 0 }
  }

  /// Removes what was stored after the step with this number; later rows then get the same numbers again.
  public func removeSteps(afterID id: Int64) throws(RunError) {
    try write { db in try db.execute(sql: "DELETE FROM steps WHERE id > ?", arguments: [id]) }
  }

  /// Moves what was written ahead into the file, and forces it to the disk, as far as no reader holds it back.
  func sync() throws(RunError) {
    do {
      try database.writeWithoutTransaction { db in _ = try db.checkpoint(.passive) }
    } catch {
      throw RunError("Can't write \(database.path): \(error). Free some space if the disk is full.")
    }
  }

  private func write(_ body: (Database) throws -> Void) throws(RunError) {
    do {
      try database.write(body)
    } catch {
      throw RunError(
        "Can't write \(database.path): \(error). Free some space if the disk is full, then resume the run.")
    }
  }

  func read<Value>(_ body: (Database) throws -> Value) throws(RunError) -> Value {
    do {
      return try database.read(body)
    } catch {
      throw RunError("Can't read \(database.path): \(error). Check that it is a run's rollouts.sqlite.")
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: """
          CREATE TABLE steps (
            id INTEGER PRIMARY KEY, stage TEXT NOT NULL, step INTEGER NOT NULL, purpose TEXT NOT NULL,
            UNIQUE (stage, step, purpose));
          CREATE TABLE rollouts (
            id INTEGER PRIMARY KEY,
            step_id INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
            "group" INTEGER NOT NULL, sample INTEGER NOT NULL, task TEXT, domain TEXT NOT NULL,
            problem TEXT NOT NULL, prompt TEXT NOT NULL, reference TEXT, completion TEXT NOT NULL,
            finish_reason TEXT, tokens INTEGER NOT NULL, reward REAL, advantage REAL);
          CREATE INDEX rollouts_by_step ON rollouts (step_id, domain);
          CREATE TABLE verdicts (
            rollout_id INTEGER NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
            verifier TEXT NOT NULL, status TEXT NOT NULL, score REAL, reason TEXT NOT NULL,
            details TEXT NOT NULL, micros INTEGER,
            PRIMARY KEY (rollout_id, verifier)) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("2") { db in
      // Runs from before keep their rollouts without a whole problem.
      try db.execute(
        sql: """
          CREATE TABLE problems (id INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL, json TEXT NOT NULL);
          CREATE INDEX problems_by_fingerprint ON problems (fingerprint);
          ALTER TABLE rollouts ADD COLUMN problem_id INTEGER REFERENCES problems (id);
          """)
    }
    return migrator
  }

  /// - Returns: The problem's row, which is made when there is none.
  private static func store(_ problem: Problem, in db: Database) throws -> Int64 {
    let text = StoredProblem.json(problem).pythonText
    let mark = fingerprint(text)
    if let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM problems WHERE fingerprint = ? AND json = ?", arguments: [mark, text])
    {
      return id
    }
    try db.execute(sql: "INSERT INTO problems (fingerprint, json) VALUES (?, ?)", arguments: [mark, text])
    return db.lastInsertedRowID
  }
}

/// SQLite's texts end at the first NUL, which a policy may write: such a text is stored as bytes.
private func wholeText(_ text: String) -> DatabaseValue {
  text.utf8.contains(0) ? Data(text.utf8).databaseValue : text.databaseValue
}

/// What `wholeText` stored.
func wholeText(_ value: DatabaseValue) -> String {
  if case .blob(let data) = value.storage { return String(decoding: data, as: UTF8.self) }
  return String.fromDatabaseValue(value) ?? ""
}

private func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
