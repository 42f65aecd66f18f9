import Foundation
import Testing
import VerifierKit

@testable import Rows

private func parse(_ line: String) -> Result<Row, RowError> { Row.parse(Array(line.utf8), line: 7) }

@Test(
  "the forms that are read: domain, prompt, reference",
  arguments: [
    (#"{"id":"a","domain":"math","prompt":"6*7","reference":42}"#, "a", "math", "6*7", "42"),
    (#"{"question":"6*7","answer":"42"}"#, "7", "math", "6*7", "42"),
    (#"{"question":"q","answer":"thinking\n#### 1,234"}"#, "7", "math", "q", "1234"),
    (#"{"problem":"p","solution":"so \\boxed{\\frac{1}{2}}"}"#, "7", "math", "p", "\\frac{1}{2}"),
    (
      #"{"data_source":"openai/gsm8k","ability":"math","prompt":[{"role":"user","content":"q"}],"reward_model":{"style":"rule","ground_truth":"5"},"extra_info":{"index":3}}"#,
      "3", "math", "q", "5"
    ),
  ])
func forms(line: String, id: String, domain: String, prompt: String, reference: String) throws {
  let problem = try parse(line).get().problem
  #expect(problem.id == id && problem.domain == domain && problem.prompt.text == prompt)
  #expect(problem.reference?.scalarText == reference)
}

@Test("tests of code problems: MBPP, HumanEval, call, stdio, inputs and outputs")
func tests() throws {
  let mbpp = try parse(
    #"{"task_id":2,"text":"write f","code":"def f(): return 1","test_list":["assert f() == 1"],"test_setup_code":""}"#
  ).get()
  #expect(mbpp.problem.tests?.kind == .assert(setup: "", asserts: ["assert f() == 1"]))
  #expect(mbpp.problem.id == "2" && mbpp.problem.domain == "code")
  #expect(mbpp.referenceCompletion == "```python\ndef f(): return 1\n```")
  let humanEval = try parse(
    #"{"task_id":"HumanEval/0","prompt":"def f():\n","entry_point":"f","canonical_solution":"    return 1\n","test":"def check(c): assert c() == 1"}"#
  ).get()
  #expect(
    humanEval.problem.tests?.kind
      == .check(test: "def check(c): assert c() == 1", entryPoint: "f", prompt: "def f():\n"))
  let call = try parse(
    #"{"prompt":"p","tests":{"kind":"call","function":"f","cases":[{"args":[1,[2]],"expected":3}],"limits":{"cpu_seconds":1},"comparison":"tokens"}}"#
  ).get().problem.tests
  #expect(
    call?.kind
      == .call(
        function: "f", cases: [.init(arguments: [.integer(1), .array([.integer(2)])], expected: .integer(3))])
  )
  #expect(call?.limits.cpuSeconds == 1 && call?.comparison == .tokens)
  let list = try parse(#"{"prompt":"p","tests":[{"stdin":"1\n","stdout":"2\n"}]}"#).get().problem.tests
  #expect(list?.kind == .stdio(cases: [.init(stdin: "1\n", stdout: "2\n")], checker: nil))
  let pairs = try parse(
    #"{"prompt":"p","tests":{"inputs":["1\n2"],"outputs":["3"],"fn_name":"add"}}"#
  ).get().problem.tests
  #expect(
    pairs?.kind
      == .call(function: "add", cases: [.init(arguments: [.integer(1), .integer(2)], expected: .integer(3))]))
  // APPS wraps results in a list, or doesn't: where all are, both are right.
  let wrapped = try parse(
    #"{"prompt":"p","tests":{"inputs":[[2],[3]],"outputs":[[4],[[6]]],"fn_name":"f"}}"#
  ).get().problem.tests
  #expect(
    wrapped?.kind
      == .call(
        function: "f",
        cases: [
          .init(arguments: [.integer(2)], expected: .array([.integer(4)]), alternative: .integer(4)),
          .init(
            arguments: [.integer(3)], expected: .array([.array([.integer(6)])]),
            alternative: .array([.integer(6)])),
        ]))
  // Another key of that name is metadata.
  let other = try parse(#"{"question":"2+2?","answer":"4","test":true}"#).get()
  #expect(other.problem.tests == nil && other.problem.metadata["test"] == .bool(true))
  let lines = try parse(#"{"prompt":"p","tests":{"inputs":[["1","2"],[]],"outputs":[["3"],4]}}"#)
    .get().problem.tests
  #expect(
    lines?.kind
      == .stdio(cases: [.init(stdin: "1\n2", stdout: "3"), .init(stdin: "", stdout: "4")], checker: nil))
}

@Test(
  "a bad line says what is wrong with it",
  arguments: [
    ("{", "is no JSON"), ("[1]", "no JSON object"), (#"{"id":"x"}"#, "neither a prompt nor a completion"),
    (#"{"prompt":5}"#, "“prompt” is neither"), (#"{"prompt":"p","domain":3}"#, "“domain” is no string"),
    (#"{"prompt":"p","tests":{"kind":"unit"}}"#, "“unit”"),
    (#"{"prompt":"p","tests":{"kind":"call","function":"f","cases":[]}}"#, "no “cases”"),
    (#"{"prompt":"p","tests":{"kind":"stdio","cases":[{"stdin":1}]}}"#, "both strings"),
    (
      #"{"prompt":"p","tests":{"kind":"assert","asserts":["a"],"limits":{"cpu":1}}}"#, "no limit “cpu”"
    ), (#"{"prompt":"p","tests":{"inputs":[{"a":1}],"outputs":["3"]}}"#, "no list of lines"),
    (#"{"prompt":"p","metadata":3}"#, "“metadata” is no object"),
    (#"{"prompt":"p","test_list":[]}"#, "“test_list” is empty"),
  ])
func badLines(line: String, message: String) {
  guard case .failure(let error) = parse(line) else {
    Issue.record("\(line) was read")
    return
  }
  #expect(error.line == 7 && error.message.contains(message), "\(error)")
}

@Test("files: blank lines, carriage returns, gzip, a missing file, a folder")
func files() throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-rows-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let plain = folder.appending(path: "rows.jsonl")
  try "{\"prompt\":\"a\"}\r\n\n  \nbroken\n{\"prompt\":\"b\"}".write(
    to: plain, atomically: true, encoding: .utf8)
  func summary(_ path: String) throws -> [String] {
    try RowReader(path).map { result in
      switch result {
      case .success(let row): "\(row.line) \(row.problem.prompt.text)"
      case .failure(let error): "\(error.line) bad"
      }
    }
  }
  #expect(try summary(plain.path) == ["1 a", "4 bad", "5 b"])
  let gzip = Process()
  gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
  gzip.arguments = ["-k", plain.path]
  try gzip.run()
  gzip.waitUntilExit()
  #expect(try summary(plain.path + ".gz") == ["1 a", "4 bad", "5 b"])
  let whole = try Data(contentsOf: URL(fileURLWithPath: plain.path + ".gz"))
  let cut = folder.appending(path: "cut.jsonl.gz")
  try whole.prefix(whole.count / 2).write(to: cut)
  let reader = try RowReader(cut.path)
  while reader.next() != nil {}
  #expect(reader.failure != nil)
  #expect(throws: RowFileError.self) { try RowReader(folder.appending(path: "none").path) }
  #expect(throws: RowFileError.self) { try RowReader(folder.path) }
}

@Test("mutated lines are rows or errors, never a crash")
func mutations() {
  var state: UInt64 = 3
  func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  let seed = Array(
    #"{"id":"a","prompt":[{"role":"user","content":"q"}],"tests":{"kind":"call","function":"f","cases":[{"args":[1],"expected":[2.5,null]}],"limits":{"cpu_seconds":1}},"reward_model":{"ground_truth":"{\"inputs\":[1],\"outputs\":[2]}"}}"#
      .utf8)
  var read = 0
  for _ in 0..<2000 {
    var bytes = seed
    for _ in 0...next(3) { bytes[next(bytes.count)] = UInt8(next(256)) }
    if next(4) == 0 { bytes.removeLast(next(bytes.count)) }
    if case .success = Row.parse(bytes, line: 1) { read += 1 }
  }
  #expect(read > 0 && read < 2000)
}
