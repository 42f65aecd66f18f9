import Numerics
import VerifierKit

/// A Python function `f`. Terse: `f(1)=5;f(2)=8`, from which slope and offset follow; plain: a description.
/// Hidden tests call `f` with other arguments than the prompt shows, and expect at least two different
/// values.
func functions(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  switch style {
  case .terse:
    let slope = try options.integer("max_slope", default: 9, in: 3...99)
    let offset = try options.integer("max_offset", default: 20, in: 2...99)
    return { _, random in lineFromExamples(maxSlope: slope, maxOffset: offset, &random) }
  case .plain:
    let names = try options.names("families", among: functionFamilies.map(\.name))
    let largest = try options.integer("max_parameter", default: 11, in: 2...99)
    let families = functionFamilies.filter { names.contains($0.name) }
    return { _, random in
      described(random.element(of: families), parameter: random.integer(in: 0...largest), &random)
    }
  }
}

/// `f(1)=5;f(2)=8` → `8-5=3;5-3=2` → `3*x+2`. The offset is not 0, and f(1) > 0.
private func lineFromExamples(
  maxSlope: Int, maxOffset: Int, _ random: inout CounterRandom
) -> Question {
  let slope = random.integer(in: 2...maxSlope)
  var offset = 0
  while offset == 0 { offset = random.integer(in: max(1 - slope, -maxOffset)...maxOffset) }
  let value = { (x: Int) in slope * x + offset }
  let expression = "\(slope)*x\(offset < 0 ? "" : "+")\(offset)"
  return Question(
    key: "f(x)=\(expression)",
    prompt: "f(1)=\(value(1));f(2)=\(value(2))",
    tests: CodeTests(
      kind: .call(
        function: "f",
        cases: [0, 3, 4, 7, 10, -2].map { x in
          .init(arguments: [.integer(x)], expected: .integer(value(x)))
        })),
    solution: worked(
      ["\(value(2))-\(value(1))=\(slope);\(value(1))-\(slope)=\(offset)"],
      program: "def f(x):\n return \(expression)", style: .terse))
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
