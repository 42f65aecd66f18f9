/// The forms in which records cross a process or a library: those of rows and of `assay score`.

extension Sample {
  /// A row with a completion, as docs/plugins.md describes it for plugins. Hidden tests are not in it.
  public var json: JSONValue {
    var fields: [String: JSONValue] = [
      "id": .string(problem.id), "domain": .string(problem.domain),
      "completion": .string(completion.text),
    ]
    switch problem.prompt {
    case .text(let text): fields["prompt"] = .string(text)
    case .messages(let messages):
      fields["prompt"] = .array(
        messages.map { .object(["role": .string($0.role), "content": .string($0.content)]) })
    }
    if let reference = problem.reference { fields["reference"] = reference }
    if let language = problem.language { fields["language"] = .string(language) }
    if !problem.metadata.isEmpty { fields["metadata"] = .object(problem.metadata) }
    if let reason = completion.finishReason { fields["finish_reason"] = .string(reason.rawValue) }
    return .object(fields)
  }

  /// Nil when `json` is no such row.
  public init?(json: JSONValue) {
    guard let id = json["id"]?.scalarText, let domain = json["domain"]?.string,
      let completion = json["completion"]?.string
    else { return nil }
    var prompt = Prompt.text(json["prompt"]?.string ?? "")
    if let messages = json["prompt"]?.array {
      prompt = .messages(
        messages.compactMap { message in
          guard let role = message["role"]?.string, let content = message["content"]?.string else {
            return nil
          }
          return Message(role: role, content: content)
        })
    }
    self.init(
      problem: Problem(
        id: id, domain: domain, prompt: prompt, reference: json["reference"],
        language: json["language"]?.string, metadata: json["metadata"]?.object ?? [:]),
      completion: Completion(
        text: completion,
        finishReason: json["finish_reason"]?.string.flatMap(Completion.FinishReason.init(rawValue:))))
  }
}

extension Verdict {
  public var json: JSONValue {
    .object([
      "status": .string(status.rawValue), "score": .number(score), "reason": .string(reason),
      "details": .object(details.mapValues(JSONValue.string)),
    ])
  }

  /// Nil when `json` is no verdict: an unknown status, a score outside [0, 1].
  public init?(json: JSONValue) {
    guard let status = json["status"]?.string.flatMap(Status.init(rawValue:)),
      let score = json["score"]?.double, (0...1).contains(score), let reason = json["reason"]?.string
    else { return nil }
    let details = (json["details"]?.object ?? [:]).compactMapValues(\.scalarText)
    self.init(status: status, score: score, reason: reason, details: details)
  }
}
