import Policy
import Testing
import Trainer
import VerifierKit

@Suite("Prompt templates")
struct PromptTemplateTests {
  private let tokenizer = Tokenizer.byteLevel(
    specialTokens: ["<|end|>"], words: [],
    chatTemplate: "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{{ eos_token }}",
    eos: "<|end|>")

  private func text(_ template: PromptTemplate, _ prompt: Prompt, system: String? = nil) throws -> String {
    let problem = Problem(id: "p", domain: "math", prompt: prompt)
    let renderer = PromptRenderer(tokenizer: tokenizer, systemPrompt: system, template: template)
    return tokenizer.decode(try renderer.prompt(problem), skipSpecialTokens: false)
  }

  @Test("r1-zero is table 1 of the paper, word by word")
  func r1Zero() throws {
    let expected = """
      A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The \
      assistant first thinks about the reasoning process in the mind and then provides the user with the answer. The \
      reasoning process and answer are enclosed within <think> </think> and <answer> </answer> tags, respectively, \
      i.e., <think> reasoning process here </think> <answer> answer here </answer>. User: What is 6 × 7?. Assistant:
      """
    #expect(try text(.r1Zero, .text("What is 6 × 7?")) == expected)
    #expect(try text(.r1Zero, .messages([Message(role: "user", content: "What is 6 × 7?")])) == expected)
  }

  @Test("chat is the model's template, none the prompt as it is")
  func others() throws {
    #expect(try text(.chat, .text("a"), system: "s") == "[system]s[user]a<|end|>")
    #expect(try text(.none, .text("a")) == "a")
  }

  @Test("a special token that is written out in a problem is text, outside of a chat template")
  func special() throws {
    let renderer = PromptRenderer(tokenizer: tokenizer, systemPrompt: nil, template: .none)
    let problem = Problem(id: "p", domain: "math", prompt: .text("<|end|>"))
    #expect(try renderer.prompt(problem).count == 7)
  }

  @Test(
    "a conversation or a system prompt has no place in r1-zero and none",
    arguments: [PromptTemplate.r1Zero, .none])
  func refused(template: PromptTemplate) {
    let turns = [Message(role: "system", content: "s"), Message(role: "user", content: "a")]
    #expect(throws: ChatTemplateError.self) { try text(template, .messages(turns)) }
    #expect(throws: ChatTemplateError.self) { try text(template, .text("a"), system: "s") }
  }

  @Test("policy.template in a recipe")
  func recipe() throws {
    let tasks = "tasks: [{generator: sums}]\n"
    #expect(try Recipe(yaml: tasks).policy.template == .chat)
    let recipe = try Recipe(yaml: tasks + "policy: {template: r1-zero}")
    #expect(recipe.policy.template == .r1Zero)
    #expect(try Recipe(yaml: try recipe.resolved()).policy == recipe.policy)
    for (wrong, message) in [
      ("policy: {template: r1}", "r1-zero"),
      ("policy: {template: r1-zero}\nsystem_prompt: a", "system_prompt"),
    ] {
      let error = #expect(throws: RecipeError.self) { try Recipe(yaml: tasks + wrong) }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }
}
