public import Policy
public import VerifierKit

/// Turns a problem into the tokens that the policy continues, and tokens back into text.
public struct PromptRenderer: Sendable {
  public let tokenizer: Tokenizer
  public let systemPrompt: String?

  public init(tokenizer: Tokenizer, systemPrompt: String?) {
    self.tokenizer = tokenizer
    self.systemPrompt = systemPrompt
  }

  /// The problem as a conversation, through the model's chat template, up to where the assistant begins.
  public func prompt(_ problem: Problem) throws(ChatTemplateError) -> [Int32] {
    var messages: [ChatMessage] = []
    if let systemPrompt { messages.append(ChatMessage(role: "system", content: systemPrompt)) }
    switch problem.prompt {
    case .text(let text): messages.append(ChatMessage(role: "user", content: text))
    case .messages(let given):
      messages += given.map { ChatMessage(role: $0.role, content: $0.content) }
    }
    let text = try tokenizer.render(messages, addGenerationPrompt: true)
    return tokenizer.encode(text, allowSpecial: true)
  }

  /// A worked completion as the policy would have to sample it: its tokens and the end of sequence.
  public func completion(_ text: String) -> [Int32] {
    tokenizer.encode(text, allowSpecial: false) + tokenizer.eosTokens.prefix(1)
  }

  public func text(_ completion: GeneratedCompletion) -> String {
    tokenizer.decode(completion.tokens, skipSpecialTokens: true)
  }
}
