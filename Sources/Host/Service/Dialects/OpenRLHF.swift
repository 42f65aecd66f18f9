import Hummingbird
import VerifierKit

/// OpenRLHF's remote reward model: `openrlhf/utils/agent.py` asks, `openrlhf/cli/serve_rm.py` answers.
///
/// `query` holds prompt and response, decoded with their special tokens; lists of one sample or of many. The
/// client has no word for a fault and breaks on an error, so a sample that could not be judged gets a neutral
/// number and `extra_logs.assay_fault` 1; with `?on_fault=error` the answer is 503 instead.
enum OpenRLHF {
  static let reward: Dialect = { exchange async throws(Refusal) in
    let fields = exchange.fields
    guard let queries = try fields.oneOrMore("query") else {
      throw Refusal(.badRequest, "“query” is no list of texts.")
    }
    let prompts = try fields.oneOrMore("prompts") ?? []
    var labels: [JSONValue] = []
    switch exchange.body["labels"] {
    case nil, .null: break
    case .array(let items): labels = items
    case .some(let one): labels = [one]
    }
    if let wanted = exchange.query("on_fault").first, wanted != "error", wanted != "neutral" {
      throw Refusal(.badRequest, "“on_fault” is “neutral” or “error”.")
    }
    for (name, count) in [("prompts", prompts.count), ("labels", labels.count)]
    where count != 0 && count != queries.count {
      throw Refusal(.badRequest, "“\(name)” has \(count) items and “query” \(queries.count). Send as many.")
    }
    let samples = queries.enumerated().map { index, query in
      let prompt = prompts.isEmpty ? "" : prompts[index]
      return LabelledText(
        prompt: prompt, response: LabelledText.response(in: query, after: prompt),
        label: labels.isEmpty ? .null : labels[index])
    }
    let rewards = try await exchange.judge(samples)
    if exchange.query("on_fault").first == "error", let fault = rewards.compactMap(\.fault).first {
      throw Refusal(.serviceUnavailable, fault.message, retryAfter: 1)
    }
    for (sample, reward) in zip(samples, rewards) {
      if let value = reward.value { exchange.environment.neutral.note(value, of: sample.prompt) }
    }
    let host = try await exchange.environment.judges.host(for: exchange.verifiers)
    // All weights of a domain; of several domains, the largest.
    let total = host.components.values.map { $0.reduce(0) { $0 + $1.weight } }.max() ?? 1
    var numbers: [JSONValue] = []
    var scores: [JSONValue] = []
    for (sample, reward) in zip(samples, rewards) {
      let value = reward.value ?? exchange.environment.neutral.value(for: sample.prompt)
      numbers.append(.number(value))
      // The client filters groups by their mean score, which it takes to be within 0 and 1.
      scores.append(.number(total > 0 ? min(1, value / total) : 0))
      if let fault = reward.fault {
        exchange.environment.logger.warning("fault", metadata: ["dialect": "openrlhf", "why": "\(fault)"])
      }
    }
    var logs: [String: JSONValue] = [
      "assay_fault": .array(rewards.map { .number($0.value == nil ? 1 : 0) })
    ]
    // The same names for every sample: the client puts them into one tensor.
    for name in Set(host.components.values.joined().map(\.name)) {
      let neutral = exchange.environment.neutral
      logs[name] = .array(
        rewards.map { reward in
          guard let score = reward.outcomes[name]?.verdict?.score else {
            return .number(neutral.value(for: "verifier " + name))
          }
          neutral.note(score, of: "verifier " + name)
          return .number(score)
        })
    }
    return Reply.json(
      .object(["rewards": .array(numbers), "scores": .array(scores), "extra_logs": .object(logs)]))
  }
}

extension Fields {
  /// A list of texts, or one.
  fileprivate func oneOrMore(_ key: String) throws(Refusal) -> [String]? {
    if let one = value[key]?.string { return [one] }
    return try texts(key)
  }
}
