/// One thing to be solved: what the policy sees, and what its verifiers need to judge the answer.
public struct Problem: Sendable, Hashable {
  /// Unique in its file.
  public var id: String
  /// `math`, `logic`, `code`, or any name that the recipe routes.
  public var domain: String
  public var prompt: Prompt
  /// The gold answer, in the shape that the domain's verifier wants.
  public var reference: JSONValue?
  /// Code only.
  public var tests: CodeTests?
  /// BCP 47; the language that the reasoning should be in. Nil: that of the prompt.
  public var language: String?
  /// Carried along, handed to plugins.
  public var metadata: [String: JSONValue]

  public init(
    id: String, domain: String, prompt: Prompt, reference: JSONValue? = nil, tests: CodeTests? = nil,
    language: String? = nil, metadata: [String: JSONValue] = [:]
  ) {
    self.id = id
    self.domain = domain
    self.prompt = prompt
    self.reference = reference
    self.tests = tests
    self.language = language
    self.metadata = metadata
  }
}

/// What the policy sees: plain text, or a conversation that its chat template renders.
public enum Prompt: Sendable, Hashable {
  case text(String)
  case messages([Message])

  /// Plain text, the messages' contents joined by blank lines.
  public var text: String {
    switch self {
    case .text(let text): text
    case .messages(let messages): messages.map(\.content).joined(separator: "\n\n")
    }
  }
}

public struct Message: Sendable, Hashable, Codable {
  /// `system`, `user`, `assistant`.
  public var role: String
  public var content: String

  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// What a policy wrote for a problem.
public struct Completion: Sendable, Hashable {
  public var text: String
  /// Why sampling stopped; nil when the completion was not sampled here.
  public var finishReason: FinishReason?

  public init(text: String, finishReason: FinishReason? = nil) {
    self.text = text
    self.finishReason = finishReason
  }

  public enum FinishReason: String, Sendable, Codable {
    /// End of sequence.
    case stop
    /// The limit of completion tokens: the text was cut.
    case length
  }
}
