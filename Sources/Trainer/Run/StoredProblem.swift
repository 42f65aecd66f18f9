import VerifierKit

/// A problem whole, as JSON: `rollouts.sqlite` keeps each once, so that its rollouts can be judged again.
///
/// What is read back equals what was written, tests and their limits included.
enum StoredProblem {
  static func json(_ problem: Problem) -> JSONValue {
    var fields: [String: JSONValue] = ["id": .string(problem.id), "domain": .string(problem.domain)]
    switch problem.prompt {
    case .text(let text): fields["prompt"] = .string(text)
    case .messages(let messages):
      fields["prompt"] = .array(
        messages.map { .object(["role": .string($0.role), "content": .string($0.content)]) })
    }
    if let reference = problem.reference { fields["reference"] = reference }
    if let language = problem.language { fields["language"] = .string(language) }
    if !problem.metadata.isEmpty { fields["metadata"] = .object(problem.metadata) }
    if let tests = problem.tests { fields["tests"] = json(tests) }
    return .object(fields)
  }

  /// Nil when `json` is no such object.
  static func problem(_ json: JSONValue) -> Problem? {
    guard let id = json["id"]?.string, let domain = json["domain"]?.string,
      let prompt = prompt(json["prompt"])
    else { return nil }
    var problem = Problem(
      id: id, domain: domain, prompt: prompt, reference: json["reference"],
      language: json["language"]?.string, metadata: json["metadata"]?.object ?? [:])
    if let given = json["tests"] {
      guard let tests = tests(given) else { return nil }
      problem.tests = tests
    }
    return problem
  }

  private static func prompt(_ json: JSONValue?) -> Prompt? {
    if let text = json?.string { return .text(text) }
    guard let items = json?.array else { return nil }
    var messages: [Message] = []
    for item in items {
      guard let role = item["role"]?.string, let content = item["content"]?.string else { return nil }
      messages.append(Message(role: role, content: content))
    }
    return .messages(messages)
  }

  // MARK: Tests

  private static func json(_ tests: CodeTests) -> JSONValue {
    var fields: [String: JSONValue]
    switch tests.kind {
    case .assert(let setup, let asserts):
      fields = [
        "kind": .string("assert"), "setup": .string(setup), "asserts": .array(asserts.map(JSONValue.string)),
      ]
    case .check(let test, let entryPoint, let prompt):
      fields = [
        "kind": .string("check"), "test": .string(test), "entry_point": .string(entryPoint),
        "prompt": .string(prompt),
      ]
    case .call(let function, let cases):
      fields = [
        "kind": .string("call"), "function": .string(function),
        "cases": .array(
          cases.map { one in
            var fields = ["args": .array(one.arguments), "expected": one.expected]
            fields["or"] = one.alternative.map { .array([$0]) }
            return .object(fields)
          }),
      ]
    case .stdio(let cases, let checker):
      fields = [
        "kind": .string("stdio"),
        "cases": .array(
          cases.map { .object(["stdin": .string($0.stdin), "stdout": .string($0.stdout)]) }),
      ]
      if let checker { fields["checker"] = .string(checker) }
    }
    fields["limits"] = .object([
      "cpu_seconds": .number(tests.limits.cpuSeconds), "wall_seconds": .number(tests.limits.wallSeconds),
      "memory_mb": .integer(tests.limits.memoryMB), "output_kb": .integer(tests.limits.outputKB),
    ])
    fields["comparison"] = json(tests.comparison)
    fields["stops_early"] = .bool(tests.stopsEarly)
    return .object(fields)
  }

  private static func json(_ comparison: CodeTests.Comparison) -> JSONValue {
    switch comparison {
    case .exact: .object(["kind": .string("exact")])
    case .tokens: .object(["kind": .string("tokens")])
    case .float(let absolute, let relative):
      .object([
        "kind": .string("float"), "absolute": .number(absolute), "relative": .number(relative),
      ])
    case .json(let absolute, let isOrdered):
      .object([
        "kind": .string("json"), "absolute": .number(absolute), "is_ordered": .bool(isOrdered),
      ])
    }
  }

  private static func tests(_ json: JSONValue) -> CodeTests? {
    guard let kind = kind(json), let limits = json["limits"], let cpu = limits["cpu_seconds"]?.double,
      let wall = limits["wall_seconds"]?.double, let memory = limits["memory_mb"]?.integer,
      let output = limits["output_kb"]?.integer, let comparison = comparison(json["comparison"]),
      let stopsEarly = json["stops_early"]?.bool
    else { return nil }
    return CodeTests(
      kind: kind,
      limits: CodeTests.Limits(cpuSeconds: cpu, wallSeconds: wall, memoryMB: memory, outputKB: output),
      comparison: comparison, stopsEarly: stopsEarly)
  }

  private static func kind(_ json: JSONValue) -> CodeTests.Kind? {
    switch json["kind"]?.string {
    case "assert":
      guard let setup = json["setup"]?.string, let asserts = json["asserts"]?.array else { return nil }
      return .assert(setup: setup, asserts: asserts.compactMap(\.string))
    case "check":
      guard let test = json["test"]?.string, let entry = json["entry_point"]?.string,
        let prompt = json["prompt"]?.string
      else { return nil }
      return .check(test: test, entryPoint: entry, prompt: prompt)
    case "call":
      guard let function = json["function"]?.string, let cases = json["cases"]?.array else { return nil }
      return .call(
        function: function,
        cases: cases.compactMap { item in
          guard let arguments = item["args"]?.array, let expected = item["expected"] else { return nil }
          return CodeTests.CallCase(
            arguments: arguments, expected: expected, alternative: item["or"]?.array?.first)
        })
    case "stdio":
      guard let cases = json["cases"]?.array else { return nil }
      return .stdio(
        cases: cases.compactMap { item in
          guard let stdin = item["stdin"]?.string, let stdout = item["stdout"]?.string else { return nil }
          return CodeTests.StdioCase(stdin: stdin, stdout: stdout)
        }, checker: json["checker"]?.string)
    default: return nil
    }
  }

  private static func comparison(_ json: JSONValue?) -> CodeTests.Comparison? {
    switch json?["kind"]?.string {
    case "exact": return .exact
    case "tokens": return .tokens
    case "float":
      guard let absolute = json?["absolute"]?.double, let relative = json?["relative"]?.double else {
        return nil
      }
      return .float(absolute: absolute, relative: relative)
    case "json":
      guard let absolute = json?["absolute"]?.double, let isOrdered = json?["is_ordered"]?.bool else {
        return nil
      }
      return .json(absolute: absolute, isOrdered: isOrdered)
    default: return nil
    }
  }
}

/// Finds equal texts; who finds one still compares.
func fingerprint(_ text: String) -> Int64 { Int64(bitPattern: StableHash(text).value) }
