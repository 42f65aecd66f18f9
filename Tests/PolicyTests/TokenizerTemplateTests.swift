import Foundation
import Testing

@testable import Policy

@Suite("Chat templates against transformers")
struct TokenizerTemplateTests {
  /// Besides those of the golden file, what tools/golden_templates.py made of other templates.
  static let templates: [JSON] = {
    let own = (try? Golden.json("templates.json"))?.array ?? []
    let others = ProcessInfo.processInfo.environment["ASSAY_TEMPLATES"].map { try? MappedFile.json($0).array }
    return own + ((others ?? nil) ?? [])
  }()

  @Test("there are templates") func present() { #expect(Self.templates.count >= 14) }

  @Test("rendered conversations", arguments: 0..<templates.count)
  func rendered(index: Int) throws {
    let template = Self.templates[index]
    let name = template["name"]?.string ?? ""
    let parsed = try ChatTemplate(try #require(template["template"]?.string))
    let tokens = Dictionary(
      uniqueKeysWithValues: (template["tokens"]?.object ?? []).map { ($0.key, $0.value.string ?? "") })
    for (place, row) in (template["cases"]?.array ?? []).enumerated() {
      func render() throws(ChatTemplateError) -> String {
        try parsed.render(
          (row["messages"]?.array ?? []).map(TemplateValue.init),
          tools: row["tools"].map(TemplateValue.init) ?? .none,
          addGenerationPrompt: row["prompt"]?.bool ?? false, tokens: tokens, now: 1_770_120_000)
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
      ("{% macro f() %}", "endmacro"),
      ("{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "no such parameter"),
      ("{% macro f(a) %}{% endmacro %}{{ f(b=2) }}", "no such parameter"),
      ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "levels of macros"),
      ("{% call f() %}{% endcall %}", "call"),
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
      ("{{ ''" + String(repeating: "|trim", count: 5000) + " }}", "operators"),
      ("{{ 'a'" + String(repeating: " ~ 'a'", count: 5000) + " }}", "operators"),
      ("{{ messages|tojson(sort_keys=true) }}", "tojson"), ("{{ 'a-b-c'.split('-', maxsplit=1) }}", "named"),
      ("{{ range(-9223372036854775807 - 1, 0) }}", "range"), ("{{ 'a'|replace('', 'b') }}", "replace"),
      ("{% set s = 'a' * 60000000 %}{{ s|replace('a', s)|length }}", "too large"),
      ("{% set s = 'a' * 60000000 %}{{ [s, s]|join|length }}", "too large"),
      ("{% set s = 'a' * 60000000 %}{{ [s, s]|tojson|length }}", "too large"),
      ("{% set s = 'a' * 60000000 %}{{ [s, s] }}", "too large"),
      (
        "{% set ns = namespace(s='a' * 60000000, l=[]) %}{% for i in range(9999) %}{% set ns.l = ns.l + [ns.s ~ i] %}"
          + "{% endfor %}", "too many steps"
      ),
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

@Test(
  "templates: what is easily got wrong is as Jinja and json.dumps have it",
  arguments: [
    ("{% set ns = namespace(x=1) %}{{ [ns]|map(attribute='x')|list }}", "[1]"),
    ("{% set ns = namespace(x=1) %}{{ [ns]|selectattr('x')|list|length }}", "1"),
    ("{{ '' * 9223372036854775807 }}|", "|"), ("{{ (-9223372036854775807 - 1) is divisibleby(-1) }}", "True"),
    ("{{ [1]|tojson(indent=-1) }}", "[\n1\n]"),
    ("{{ {'a': [1]}|tojson(indent=1) }}", "{\n \"a\": [\n  1\n ]\n}"),
    ("{{ 'a\\r\\nb'|replace('\\n', ' ') }}", "a\r b"), ("{{ 'e\u{301}'|replace('e', 'x') }}", "x\u{301}"),
    ("{{ '\u{7f}\u{8}\u{c}\u{1}é'|tojson }}", "\"\u{7f}\\b\\f\\u0001é\""),
  ])
func templatesInDetail(template: String, text: String) throws {
  #expect(
    try ChatTemplate(template).render(
      [ChatMessage(role: "user", content: "a")], addGenerationPrompt: true, tokens: [:]) == text)
}

extension TemplateValue {
  fileprivate init(_ json: JSON) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .number(let value): self = json.int.map { .int($0) } ?? .double(value)
    case .string(let value): self = .string(value)
    case .array(let values): self = .list(values.map(TemplateValue.init))
    case .object(let entries): self = .dict(entries.map { ($0.key, TemplateValue($0.value)) })
    }
  }
}
