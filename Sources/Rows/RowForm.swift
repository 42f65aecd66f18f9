import Foundation
import VerifierKit

/// Reads a row whichever of the known forms it has: Assay's own, verl's, GSM8K, MATH, HumanEval, MBPP, EvalPlus.
struct RowForm {
  let fields: [String: JSONValue]
  let line: Int

  /// Keys that a field of `Problem` took; all others are metadata.
  private static let consumed: Set<String> = [
    "id", "task_id", "domain", "ability", "prompt", "question", "problem", "text", "completion",
    "reference", "answer", "tests", "language", "lang", "metadata", "extra_info", "reward_model",
  ]

  func row() throws(FieldError) -> Row {
    let tests = try tests()
    let problem = Problem(
      id: try identifier(), domain: try domain(hasTests: tests != nil), prompt: try prompt(),
      reference: try reference(hasTests: tests != nil), tests: tests,
      language: try firstText("language", "lang"), metadata: try metadata())
    let completion = try text("completion")
    if completion == nil, problem.prompt.text.isEmpty {
      throw FieldError("has neither a prompt nor a completion. Add “prompt” (or “question”).")
    }
    return Row(
      line: line, problem: problem, completion: completion,
      referenceCompletion: referenceCompletion(tests: tests), fields: fields)
  }

  private func text(_ key: String) throws(FieldError) -> String? {
    switch fields[key] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw FieldError("“\(key)” is no string. Write it in quotation marks.")
    }
  }

  private func firstText(_ keys: String...) throws(FieldError) -> String? {
    for key in keys {
      if let text = try text(key) { return text }
    }
    return nil
  }

  private func identifier() throws(FieldError) -> String {
    for key in ["id", "task_id"] {
      if let id = fields[key]?.scalarText { return id }
    }
    if let index = fields["extra_info"]?["index"]?.scalarText { return index }
    return String(line)
  }

  private func domain(hasTests: Bool) throws(FieldError) -> String {
    if let domain = try firstText("domain", "ability") { return domain }
    if hasTests { return "code" }
    if fields["reference"] == nil, let source = try text("data_source") { return source }
    return "math"
  }

  private func prompt() throws(FieldError) -> Prompt {
    for key in ["prompt", "question", "problem", "text"] {
      guard let value = fields[key], value != .null else { continue }
      if case .string(let text) = value { return .text(text) }
      guard case .array(let items) = value else {
        throw FieldError("“\(key)” is neither a string nor a list of {role, content}.")
      }
      var messages: [Message] = []
      for item in items {
        guard let role = item["role"]?.string, let content = item["content"]?.string else {
          throw FieldError("“\(key)” holds something that is no {role, content} of strings.")
        }
        messages.append(Message(role: role, content: content))
      }
      return .messages(messages)
    }
    return .text("")
  }

  private func reference(hasTests: Bool) throws(FieldError) -> JSONValue? {
    if let value = fields["reference"], value != .null { return value }
    if let value = fields["reward_model"]?["ground_truth"], value != .null { return value }
    if hasTests { return nil }
    if let answer = fields["answer"], answer != .null {
      // GSM8K as its authors publish it: a worked solution whose last line is `#### n`.
      if let text = answer.string, let mark = text.range(of: "####", options: .backwards) {
        let number = text[mark.upperBound...].trimmingWhitespace()
        return .string(number.replacing(",", with: ""))
      }
      return answer
    }
    // MATH as its authors publish it: the answer stands in the solution's last box.
    if let solution = fields["solution"]?.string, let boxed = lastBoxed(in: solution) {
      return .string(boxed)
    }
    return nil
  }

  /// The content of the last `\boxed{…}` with its braces balanced.
  private func lastBoxed(in text: String) -> String? {
    guard let start = text.range(of: "\\boxed{", options: .backwards) else { return nil }
    var depth = 1
    for index in text[start.upperBound...].indices {
      if text[index] == "{" { depth += 1 }
      if text[index] == "}" { depth -= 1 }
      if depth == 0 { return String(text[start.upperBound..<index]) }
    }
    return nil
  }

  private func metadata() throws(FieldError) -> [String: JSONValue] {
    var metadata: [String: JSONValue] = [:]
    for key in ["metadata", "extra_info"] {
      switch fields[key] {
      case nil, .null: continue
      case .object(let given): metadata.merge(given) { first, _ in first }
      default: throw FieldError("“\(key)” is no object.")
      }
    }
    for (key, value) in fields where !Self.consumed.contains(key) && metadata[key] == nil {
      metadata[key] = value
    }
    return metadata
  }

  private func tests() throws(FieldError) -> CodeTests? {
    if let value = fields["tests"], value != .null { return try TestsForm(value, fields: fields).tests() }
    if let evalPlus = EvalPlusForm(fields) { return evalPlus.tests() }
    // HumanEval.
    if let test = fields["test"]?.string, let entry = fields["entry_point"]?.string {
      return CodeTests(kind: .check(test: test, entryPoint: entry, prompt: fields["prompt"]?.string ?? ""))
    }
    // MBPP.
    if case .array(let list) = fields["test_list"] {
      guard !list.isEmpty else {
        throw FieldError(
          "“test_list” is empty: every program would pass. Add an assert, or leave the row out.")
      }
      var asserts: [String] = []
      for item in list {
        guard let text = item.string else {
          throw FieldError("“test_list” holds something that is no string.")
        }
        asserts.append(text)
      }
      return CodeTests(kind: .assert(setup: try text("test_setup_code") ?? "", asserts: asserts))
    }
    // verl and LiveCodeBench: the tests are the ground truth, as an object or as JSON in a string.
    if let truth = fields["reward_model"]?["ground_truth"], let cases = TestsForm.inputsOutputs(truth) {
      return try cases.tests()
    }
    return nil
  }

  private func referenceCompletion(tests: CodeTests?) -> String? {
    if tests != nil {
      if let code = (fields["code"] ?? fields["reference_python"])?.string {
        if case .stdio? = tests?.kind, let entry = fields["entry_point"]?.string {
          return fenced(wholeProgram(code, calling: entry))
        }
        return fenced(code)
      }
      if let body = fields["canonical_solution"]?.string {
        return fenced((fields["prompt"]?.string ?? "") + body)
      }
      return nil
    }
    if let answer = fields["answer"]?.string, answer.contains("####") { return answer }
    if let solution = fields["solution"]?.string { return solution }
    return nil
  }

  /// A reference that is a function, for tests of whole programs: arguments in as a JSON array, the result out.
  private func wholeProgram(_ code: String, calling entry: String) -> String {
    code + "\n\nimport json\nprint(json.dumps(\(entry)(*json.loads(input())), default=list))"
  }

  private func fenced(_ code: String) -> String { "```python\n\(code)\n```" }
}

extension StringProtocol {
  func trimmingWhitespace() -> String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
