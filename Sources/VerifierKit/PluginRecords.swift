public import VerifierABI

/// Samples and verdicts as they cross the C interface, for both of its sides.

extension String {
  public init(_ text: assay_text) {
    guard let bytes = text.bytes, text.length > 0 else {
      self = ""
      return
    }
    self = bytes.withMemoryRebound(to: UInt8.self, capacity: text.length) {
      String(decoding: UnsafeBufferPointer(start: $0, count: text.length), as: UTF8.self)
    }
  }
}

public func withText<R>(_ text: String, _ body: (assay_text) -> R) -> R {
  var text = text
  return text.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) { body(assay_text(bytes: $0.baseAddress, length: $0.count)) }
  }
}

/// Texts end to end, and where each begins: one allocation for a whole record.
private struct Texts {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(capacity: Int) {
    bytes.reserveCapacity(capacity)
    ends.reserveCapacity(12)
  }

  mutating func add(_ text: String) {
    if !text.isEmpty {
      var text = text
      text.withUTF8 { bytes.append(contentsOf: $0) }
    }
    ends.append(bytes.count)
  }

  /// Calls `body` with what gives the text of an index.
  func withAll<R>(_ body: ((Int) -> assay_text) -> R) -> R {
    bytes.withUnsafeBytes { raw in
      let base = raw.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
      return body { index in
        let start = index == 0 ? 0 : ends[index - 1]
        return assay_text(bytes: base.map { $0 + start }, length: ends[index] - start)
      }
    }
  }
}

/// Calls `body` with the sample in the interface's form; it is valid only there.
public func withSample<R>(
  _ completion: Completion, of problem: Problem, _ body: (UnsafePointer<assay_sample>) -> R
) -> R {
  let prompt = problem.prompt.text
  var texts = Texts(capacity: completion.text.utf8.count + prompt.utf8.count + 256)
  texts.add(problem.id)
  texts.add(problem.domain)
  texts.add(prompt)
  if case .messages(let messages) = problem.prompt {
    let items = messages.map {
      JSONValue.object(["role": .string($0.role), "content": .string($0.content)])
    }
    texts.add(JSONValue.array(items).text)
  } else {
    texts.add("")
  }
  texts.add(completion.text)
  texts.add(completion.finishReason?.rawValue ?? "")
  texts.add(problem.reference?.text ?? "")
  texts.add(problem.language ?? "")
  texts.add(problem.metadata.isEmpty ? "" : JSONValue.object(problem.metadata).text)
  return texts.withAll { text in
    let sample = assay_sample(
      id: text(0), domain: text(1), prompt: text(2), messages: text(3), completion: text(4),
      finish_reason: text(5), reference: text(6), language: text(7), metadata: text(8))
    return withUnsafePointer(to: sample, body)
  }
}

extension Sample {
  /// - Throws: where a part that should be JSON is none.
  init(_ sample: assay_sample) throws(VerifierFault) {
    var prompt = Prompt.text(String(sample.prompt))
    if sample.messages.length > 0 {
      let items = try Self.json(sample.messages, "messages").array ?? []
      prompt = .messages(
        items.map { Message(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "") })
    }
    self.init(
      problem: Problem(
        id: String(sample.id), domain: String(sample.domain), prompt: prompt,
        reference: sample.reference.length > 0 ? try Self.json(sample.reference, "reference") : nil,
        language: sample.language.length > 0 ? String(sample.language) : nil,
        metadata: sample.metadata.length > 0 ? try Self.json(sample.metadata, "metadata").object ?? [:] : [:]),
      completion: Completion(
        text: String(sample.completion),
        finishReason: sample.finish_reason.length > 0
          ? Completion.FinishReason(rawValue: String(sample.finish_reason)) : nil))
  }

  private static func json(_ text: assay_text, _ name: String) throws(VerifierFault) -> JSONValue {
    do {
      return try JSONValue(parsing: String(text))
    } catch {
      throw VerifierFault(
        reason: "bad-sample", message: "The host sent \(name) that are no JSON, \(error). Report it to Assay."
      )
    }
  }
}

/// Calls `body` with the verdict in the interface's form; it is valid only there.
public func withVerdict<R>(_ verdict: Verdict, _ body: (assay_verdict) -> R) -> R {
  let status: Int32 =
    switch verdict.status {
    case .rejected: ASSAY_REJECTED
    case .accepted: ASSAY_ACCEPTED
    case .abstained: ASSAY_ABSTAINED
    }
  if verdict.details.isEmpty {
    return withText(verdict.reason) {
      body(assay_verdict(status: status, score: verdict.score, reason: $0, details: nil, detail_count: 0))
    }
  }
  var texts = Texts(capacity: 128)
  texts.add(verdict.reason)
  for (name, value) in verdict.details {
    texts.add(name)
    texts.add(value)
  }
  return texts.withAll { text in
    let details = (0..<verdict.details.count).map {
      assay_detail(name: text(1 + 2 * $0), value: text(2 + 2 * $0))
    }
    return details.withUnsafeBufferPointer {
      body(
        assay_verdict(
          status: status, score: verdict.score, reason: text(0), details: $0.baseAddress,
          detail_count: $0.count))
    }
  }
}

extension Verdict {
  /// Nil when it is none: an unknown status, a score outside [0, 1].
  public init?(_ verdict: assay_verdict) {
    let status: Status
    switch verdict.status {
    case ASSAY_REJECTED: status = .rejected
    case ASSAY_ACCEPTED: status = .accepted
    case ASSAY_ABSTAINED: status = .abstained
    default: return nil
    }
    guard (0...1).contains(verdict.score) else { return nil }
    var details: [String: String] = [:]
    if let given = verdict.details {
      for index in 0..<verdict.detail_count {
        details[String(given[index].name)] = String(given[index].value)
      }
    }
    self.init(status: status, score: verdict.score, reason: String(verdict.reason), details: details)
  }
}
