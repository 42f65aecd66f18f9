/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
  /// `system`, `user`, `assistant`, or what the model's chat template knows besides.
  public var role: String
  public var content: String

  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}
