public import Policy
public import VerifierKit

/// Turns a problem into the tokens that the policy continues, and tokens back into text.
public struct PromptRenderer: Sendable {
  public let tokenizer: Tokenizer
  public let systemPrompt: String?
  public let template: PromptTemplate

  public init(tokenizer: Tokenizer, systemPrompt: String?, template: PromptTemplate = .chat) {
    self.tokenizer = tokenizer
    self.systemPrompt = systemPrompt
    self.template = template
  }

  /// The problem through the template, up to where the policy's answer begins.
  public func prompt(_ problem: Problem) throws(ChatTemplateError) -> [Int32] {
    try template.prompt(problem.prompt, systemPrompt: systemPrompt, tokenizer: tokenizer)
  }

  /// A worked completion as the policy would have to sample it: its tokens and the end of sequence.
  public func completion(_ text: String) -> [Int32] {
    tokenizer.encode(text, allowSpecial: false) + tokenizer.eosTokens.prefix(1)
  }

  public func text(_ completion: GeneratedCompletion) -> String {
    tokenizer.decode(completion.tokens, skipSpecialTokens: true)
  }
}
