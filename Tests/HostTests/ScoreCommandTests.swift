import Foundation
import Testing
import VerifierKit

private func score(_ rows: String, _ arguments: [String] = []) throws -> (status: Int32, lines: [JSONValue]) {
  try AssayCommand.withFolder { folder in
    let (input, output) = (folder.appending(path: "in.jsonl"), folder.appending(path: "out.jsonl"))
    try rows.write(to: input, atomically: true, encoding: .utf8)
    let outcome = try AssayCommand.run(
      ["score", "--input", input.path, "--output", output.path] + arguments)
    let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    return (outcome.status, try text.split(separator: "\n").map { try JSONValue(parsing: $0) })
  }
}

@Test("assay score: verdicts in the order of the rows, exit status 0")
func scored() throws {
  let (status, lines) = try score(
    """
    {"id":"a","domain":"math","prompt":"q","reference":"1/2","completion":"Answer: 0.5"}
    {"id":"b","domain":"logic","prompt":"q","reference":{"kind":"truth","answer":true},"completion":"Answer: false"}
    {"id":"c","prompt":"q","tests":[{"stdin":"2\\n","stdout":"4\\n"}],"completion":"```python\\nprint(int(input())**2)\\n```"}
    """)
  #expect(status == 0)
  #expect(lines.map { $0["id"]?.string } == ["a", "b", "c"])
  #expect(lines.map { $0["reward"]?.double } == [1, 0, 1])
  #expect(lines[0]["verdicts"]?["math-answer"]?["details"]?["extracted"] == .string("0.5"))
}

@Test("assay score: a bad line is answered in its place, exit status 65")
func badLine() throws {
  let (status, lines) = try score(
    "{\"id\":\"a\",\"prompt\":\"q\",\"reference\":\"1\",\"completion\":\"Answer: 1\"}\nnonsense\n{\"id\":\"c\",\"prompt\":\"q\"}\n"
  )
  #expect(status == 65)
  #expect(lines.count == 3 && lines[1]["line"]?.integer == 2 && lines[2]["line"]?.integer == 3)
}

@Test("assay score: a fault has no reward, exit status 1")
func fault() throws {
  let (status, lines) = try score(#"{"id":"a","domain":"code","prompt":"q","completion":"print(1)"}"#)
  #expect(status == 1)
  #expect(lines[0]["reward"] == .null)
  #expect(lines[0]["verdicts"]?["python-tests"]?["status"] == .string("fault"))
}

@Test("assay score: verifiers by name with options; wrong usage is 64")
func named() throws {
  let row = #"{"id":"a","domain":"x","prompt":"q","completion":"<think>1+1=2</think>Answer: 2"}"#
  let (status, lines) = try score(
    row, ["--verifier", "think-format:answer_line=true", "--verifier", "reasoning-steps:target=2"])
  #expect(status == 0 && lines[0]["reward"]?.double == 1.5)
  #expect(try score(row, ["--jobs", "0"]).status == 64)
  #expect(try score(row, ["--no-such-option"]).status == 64)
}
