// ChatTemplate — the part of Jinja that chat templates are written in.
//
//     text ─► TemplateLexer ─► TemplateParser ─► statements ─► TemplateEvaluation ─► text
//
// White space as in transformers: `trim_blocks` and `lstrip_blocks`. Not covered: inheritance, `raw`, `call`,
// recursive loops, Python methods beyond those of TemplateMethods.swift; they are errors that say so.

import Glibc

/// A chat template can't be read, or it refuses the conversation (`raise_exception`).
public struct ChatTemplateError: Error, Equatable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { "chat template: " + message }
}

/// A parsed template.
struct ChatTemplate: Sendable {
  private let statements: [TemplateStatement]

  init(_ text: String) throws(ChatTemplateError) {
    var parser = TemplateParser(try TemplateLexer.tokens(of: text))
    statements = try parser.template()
  }

  /// - Parameter tokens: `bos_token` and its like, by name.
  func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, tokens: [String: String]
  ) throws(ChatTemplateError) -> String {
    try render(
      messages.map { .dict([("role", .string($0.role)), ("content", .string($0.content))]) }, tools: .none,
      addGenerationPrompt: addGenerationPrompt, tokens: tokens, now: time(nil))
  }

  /// - Parameters:
  ///   - messages: With whatever the template knows: calls of tools, lists of parts.
  ///   - tools: A list of functions as JSON schemas, or `none`.
  ///   - now: What `strftime_now` says, as local time.
  func render(
    _ messages: [TemplateValue], tools: TemplateValue, addGenerationPrompt: Bool, tokens: [String: String],
    now: time_t
  ) throws(ChatTemplateError) -> String {
    var variables: [String: TemplateValue] = tokens.mapValues { .string($0) }
    variables["messages"] = .list(messages)
    variables["add_generation_prompt"] = .bool(addGenerationPrompt)
    variables["tools"] = tools
    variables["documents"] = TemplateValue.none
    var evaluation = TemplateEvaluation(variables, now: now)
    return try evaluation.run(statements)
  }
}
