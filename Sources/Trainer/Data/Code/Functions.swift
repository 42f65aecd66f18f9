import AssayNumerics
import VerifierKit

/// A Python function `f`. Terse: its values at two neighbouring arguments, `f(3)=14;f(4)=17`, from which slope
/// and offset follow; plain: a description. Hidden tests call `f` with other arguments than the prompt
/// shows, and expect at least two different values.
func functions(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  switch style {
  case .terse:
    let slope = try options.integer("max_slope", default: 9, in: 3...99)
    let offset = try options.integer("max_offset", default: 12, in: 2...99)
    let argument = try options.integer("max_argument", default: 5, in: 1...9)
    let negative = try options.flag("negative", default: false)
    return { _, random in
      lineFromExamples(
        slopes: 2...slope, offsets: (negative ? -offset : 1)...offset, arguments: 1...argument, &random)
    }
  case .plain:
    let names = try options.names("families", among: functionFamilies.map(\.name))
    let largest = try options.integer("max_parameter", default: 11, in: 2...99)
    let families = functionFamilies.filter { names.contains($0.name) }
    return { _, random in
      described(random.element(of: families), parameter: random.integer(in: 0...largest), &random)
    }
  }
}

/// `f(4)=38;f(5)=43`: slope 43−38 in columns, `13-8=5`, `3-3=0`; then `5*4=20`; then offset 38−20, `8-0=8`,
/// `3-2=1`; so `18+5*x`. The offset is not 0.
private func lineFromExamples(
  slopes: ClosedRange<Int>, offsets: ClosedRange<Int>, arguments: ClosedRange<Int>,
  _ random: inout CounterRandom
) -> Question {
  let slope = random.integer(in: slopes)
  var offset = 0
  while offset == 0 { offset = random.integer(in: offsets) }
  let shown = random.integer(in: arguments)
  let value = { (x: Int) in slope * x + offset }
  let expression = "\(offset)+\(slope)*x"
  let (here, next, product) = (value(shown), value(shown + 1), slope * shown)
  return Question(
    key: "f(x)=\(expression)",
    prompt: "f(\(shown))=\(here);f(\(shown + 1))=\(next)",
    tests: CodeTests(
      kind: .call(
        function: "f",
        cases: [0, 11, 12, 17, 20, -2].map { x in
          .init(arguments: [.integer(x)], expected: .integer(value(x)))
        })),
    solution: worked(
      difference(next, here) + ["\(slope)*\(shown)=\(product)"] + difference(here, product),
      program: "def f(x):\n return \(expression)", style: .terse))
}

/// In columns where both are natural numbers and the first is the larger, at once otherwise.
private func difference(_ first: Int, _ second: Int) -> [String] {
  guard first >= second, second >= 0 else { return ["\(first)-\(second)=\(first - second)"] }
  return borrowColumns(first, second).map { "\($0.minuend)-\($0.subtrahend)=\($0.minuend - $0.subtrahend)" }
}

/// The arguments are drawn until the expected values differ.
private func described(
  _ family: FunctionFamily, parameter: Int, _ random: inout CounterRandom
) -> Question {
  let function = family.make(parameter)
  var cases: [CodeTests.CallCase] = []
  repeat {
    cases = (0..<6).map { _ in
      let arguments = function.arguments(&random)
      return .init(arguments: arguments, expected: function.value(arguments))
    }
  } while Set(cases.map(\.expected)).count < 2
  let parameters = function.parameters.joined(separator: ", ")
  return Question(
    key: "\(family.name): \(function.expression)",
    prompt: "Write a Python function f(\(parameters)) that returns \(function.description).",
    tests: CodeTests(kind: .call(function: "f", cases: cases)),
    solution: worked(
      [
        "The function takes \(enumeration(function.parameters)).",
        "It must return \(function.description). In Python that is \(function.expression).",
      ],
      program: "def f(\(parameters)):\n    return \(function.expression)", style: .plain))
}
