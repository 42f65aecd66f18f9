import Foundation
import Testing
import VerifierKit

@Suite("assay generate")
struct GenerateCommandTests {
  private static let rows = """
    {"id":"a","prompt":"one","reference":"1","mine":[1,2]}
    {"prompt":[{"role":"user","content":"two"}]}
    {"question":"three and more","answer":"3"}

    """

  private func rows(_ input: String, _ arguments: [String]) throws -> (status: Int32, rows: [JSONValue]) {
    try AssayCommand.withFolder { folder in
      let model = try TinyPolicy.write(in: folder)
      let outcome = try AssayCommand.run(
        ["generate", "--model", model, "--input", "-"] + arguments, input: input)
      return (outcome.status, try outcome.rows())
    }
  }

  @Test("rows in, a row a sample out, with what they had")
  func samples() throws {
    let (status, rows) = try rows(Self.rows, ["--n", "2", "--max-tokens", "8", "--logprobs"])
    #expect(status == 0)
    #expect(rows.map { $0["id"]?.string } == ["a", "a", "2", "2", "3", "3"])
    #expect(rows.map { $0["sample"]?.integer } == [0, 1, 0, 1, 0, 1])
    #expect(rows[1]["mine"] == .array([.integer(1), .integer(2)]) && rows[1]["reference"] == .string("1"))
    #expect(rows[4]["answer"] == .string("3"))
    for row in rows {
      let count = try #require(row["completion_tokens"]?.integer)
      #expect(row["completion"]?.string != nil)
      #expect(row["finish_reason"] == .string(count < 8 ? "stop" : "length"))
      #expect(row["logprobs"]?.array?.count == count)
      #expect(row["logprobs"]?.array?.allSatisfy { ($0.double ?? 1) <= 0 } == true)
    }
    #expect(rows[0]["completion"] != rows[1]["completion"])
  }

  @Test("the same seed, the same completions, whatever is sampled beside them and on however many threads")
  func seed() throws {
    func completions(_ arguments: [String]) throws -> [JSONValue?] {
      try rows(Self.rows, ["--n", "3", "--max-tokens", "24", "--precision", "fp32"] + arguments).rows
        .map { $0["completion"] }
    }
    let one = try completions(["--batch-size", "1", "--threads", "1"])
    #expect(one.count == 9)
    #expect(try completions(["--batch-size", "64", "--threads", "1"]) == one)
    #expect(try completions(["--batch-size", "4", "--threads", "2"]) == one)
    #expect(try completions(["--seed", "1"]) != one)
  }

  @Test("a single prompt is a file's first row")
  func prompt() throws {
    try AssayCommand.withFolder { folder in
      let model = try TinyPolicy.write(in: folder)
      let arguments = ["generate", "--model", model, "--max-tokens", "12", "--seed", "3"]
      let row = try AssayCommand.run(arguments + ["--input", "-"], input: Self.rows).rows()[0]
      let text = try AssayCommand.run(arguments + ["--prompt", "one"])
      #expect(text.status == 0)
      #expect(text.output == (row["completion"]?.string ?? "") + "\n")
      let json = try AssayCommand.run(arguments + ["--prompt", "one", "--json"]).rows()
      #expect(json.count == 1 && json[0]["completion"] == row["completion"])
    }
  }

  @Test("what can't be completed is answered in its place, exit status 65")
  func bad() throws {
    let long = String(repeating: "x", count: 200)
    let input = """
      nonsense
      {"prompt":"one"}
      {"prompt":"\(long)"}
      {"completion":"no prompt"}
      {"prompt":"two"}
      """
    let (status, rows) = try rows(input, ["--max-tokens", "4", "--template", "none"])
    #expect(status == 65)
    #expect(rows.map { $0["line"]?.integer } == [1, nil, 3, 4, nil])
    #expect(rows[2]["error"]?.string?.contains("200 tokens") == true, "\(rows[2])")
    #expect(rows[2]["error"]?.string?.contains("96 positions") == true)
    #expect(rows[3]["error"]?.string?.contains("empty") == true)
    #expect(rows[4]["completion"]?.string != nil)
  }

  @Test("completions end where the positions do; without --stop-at-eos nowhere before")
  func limits() throws {
    let (_, rows) = try rows(
      #"{"prompt":"0123456789"}"#,
      ["--max-tokens", "500", "--template", "none", "--no-stop-at-eos", "--temperature", "0"])
    #expect(rows[0]["completion_tokens"]?.integer == 86)
    #expect(rows[0]["finish_reason"] == .string("length"))
  }

  @Test("interrupted, it ends with status 130, and what it wrote is whole rows")
  func interrupted() throws {
    try AssayCommand.withFolder { folder in
      let model = try TinyPolicy.write(in: folder)
      let (input, output) = (folder.appending(path: "in.jsonl"), folder.appending(path: "out.jsonl"))
      try String(repeating: "{\"prompt\":\"one\"}\n", count: 50_000)
        .write(to: input, atomically: true, encoding: .utf8)
      let process = Process()
      let program: URL = try #require(AssayCommand.program)
      process.executableURL = program
      process.arguments = ["generate", "--model", model, "--input", input.path, "--output", output.path]
      process.standardError = FileHandle.nullDevice
      try process.run()
      func written() -> Data { (try? Data(contentsOf: output)) ?? Data() }
      while written().isEmpty, process.isRunning { usleep(10_000) }
      process.interrupt()
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let text = String(decoding: written(), as: UTF8.self)
      let rows = try text.split(separator: "\n").map { try JSONValue(parsing: $0) }
      #expect(text.hasSuffix("\n") && (1..<50_000).contains(rows.count), "\(rows.count) rows")
      #expect(rows.indices.allSatisfy { rows[$0]["id"]?.string == "\($0 + 1)" })
    }
  }

  @Test(
    "wrong usage is 64",
    arguments: [
      [], ["--prompt", "a", "--input", "-"], ["--prompt", "a", "--n", "0"],
      ["--prompt", "a", "--top-p", "0"],
      ["--prompt", "a", "--temperature", "-1"], ["--prompt", "a", "--batch-size", "0"],
      ["--prompt", "a", "--template", "r1-zero", "--system", "b"], ["--prompt", "a", "--template", "x"],
    ])
  func usage(arguments: [String]) throws {
    #expect(try AssayCommand.run(["generate", "--model", "none"] + arguments).status == 64)
  }
}
