public import Policy
public import VerifierKit

/// What is put around a problem, so that the policy answers it.
public enum PromptTemplate: String, Sendable, CaseIterable {
  /// The model's own chat template.
  case chat
  /// DeepSeek-R1-Zero's, for base models: arXiv:2501.12948, table 1.
  case r1Zero = "r1-zero"
  /// Nothing: the model goes on with the text as it stands.
  case none

  /// As the paper prints it; a problem takes the place between `head` and `tail`.
  private static let head =
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. "
    + "The assistant first thinks about the reasoning process in the mind and then provides the user with the "
    + "answer. The reasoning process and answer are enclosed within <think> </think> and <answer> </answer> tags, "
    + "respectively, i.e., <think> reasoning process here </think> <answer> answer here </answer>. User: "
  private static let tail = ". Assistant:"

  /// The tokens that the policy continues.
  ///
  /// `r1Zero` and `none` take one turn of the user, without a system prompt; they begin with the token that the
  /// tokenizer puts before each text, where it has one.
  public func prompt(
    _ prompt: Prompt, systemPrompt: String?, tokenizer: Tokenizer
  ) throws(ChatTemplateError) -> [Int32] {
    if self == .chat {
      var messages: [ChatMessage] = []
      if let systemPrompt { messages.append(ChatMessage(role: "system", content: systemPrompt)) }
      switch prompt {
      case .text(let text): messages.append(ChatMessage(role: "user", content: text))
      case .messages(let given):
        messages += given.map { ChatMessage(role: $0.role, content: $0.content) }
      }
      return tokenizer.encode(try tokenizer.render(messages, addGenerationPrompt: true), allowSpecial: true)
    }
    let question: String
    switch prompt {
    case .text(let text): question = text
    case .messages(let messages) where messages.count == 1 && messages[0].role == "user":
      question = messages[0].content
    case .messages:
      throw ChatTemplateError(
        "“\(rawValue)” takes one turn of the user, the prompt has others. Use the template “chat”.")
    }
    guard systemPrompt == nil else {
      throw ChatTemplateError("“\(rawValue)” has no place for a system prompt. Use the template “chat”.")
    }
    let text = self == .r1Zero ? Self.head + question + Self.tail : question
    return (tokenizer.prefixToken.map { [$0] } ?? []) + tokenizer.encode(text, allowSpecial: false)
  }
}
