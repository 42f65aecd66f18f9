import Host
import Hummingbird
import Rows
import Synchronization
import VerifierKit

/// What OpenRLHF and slime send: a prompt, a response, and a label that may be anything.
struct LabelledText {
  var prompt: String
  /// Nil: it could not be told from the prompt.
  var response: String?
  var label: JSONValue

  /// The row that it stands for. A label that is an object, or JSON of one in a string, gives the row's fields
  /// (`reference`, `tests`, `domain`, ..., or `inputs` and `outputs`); any other is the reference.
  func row(domain: String?) throws(RowError) -> Row {
    var fields: [String: JSONValue] = ["prompt": .string(prompt)]
    let inner = label.string.flatMap { $0.hasPrefix("{") ? try? JSONValue(parsing: $0) : nil } ?? label
    if let object = inner.object {
      if object["inputs"] != nil || object["test_cases"] != nil {
        fields["reward_model"] = .object(["ground_truth": inner])
      } else {
        fields.merge(object) { $1 }
      }
    } else if label != .null {
      fields["reference"] = label
    }
    if let domain { fields["domain"] = .string(domain) }
    if fields["id"] == nil, prompt.isEmpty, label != .null { fields["id"] = .string(label.text) }
    fields["completion"] = response.map(JSONValue.string)
    return try Row(fields, line: 1)
  }

  /// What begins an assistant's turn in the templates that are in use, and what ends a turn.
  private static let begins = [
    "<|im_start|>assistant\n", "<|start_header_id|>assistant<|end_header_id|>\n\n", "<｜Assistant｜>",
    "<start_of_turn>model\n", "[/INST]",
  ]
  private static let ends = [
    "<|im_end|>", "<|endoftext|>", "</s>", "<|eot_id|>", "<|end_of_text|>", "<｜end▁of▁sentence｜>",
    "<end_of_turn>", "<eos>", "<|end|>", "<pad>", "<|finetune_right_pad_id|>",
  ]

  /// The response within `query`: what follows the prompt, and what a template put between the two.
  ///
  /// A mark within the response is the model's own text, and cuts nothing.
  /// - Returns: Nil where the prompt is not in it.
  static func response(in query: String, after prompt: String) -> String? {
    var text = query[...]
    if !prompt.isEmpty {
      // A prompt that is too long arrives without its beginning.
      guard let found = text.range(of: prompt) ?? text.range(of: String(prompt.suffix(200))) else {
        return nil
      }
      text = text[found.upperBound...]
      var rest = text.drop(while: \.isWhitespace)
      while let end = ends.first(where: { rest.hasPrefix($0) }) {
        rest = rest.dropFirst(end.count).drop(while: \.isWhitespace)
      }
      if let begin = begins.first(where: { rest.hasPrefix($0) }) { text = rest.dropFirst(begin.count) }
    } else if let found = begins.compactMap({ query.range(of: $0) }).min(by: { $0.lowerBound < $1.lowerBound }
    ) {
      text = text[found.upperBound...]
    }
    return withoutEnds(text)
  }

  /// The text without the tokens that end a turn.
  static func withoutEnds(_ text: some StringProtocol) -> String {
    var text = Substring(text)
    while true {
      var trimmed = text
      while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
      guard let end = ends.first(where: { trimmed.hasSuffix($0) }) else { return String(text) }
      text = trimmed.dropLast(end.count)
    }
  }
}

extension Exchange {
  /// Of a sample whose label can't be read.
  static let badRow = "bad-row"

  /// The reward of each text: `judgements` in their order.
  func judge(_ texts: [LabelledText]) async throws(Refusal) -> [Reward] {
    guard texts.count <= environment.options.maxRows else {
      throw Refusal(.contentTooLarge, "\(texts.count) samples are more than \(environment.options.maxRows).")
    }
    let host = try await environment.judges.host(for: verifiers)
    try environment.rows.enter(texts.count)
    defer { environment.rows.leave(texts.count) }
    let domain = query("domain").first
    var rewards = [Reward?](repeating: nil, count: texts.count)
    var samples: [Sample] = []
    var places: [Int] = []
    for (index, text) in texts.enumerated() {
      guard text.response != nil else {
        let fault = VerifierFault(
          reason: Self.badRow,
          message: "Sample \(index): its query does not hold its prompt. Send both as the policy saw them.")
        rewards[index] = Reward(value: nil, outcomes: ["host": .fault(fault)])
        continue
      }
      do throws(RowError) {
        let row = try text.row(domain: domain)
        samples.append(
          Sample(
            problem: Judges.routed(row.problem, in: host), completion: Completion(text: row.completion ?? ""))
        )
        places.append(index)
      } catch {
        let fault = VerifierFault(reason: Self.badRow, message: "Sample \(index): its label \(error.message)")
        rewards[index] = Reward(value: nil, outcomes: ["host": .fault(fault)])
      }
    }
    let asked = samples
    let judged =
      host.waits(for: asked.lazy.map(\.problem.domain))
      ? try await bounded { () async throws(Refusal) in await host.rewards(for: asked) }
      : await host.rewards(for: asked)
    for (place, reward) in zip(places, judged) { rewards[place] = reward }
    let all = rewards.compactMap(\.self)
    ServiceCounters.count(all, bad: 0)
    return all
  }
}

extension Reward {
  /// What kept it from having a value.
  var fault: VerifierFault? {
    if value != nil { return nil }
    for case .fault(let fault) in outcomes.values { return fault }
    return VerifierFault(reason: "abstained", message: "No verifier had anything to say about this problem.")
  }
}

/// A number for those who must have one where there is none: the mean of the rewards that the prompt's other
/// samples got here, or of all where none has been seen, so that a fault pulls its group neither up nor down.
final class NeutralReward: Sendable {
  private struct Mean {
    var sum = 0.0
    var count = 0.0
    var value: Double? { count > 0 ? sum / count : nil }
  }
  private struct State {
    var all = Mean()
    var prompts: [Int: Mean] = [:]
  }
  private let state = Mutex(State())

  func note(_ reward: Double, of prompt: String) {
    state.withLock { state in
      state.all.sum += reward
      state.all.count += 1
      if state.prompts.count > 50_000 { state.prompts = [:] }
      state.prompts[prompt.hashValue, default: Mean()].sum += reward
      state.prompts[prompt.hashValue, default: Mean()].count += 1
    }
  }

  func value(for prompt: String) -> Double {
    state.withLock { $0.prompts[prompt.hashValue]?.value ?? $0.all.value ?? 0.5 }
  }
}
