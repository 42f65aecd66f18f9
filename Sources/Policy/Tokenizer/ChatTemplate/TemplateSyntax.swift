/// A statement of a template.
indirect enum TemplateStatement: Sendable {
  case text(String)
  case output(TemplateExpression)
  case loop(TemplateLoop)
  case branch([(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case assign(TemplateTarget, TemplateExpression)
  /// `{% set name %}...{% endset %}`
  case capture(TemplateTarget, [TemplateStatement])
  case macro(TemplateMacro)
  case leave
  case next
}

/// `{% macro name(a, b=1) %}...{% endmacro %}`
struct TemplateMacro: Sendable {
  var name: String
  var parameters: [(name: String, standard: TemplateExpression?)]
  var body: [TemplateStatement]
}

struct TemplateLoop: Sendable {
  var names: [String]
  var values: TemplateExpression
  /// Only values for which it holds are visited, and counted.
  var condition: TemplateExpression?
  var body: [TemplateStatement]
  /// Where there was no value.
  var otherwise: [TemplateStatement]
}

/// What `set` writes to.
enum TemplateTarget: Sendable {
  case names([String])
  /// An attribute of a `namespace()`.
  case attribute(of: String, String)
}

/// Arguments of a call, a filter or a test.
struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
}

indirect enum TemplateExpression: Sendable {
  case literal(TemplateValue)
  case name(String)
  case list([TemplateExpression])
  case dict([(key: TemplateExpression, value: TemplateExpression)])
  case attribute(TemplateExpression, String)
  case element(TemplateExpression, TemplateExpression)
  case slice(
    TemplateExpression, from: TemplateExpression?, to: TemplateExpression?, step: TemplateExpression?)
  case call(TemplateExpression, TemplateArguments)
  case filter(TemplateExpression, String, TemplateArguments)
  case test(TemplateExpression, String, TemplateArguments)
  case not(TemplateExpression)
  case negative(TemplateExpression)
  case and(TemplateExpression, TemplateExpression)
  case or(TemplateExpression, TemplateExpression)
  case arithmetic(String, TemplateExpression, TemplateExpression)
  /// `a < b < c` is `a < b and b < c`.
  case comparison(TemplateExpression, [(symbol: String, operand: TemplateExpression)])
  case conditional(TemplateExpression, if: TemplateExpression, else: TemplateExpression?)
}
