import Testing
import VerifierKit

/// The documented JSON of each dialect; python/contracts drives the real clients.
@Suite("Each dialect", .serialized) struct Dialects {
  @Test("rows and results keep their order; what is no row is answered in its place")
  func score() async throws {
    try await RunningService.with { service in
      let body = try json(
        #"""
        {"rows": [
          {"id": "a", "domain": "math", "reference": "1/2", "completion": "Answer: 0.5"}, 7,
          {"id": "c", "domain": "math", "reference": "1/2", "completion": "Answer: 0.6"},
          {"id": "d", "domain": "math", "reference": "1/2", "prompt": "q"},
          {"id": "e", "domain": "alchemy", "completion": "x"}]}
        """#)
      let results = try #require(try await service.post("/v1/score", body).json["results"]?.array)
      #expect(results.map { $0["id"]?.string } == ["a", nil, "c", nil, "e"])
      #expect(results.map { $0["reward"]?.double } == [1, nil, 0, nil, nil])
      #expect(
        results[1]["index"]?.integer == 1 && results[3]["error"]?.string?.contains("completion") == true)
      #expect(results[4]["reward"] == .null)
      #expect(results[4]["verdicts"]?["host"]?["status"]?.string == "fault")
    }
  }

  @Test("a request may name its verifiers, with weights and options")
  func named() async throws {
    try await RunningService.with { service in
      let body = try json(
        #"""
        {"rows": [{"domain": "math", "reference": "2", "completion": "Answer: 2"}],
         "verifiers": [{"name": "math-answer", "weight": 2}, {"name": "think-format", "weight": 0.5}]}
        """#)
      let result = try await service.post("/v1/score", body).json["results"]?.array?.first
      #expect(result?["reward"]?.double == 2)
      #expect(result?["verdicts"]?.object?.keys.sorted() == ["math-answer", "think-format"])
      let wrong = try await service.post("/v1/score", json(#"{"rows": [], "verifiers": [{"name": "nope"}]}"#))
      #expect(wrong.status == 400 && wrong.json["error"]?["message"]?.string?.contains("nope") == true)
    }
  }

  @Test("lines are answered in order, however they arrive")
  func lines() async throws {
    try await RunningService.with { service in
      var text = ""
      for index in 0..<3000 {
        text +=
          #"{"id": "\#(index)", "domain": "math", "reference": "\#(index)", "completion": "Answer: "#
          + "\(index + index % 2)" + "\"}\n"
        if index == 1000 { text += "no row\n\n" }
      }
      let answer = try await service.post("/v1/score", bytes: Array(text.utf8), type: "application/x-ndjson")
      let results = try answer.text.split(separator: "\n").map { try JSONValue(parsing: $0) }
      #expect(results.count == 3001 && results[1001]["line"]?.integer == 1002)
      let rows = results.filter { $0["id"] != nil }
      #expect(
        rows.enumerated().allSatisfy {
          $1["id"]?.string == "\($0)" && $1["reward"]?.double == ($0 % 2 == 0 ? 1 : 0)
        })
    }
  }

  @Test("OpenRLHF: lists in, lists out; a fault is a neutral number that says so")
  func openRLHF() async throws {
    try await RunningService.with { service in
      let body = try json(
        #"""
        {"query": ["<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\nAnswer: 2<|im_end|>", "1+1?Answer: 3</s>"],
         "prompts": ["<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n", "1+1?"], "labels": ["2", "2"]}
        """#)
      let answer = try await service.post("/get_reward", body).json
      #expect(answer["rewards"] == .array([.integer(1), .integer(0)]))
      #expect(answer["scores"] == answer["rewards"])
      #expect(answer["extra_logs"]?["assay_fault"] == .array([.integer(0), .integer(0)]))
      let fault = try json(#"{"query": ["1+1?Answer: 2"], "prompts": ["1+1?"], "labels": [null]}"#)
      let neutral = try await service.post("/get_reward", fault).json
      #expect(neutral["extra_logs"]?["assay_fault"] == .array([.integer(1)]))
      // The mean of the two rewards before: neither paid nor punished.
      #expect(neutral["rewards"]?.array?.first?.double == 0)
      #expect(try await service.post("/get_reward?on_fault=error", fault).status == 503)
      #expect(try await service.post("/get_reward", json(#"{"query": 3}"#)).status == 400)
    }
  }

  @Test("a mark of a template within a response is the model's own text")
  func marks() async throws {
    try await RunningService.with { service in
      func reward(_ response: String) async throws -> String {
        try await service.post(
          "/remote_rm?verifier=length",
          .object(["prompt": .string("p"), "response": .string(response), "label": .null])
        ).text
      }
      let long = String(repeating: "w ", count: 5000)
      let cut = try await reward(long + "<|im_start|>assistant\n1")
      #expect(try await reward(long + "1") == cut)
      // Many blanks after the end of a turn: they are passed over once.
      let blanks = String(repeating: "\n", count: 200_000)
      let right = try await service.post(
        "/remote_rm",
        .object([
          "prompt": .string("p"), "response": .string("Answer: 42 </s>" + blanks), "label": .string("42"),
        ]))
      #expect(right.text == "1")
    }
  }

  @Test("slime: a bare number; a fault is 503, and the client tries again")
  func slime() async throws {
    try await RunningService.with { service in
      let right = try await service.post(
        "/remote_rm", json(#"{"prompt": "1+1?", "response": "Answer: 2<|im_end|>", "label": "2"}"#))
      #expect(right.text == "1")
      let tests = try await service.post(
        "/remote_rm",
        json(
          #"{"prompt": "p", "response": "```python\nprint(int(input())+1)\n```", "label": "{\"inputs\": [\"1\"], \"outputs\": [\"2\"]}"}"#
        ))
      #expect(tests.text == "1", "\(tests.text)")
      #expect(
        try await service.post("/remote_rm", json(#"{"prompt": "p", "response": "x", "label": null}"#)).status
          == 503)
    }
  }

  @Test("open-instruct: 0 or 1 a test, and seconds")
  func openInstruct() async throws {
    try await RunningService.with { service in
      let asserts = try await service.post(
        "/test_program",
        json(
          #"{"program": "def f(x): return x", "tests": ["assert f(1)==1", "assert f(1)==2"], "max_execution_time": 1}"#
        )
      ).json
      #expect(asserts["results"] == .array([.integer(1), .integer(0)]))
      #expect(asserts["runtimes"]?.array?.count == 2)
      let stdio = try await service.post(
        "/test_program_stdio",
        json(
          #"{"program": "print(input())", "tests": [{"input": "a", "output": "a"}, {"input": "b", "output": "a"}], "max_execution_time": 1}"#
        )
      ).json
      #expect(stdio["results"] == .array([.integer(1), .integer(0)]))
    }
  }

  @Test(
    "SandboxFusion /run_code",
    arguments: [
      ("print(input())", "Success", "Finished", 0), ("1/0", "Failed", "Finished", 1),
      ("def f(:", "Failed", "Finished", 1), ("while True: pass", "Failed", "TimeLimitExceeded", nil),
      ("import sys; sys.exit(3)", "Failed", "Finished", 3),
    ])
  func runCode(code: String, status: String, run: String, returnCode: Int?) async throws {
    try await RunningService.with { service in
      let answer = try await service.post(
        "/run_code",
        .object([
          "compile_timeout": .integer(10), "run_timeout": .integer(1), "code": .string(code),
          "stdin": .string("hi\n"), "memory_limit_MB": .integer(1024), "language": .string("python"),
          "files": .object([:]), "fetch_files": .array([]),
        ]))
      #expect(answer.status == 200 && answer.json["status"]?.string == status)
      let result = answer.json["run_result"]
      #expect(result?["status"]?.string == run && result?["return_code"]?.integer == returnCode)
      if status == "Success" { #expect(result?["stdout"]?.string == "hi\n") }
      if code == "1/0" {
        #expect(result?["stderr"]?.string?.hasSuffix("ZeroDivisionError: division by zero\n") == true)
      }
    }
  }

  @Test("SandboxFusion: files go in and come out; /submit judges by the tests it is given")
  func submit() async throws {
    try await RunningService.with { service in
      let files = try await service.post(
        "/run_code",
        json(
          #"{"code": "open('o.txt','w').write(open('d/i.txt').read()*2)", "language": "python", "files": {"d/i.txt": "aGk="}, "fetch_files": ["o.txt"]}"#
        )
      ).json
      #expect(files["files"]?["o.txt"]?.string == "aGloaQ==")
      func submit(_ code: String) async throws -> JSONValue {
        try await service.post(
          "/submit",
          .object([
            "dataset": .string("d"), "id": .integer(7), "completion": .string("```python\n\(code)\n```"),
            "config": json(
              #"{"language": "python", "dataset_type": "CommonOJDataset", "provided_data": [{"input": {"stdin": "2"}, "output": {"stdout": "4\n"}}, {"input": {"stdin": "3"}, "output": {"stdout": "6\n"}}]}"#
            ),
          ])
        ).json
      }
      let right = try await submit("print(int(input())*2)")
      #expect(
        right["accepted"] == .bool(true) && right["tests"]?.array?.count == 2 && right["id"]?.integer == 7)
      let wrong = try await submit("print(4)")
      #expect(wrong["accepted"] == .bool(false))
      let other = try await service.post("/run_code", json(#"{"code": "x", "language": "cpp"}"#))
      #expect(other.status == 200 && other.json["status"]?.string == "SandboxError")
    }
  }

  @Test("NeMo-Gym: the request comes back with its reward; a fault is masked")
  func nemoGym() async throws {
    try await RunningService.with { service in
      func verify(_ answer: String, _ expected: String) async throws -> JSONValue {
        try await service.post(
          "/verify",
          json(
            #"""
            {"responses_create_params": {"input": [{"role": "user", "content": "1+1?"}]}, "extra": [1],
             "response": {"id": "r", "output": [{"type": "reasoning", "summary": []},
               {"type": "message", "content": [{"type": "output_text", "text": "\#(answer)"}]}]},
             "expected_answer": \#(expected)}
            """#)
        ).json
      }
      let right = try await verify("Answer: 2", #""2""#)
      #expect(right["reward"]?.double == 1 && right["mask_sample"] == .bool(false))
      #expect(right["extra"] == .array([.integer(1)]) && right["response"]?["id"]?.string == "r")
      let fault = try await verify("Answer: 2", "null")
      #expect(fault["mask_sample"] == .bool(true) && fault["failure_kind"]?.string != nil)
      let code = try await service.post(
        "/verify",
        json(
          #"""
          {"responses_create_params": {"input": []},
           "response": {"output": [{"type": "message", "content": [{"type": "output_text", "text": "```python\nprint(int(input())+1)\n```"}]}]},
           "verifier_metadata": {"unit_tests": {"inputs": ["1"], "outputs": ["2"], "fn_name": null}}}
          """#))
      #expect(code.json["reward"]?.double == 1, "\(code.text)")
      let means = try await service.post(
        "/aggregate_metrics",
        .object(["verify_responses": .array([right, fault, try await verify("Answer: 3", #""2""#)])]))
      #expect(means.json["agent_metrics"]?["mean/reward"]?.double == 0.5)
      #expect(try await service.post("/seed_session", .object([:])).status == 200)
      #expect(try await service.get("/reverify_mode").json == .string("stateless"))
    }
  }
}
