import Hummingbird
import Rows
import VerifierKit

/// NeMo-Gym's resources server (`nemo_gym/base_resources_server.py`): `/verify` answers with the whole request
/// and the reward in it; a fault is a masked sample.
enum NeMoGym {
  static let verify: Dialect = { exchange async throws(Refusal) in
    guard var fields = exchange.body.object, fields["response"]?["output"]?.array != nil else {
      throw Refusal(.unprocessableContent, "“response.output” is no list. Send an OpenAI response object.")
    }
    let row: Row
    do throws(RowError) {
      row = try NeMoGym.row(fields)
    } catch {
      throw Refusal(.unprocessableContent, "The request \(error.message)")
    }
    let environment = exchange.environment
    let host = try await environment.judges.host(for: exchange.verifiers)
    try environment.rows.enter(1)
    defer { environment.rows.leave(1) }
    let sample = Sample(
      problem: Judges.routed(row.problem, in: host), completion: Completion(text: row.completion ?? ""))
    let reward =
      host.waits(for: [sample.problem.domain])
      ? try await exchange.bounded { () async throws(Refusal) in await host.rewards(for: [sample])[0] }
      : await host.rewards(for: [sample])[0]
    ServiceCounters.count([reward], bad: 0)
    fields["reward"] = .number(reward.value ?? 0)
    fields["mask_sample"] = .bool(reward.value == nil)
    if let fault = reward.fault {
      fields["failure_kind"] = .string(fault.reason)
      fields["failure_reason"] = .string(fault.message)
      // What versions before mask_sample look for.
      fields["_ng_failure_class"] = .string("judge_failed")
      fields["_ng_failure_judge_error"] = .string(fault.message)
    }
    fields["reward_components"] = .object(
      reward.outcomes.compactMapValues { $0.verdict.map { .number($0.score) } })
    fields["assay"] = reward.json(id: sample.problem.id)["verdicts"]
    return Reply.json(.object(fields))
  }

  static let seedSession: Dialect = { _ in Reply.json(.object([:])) }

  /// Means over the answers of `/verify` that are sent: of `reward` and whatever else is a number.
  static let aggregate: Dialect = { exchange async throws(Refusal) in
    guard let answers = exchange.body["verify_responses"]?.array ?? exchange.body.array else {
      throw Refusal(.unprocessableContent, "“verify_responses” is no list.")
    }
    var sums: [String: (sum: Double, count: Double)] = [:]
    var groups: [Int: [Double]] = [:]
    for answer in answers where answer["mask_sample"]?.bool != true && answer["mask_sample"]?.integer != 1 {
      let components = answer["reward_components"]?.object ?? [:]
      for (key, value) in (answer.object ?? [:]).merging(components, uniquingKeysWith: { first, _ in first })
      where !key.hasPrefix("_") {
        guard let number = value.double ?? value.bool.map({ $0 ? 1 : 0 }), abs(number) < 1e100 else {
          continue
        }
        sums[key, default: (0, 0)].sum += number
        sums[key, default: (0, 0)].count += 1
      }
      if let task = answer["_ng_task_index"]?.integer, let reward = answer["reward"]?.double {
        groups[task, default: []].append(reward)
      }
    }
    let means = sums.filter { $0.key != "mask_sample" }.map {
      ("mean/\($0.key)", JSONValue.number($0.value.sum / $0.value.count))
    }
    let metrics = JSONValue.object(Dictionary(uniqueKeysWithValues: means))
    return Reply.json(
      .object([
        "agent_metrics": metrics,
        "key_metrics": .object((metrics.object ?? [:]).filter { $0.key == "mean/reward" }),
        "group_level_metrics": .array(
          groups.sorted { $0.key < $1.key }.map { task, rewards in
            .object([
              "_ng_task_index": .integer(task),
              "mean/reward": .number(rewards.reduce(0, +) / Double(rewards.count)),
              "max/reward": .number(rewards.max() ?? 0),
            ])
          }),
      ]))
  }

  /// Text of the response's messages; problem and tests where the gyms' rows have them.
  private static func row(_ fields: [String: JSONValue]) throws(RowError) -> Row {
    var row = fields
    for key in ["responses_create_params", "response"] { row[key] = nil }
    row["completion"] = .string(try text(of: fields["response"]?["output"]?.array ?? []))
    if row["prompt"] == nil {
      switch fields["responses_create_params"]?["input"] {
      case .string(let text): row["prompt"] = .string(text)
      case .array(let items):
        row["prompt"] = .array(
          items.compactMap { item in
            let content = item["content"]
            let text = content?.string ?? (content?.array ?? []).compactMap { $0["text"]?.string }.joined()
            return item["role"]?.string.map { .object(["role": .string($0), "content": .string(text)]) }
          })
      default: break
      }
    }
    let data = fields["verifier_metadata"] ?? .null
    if row["reference"] == nil { row["reference"] = fields["expected_answer"] ?? data["expected_answer"] }
    if let tests = data["unit_tests"], tests != .null, row["tests"] == nil {
      guard tests.object != nil || tests.string != nil else {
        throw RowError(line: 1, message: "has “verifier_metadata.unit_tests” that are no object.")
      }
      row["reward_model"] = .object(["ground_truth": tests])
      row["reference"] = nil
    }
    return try Row(row, line: 1)
  }

  /// What the messages say; a response of reasoning and calls alone says nothing.
  private static func text(of output: [JSONValue]) throws(RowError) -> String {
    var text = ""
    for item in output {
      guard item.object != nil, let type = item["type"]?.string ?? (item["content"] == nil ? nil : "message")
      else { throw RowError(line: 1, message: "has an item in “response.output” without “type”.") }
      guard type == "message" else { continue }
      if let whole = item["content"]?.string {
        text += whole
        continue
      }
      guard let parts = item["content"]?.array else {
        throw RowError(line: 1, message: "has a message whose “content” is neither text nor a list.")
      }
      for part in parts where part["type"]?.string != "refusal" {
        guard let one = part["text"]?.string else {
          throw RowError(line: 1, message: "has a message with a part that has no “text”.")
        }
        text += one
      }
    }
    return text
  }
}
