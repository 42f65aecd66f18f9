import Foundation
import VerifierKit

/// Reads the `tests` of a code row: an object with a kind, a plain list of `{stdin, stdout}`, or
/// `{inputs, outputs, fn_name}` as APPS, LiveCodeBench and verl write it.
struct TestsForm {
  let value: JSONValue
  let fields: [String: JSONValue]

  init(_ value: JSONValue, fields: [String: JSONValue]) {
    self.value = value
    self.fields = fields
  }

  /// Nil when `value` is not of that form.
  static func inputsOutputs(_ value: JSONValue) -> TestsForm? {
    var value = value
    if let text = value.string,
      let parsed = try? JSONValue(parsing: text)
    {
      value = parsed
    }
    return value["inputs"]?.array != nil && value["outputs"]?.array != nil
      ? TestsForm(value, fields: [:]) : nil
  }

  func tests() throws(FieldError) -> CodeTests {
    if case .array(let cases) = value {
      return CodeTests(
        kind: .stdio(cases: try stdio(cases), checker: nil), comparison: try comparison(fields["compare"]))
    }
    guard case .object(let object) = value else {
      throw FieldError("“tests” is neither an object with a “kind” nor a list of {stdin, stdout}.")
    }
    return CodeTests(
      kind: try kind(object), limits: try limits(object["limits"]),
      comparison: try comparison(object["comparison"]))
  }

  private func kind(_ object: [String: JSONValue]) throws(FieldError) -> CodeTests.Kind {
    if object["kind"] == nil, let inputs = object["inputs"]?.array, let outputs = object["outputs"]?.array {
      return try pairs(inputs, outputs, function: object["fn_name"]?.string)
    }
    switch object["kind"]?.string {
    case "assert":
      return .assert(
        setup: object["setup"]?.string ?? "", asserts: try strings("asserts", in: object))
    case "check":
      guard let test = object["test"]?.string, let entry = object["entry_point"]?.string else {
        throw FieldError("“tests” of kind check needs “test” and “entry_point”, both strings.")
      }
      return .check(
        test: test, entryPoint: entry, prompt: object["prompt"]?.string ?? fields["prompt"]?.string ?? "")
    case "call":
      guard let function = object["function"]?.string else {
        throw FieldError("“tests” of kind call needs “function”, a string.")
      }
      var cases: [CodeTests.CallCase] = []
      for item in object["cases"]?.array ?? [] {
        guard let arguments = item["args"]?.array, let expected = item["expected"] else {
          throw FieldError("a case of “tests” needs “args”, a list, and “expected”.")
        }
        cases.append(
          CodeTests.CallCase(arguments: arguments, expected: expected, alternative: item["or"]?.array?.first))
      }
      guard !cases.isEmpty else { throw FieldError("“tests” of kind call has no “cases”.") }
      return .call(function: function, cases: cases)
    case "stdio":
      let cases = try stdio(object["cases"]?.array ?? [])
      return .stdio(cases: cases, checker: object["checker"]?.string)
    case let other:
      throw FieldError(
        "“tests” has the kind “\(other ?? "none")”. Use assert, check, call or stdio.")
    }
  }

  private func stdio(_ items: [JSONValue]) throws(FieldError) -> [CodeTests.StdioCase] {
    var cases: [CodeTests.StdioCase] = []
    for item in items {
      guard let stdin = item["stdin"]?.string, let stdout = item["stdout"]?.string else {
        throw FieldError("a case of “tests” needs “stdin” and “stdout”, both strings.")
      }
      cases.append(CodeTests.StdioCase(stdin: stdin, stdout: stdout))
    }
    guard !cases.isEmpty else { throw FieldError("“tests” has no cases.") }
    return cases
  }

