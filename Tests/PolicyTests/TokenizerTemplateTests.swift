import Foundation
import Testing

@testable import Policy

@Suite("Chat templates against transformers")
struct TokenizerTemplateTests {
  static let templates: [JSON] = (try? Golden.json("templates.json"))?.array ?? []

  @Test("there are templates") func present() { #expect(Self.templates.count == 12) }

  @Test("rendered conversations", arguments: 0..<templates.count)
  func rendered(index: Int) throws {
    let template = Self.templates[index]
    let name = template["name"]?.string ?? ""
    let parsed = try ChatTemplate(try #require(template["template"]?.string))
    let tokens = Dictionary(
      uniqueKeysWithValues: (template["tokens"]?.object ?? []).map { ($0.key, $0.value.string ?? "") })
    for (place, row) in (template["cases"]?.array ?? []).enumerated() {
      let messages = (row["messages"]?.array ?? []).map {
        ChatMessage(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "")
      }
      func render() throws(ChatTemplateError) -> String {
        try parsed.render(messages, addGenerationPrompt: row["prompt"]?.bool ?? false, tokens: tokens)
      }
      if let text = row["text"]?.string {
        let ours = try render()
        #expect(
          isSame(ours, text), "\(name), case \(place):\n\(ours.debugDescription)\n\(text.debugDescription)")
      } else {
        #expect(throws: ChatTemplateError.self, "\(name), case \(place)") { try render() }
      }
    }
  }

  @Test(
    "what is wrong with a template is said",
    arguments: [
      ("{% for m in messages %}", "endfor"),
      ("{{ messages", "}}"),
      ("a\n\n{{ 'x }}", "line 3"),
      ("{% macro f() %}{% endmacro %}", "macro"),
      ("{{ x | frobnicate }}", "frobnicate"),
      ("{{ f(1) }}", "f"),
      ("{{ nothing.role }}", "nothing"),
      ("{{ raise_exception('no such turn') }}", "no such turn"),
      ("{{ 1 + 'a' }}", "int and str"),
      ("{% endif %}", "endif"),
      ("{{ " + String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000) + " }}", "levels"),
      (String(repeating: "{% if a %}", count: 5000), "levels"),
      ("{{ " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + " }}", "levels"),
      ("{{ " + String(repeating: "-", count: 5000) + "1 }}", "levels"),
      ("{{ 1 // 0 }}", "//"),
      ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "too many steps"),
      (
        "{% set x = 'aaaaaaaaaaaaaaaa' * 9000 %}{% for i in range(40) %}{% set ns = namespace(t=x) %}"
          + "{% for j in range(999999) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{% endfor %}", "too"
      ),
    ])
  func wrong(template: String, message: String) {
    let error = #expect(throws: ChatTemplateError.self) {
      try ChatTemplate(template).render(
        [ChatMessage(role: "user", content: "a")], addGenerationPrompt: true, tokens: [:])
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }
}
