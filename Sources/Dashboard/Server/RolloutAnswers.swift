import Trainer
import Verifiers
import VerifierKit

extension Answers {
  /// What there is to choose from among a run's rollouts.
  func facets(_ query: Query) async throws(Refusal) -> JSONValue {
    guard let store = try await store(query) else { return .object(["missing": .bool(true)]) }
    let facets = try Self.read { () throws(RunError) in try store.facets() }
    return .object([
      "stages": .array(
        facets.stages.map {
          .object([
            "stage": .string($0.name), "purpose": .string($0.purpose.rawValue),
            "first": .integer($0.firstStep),
            "last": .integer($0.lastStep),
          ])
        }),
      "domains": .array(facets.domains.map(JSONValue.string)),
      "verifiers": .array(facets.verifiers.map(JSONValue.string)),
    ])
  }

  /// A page of samples, in short: the newest first unless `order=oldest`.
  func rollouts(_ query: Query) async throws(Refusal) -> JSONValue {
    guard let store = try await store(query) else { return .object(["rollouts": .array([])]) }
    let filter = try Self.filter(query)
    let limit = try query.integer("limit", in: 1...500) ?? 50
    let after = try query.integer("after", in: 0...Int.max)
    let newestFirst = query.text("order") != "oldest"
    let page = try Self.read { () throws(RunError) in
      try store.rollouts(filter, after: after.map(Int64.init), newestFirst: newestFirst, limit: limit + 1)
    }
    var answer: [String: JSONValue] = [
      "rollouts": .array(page.prefix(limit).map(Self.row)), "more": .bool(page.count > limit),
    ]
    // Counting looks at all of them; the first page is enough for that.
    if after == nil {
      answer["count"] = .integer(try Self.read { () throws(RunError) in try store.count(filter) })
    }
    return .object(answer)
  }

  /// One sample whole, with the others of its group in short.
  func rollout(_ query: Query) async throws(Refusal) -> JSONValue {
    guard let id = try query.integer("id", in: 0...Int.max), let store = try await store(query),
      let rollout = try Self.read({ () throws(RunError) in try store.rollout(Int64(id)) })
    else { throw Refusal(.notFound, "There is no such rollout any more.") }
    let (group, problem) = try Self.read { () throws(RunError) in
      (try store.group(of: rollout), try store.problem(of: rollout))
    }
    var answer = Self.fields(rollout)
    answer["prompt"] = .string(rollout.prompt)
    answer["completion"] = .string(rollout.completion)
    if let reference = rollout.reference {
      answer["reference"] = .string((try? JSONValue(parsing: reference))?.scalarText ?? reference)
    }
    if let reason = rollout.finishReason { answer["finish"] = .string(reason) }
    if let tests = problem?.tests {
      answer["program"] =
        PythonTests.program(in: rollout.completion, for: tests).map(JSONValue.string) ?? .null
    } else if problem == nil, rollout.verdicts.contains(where: { $0.verifier == "python-tests" }) {
      answer["program"] = CodeExtraction.program(in: rollout.completion).map(JSONValue.string) ?? .null
    }
    answer["verdicts"] = .array(rollout.verdicts.map { Self.verdict($0, whole: true) })
    answer["samples"] = .array(group.map { .object(Self.fields($0)) })
    return .object(answer)
  }

  private func store(_ query: Query) async throws(Refusal) -> RolloutStore? {
    let run = try await run(query)
    do throws(RunError) { return try await run.rollouts() } catch {
      throw Refusal(.internalServerError, error.message)
    }
  }

  private static func read<Value>(_ body: () throws(RunError) -> Value) throws(Refusal) -> Value {
    do throws(RunError) { return try body() } catch { throw Refusal(.internalServerError, error.message) }
  }

  private static func filter(_ query: Query) throws(Refusal) -> RolloutFilter {
    var purpose: RolloutPurpose?
    if let name = query.text("purpose") {
      purpose = RolloutPurpose(rawValue: name)
      if purpose == nil { throw Refusal(.badRequest, "There is no purpose “\(name.prefix(100))”.") }
    }
    return RolloutFilter(
      stage: query.text("stage"), step: try query.integer("step", in: 0...Int.max), purpose: purpose,
      domain: query.text("domain"), problem: query.text("problem"), status: query.text("status"),
      verifier: query.text("verifier"), search: query.text("search"))
  }

  private static func row(_ rollout: StoredRollout) -> JSONValue {
    var fields = fields(rollout)
    // The end says more than the beginning, which the prompt begs for.
    let text = rollout.completion
    fields["preview"] = .string(text.count > 160 ? "…" + text.suffix(160) : text)
    return .object(fields)
  }

  private static func fields(_ rollout: StoredRollout) -> [String: JSONValue] {
    [
      "id": .integer(Int(rollout.id)), "stage": .string(rollout.stage), "step": .integer(rollout.step),
      "purpose": .string(rollout.purpose.rawValue), "domain": .string(rollout.domain),
      "problem": .string(rollout.problem), "sample": .integer(rollout.sample),
      "tokens": .integer(rollout.tokens),
      "reward": rollout.reward.map(JSONValue.number) ?? .null,
      "advantage": rollout.advantage.map(JSONValue.number) ?? .null,
      "verdicts": .array(rollout.verdicts.map { verdict($0, whole: false) }),
    ]
  }

  private static func verdict(_ verdict: StoredVerdict, whole: Bool) -> JSONValue {
    var fields: [String: JSONValue] = [
      "verifier": .string(verdict.verifier), "status": .string(verdict.status),
      "reason": .string(verdict.reason),
    ]
    if let score = verdict.score { fields["score"] = .number(score) }
    if whole {
      fields["details"] = .object(verdict.details.mapValues(JSONValue.string))
      if let micros = verdict.micros { fields["micros"] = .integer(micros) }
    }
    return .object(fields)
  }
}