  private func pairs(
    _ inputs: [JSONValue], _ outputs: [JSONValue], function: String?
  ) throws(FieldError) -> CodeTests.Kind {
    guard inputs.count == outputs.count, !inputs.isEmpty else {
      throw FieldError("“inputs” and “outputs” differ in length, or are empty.")
    }
    guard let function else {
      var cases: [CodeTests.StdioCase] = []
      for (input, output) in zip(inputs, outputs) {
        cases.append(CodeTests.StdioCase(stdin: try lines(input), stdout: try lines(output)))
      }
      return .stdio(cases: cases, checker: nil)
    }
    // Many rows of APPS wrap each result in a list; its own checker takes both.
    let isWrapped = outputs.allSatisfy { $0.array?.count == 1 }
    var cases: [CodeTests.CallCase] = []
    for (input, output) in zip(inputs, outputs) {
      // Arguments as a list, or one JSON value a line of a string; so is the result.
      var arguments = input.array ?? [input]
      var expected = output
      if let text = input.string {
        arguments = text.split(separator: "\n").map { json(String($0)) }
      }
      if let text = output.string { expected = json(text) }
      cases.append(
        CodeTests.CallCase(
          arguments: arguments, expected: expected, alternative: isWrapped ? output.array?.first : nil))
    }
    return .call(function: function, cases: cases)
  }

  /// A text, a number, or a list of lines, as some rows of APPS have it.
  private func lines(_ value: JSONValue) throws(FieldError) -> String {
    if let text = value.scalarText { return text }
    guard let items = value.array, items.allSatisfy({ $0.scalarText != nil }) else {
      throw FieldError(
        "“inputs” and “outputs” of a program hold something that is no text and no list of lines.")
    }
    return items.compactMap(\.scalarText).joined(separator: "\n")
  }

  private func json(_ text: String) -> JSONValue {
    (try? JSONValue(parsing: text)) ?? .string(text)
  }

  private func strings(
    _ key: String, in object: [String: JSONValue]
  ) throws(FieldError) -> [String] {
    guard let list = object[key]?.array, !list.isEmpty else {
      throw FieldError("“tests” needs “\(key)”, a list of strings.")
    }
    var texts: [String] = []
    for item in list {
      guard let text = item.string else { throw FieldError("“\(key)” holds something that is no string.") }
      texts.append(text)
    }
    return texts
  }

  private func limits(_ value: JSONValue?) throws(FieldError) -> CodeTests.Limits {
    var limits = CodeTests.Limits()
    guard let value, value != .null else { return limits }
    guard case .object(let object) = value else { throw FieldError("“limits” is no object.") }
    for (key, value) in object {
      guard let number = value.double, number > 0, number < 1e9 else {
        throw FieldError("the limit “\(key)” is no positive number.")
      }
      switch key {
      case "cpu_seconds": limits.cpuSeconds = number
      case "wall_seconds": limits.wallSeconds = number
      case "memory_mb": limits.memoryMB = Int(number)
      case "output_kb": limits.outputKB = Int(number)
      default:
        throw FieldError(
          "there is no limit “\(key)”. Use cpu_seconds, wall_seconds, memory_mb or output_kb.")
      }
    }
    return limits
  }

  private func comparison(_ value: JSONValue?) throws(FieldError) -> CodeTests.Comparison {
    switch value {
    case nil, .null, .string("exact"): return .exact
    case .string("tokens"): return .tokens
    case .string("json"): return .json(absolute: fields["atol"]?.double ?? 1e-9, isOrdered: true)
    case .string("json_set"): return .json(absolute: fields["atol"]?.double ?? 1e-9, isOrdered: false)
    case .string("float"): return .float(absolute: 1e-6, relative: 1e-6)
    // As a run's rollouts.sqlite keeps problems.
    case .object(let object) where object["kind"]?.string == "exact": return .exact
    case .object(let object) where object["kind"]?.string == "tokens": return .tokens
    case .object(let object) where object["kind"]?.string == "json":
      return .json(
        absolute: object["absolute"]?.double ?? 1e-9, isOrdered: object["is_ordered"]?.bool ?? true)
    case .object(let object):
      // {"float": {"absolute": 1e-6}}, or the same without its name. What is not given counts for nothing.
      guard let given = object["float"]?.object ?? (object["float"] == nil ? object : nil),
        object["kind"] == nil || object["kind"]?.string == "float"
      else { fallthrough }
      let (absolute, relative) = (given["absolute"]?.double, given["relative"]?.double)
      guard absolute != nil || relative != nil || object["kind"] != nil else { fallthrough }
      return absolute == nil && relative == nil
        ? .float(absolute: 1e-6, relative: 1e-6) : .float(absolute: absolute ?? 0, relative: relative ?? 0)
    default:
      throw FieldError(
        "the comparison is none of exact, tokens, json, json_set, float, {\"float\": {\"absolute\", \"relative\"}}."
      )
    }
  }
}
