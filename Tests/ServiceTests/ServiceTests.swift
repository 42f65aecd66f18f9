import Foundation
import Service
import Testing
import VerifierKit

@Suite("The service", .serialized) struct Service {
  private let row = #"{"rows": [{"domain": "math", "reference": "2", "completion": "Answer: 2"}]}"#

  @Test("asks for its token, of all but the probes")
  func token() async throws {
    var options = ServiceOptions()
    options.token = "secret"
    try await RunningService.with(options) { [row] service in
      #expect(try await service.post("/v1/score", json(row)).status == 200)
      for token in [nil, "secre", "secret2", ""] {
        var stranger = service
        stranger.token = token
        let answer = try await stranger.post("/v1/score", json(row))
        #expect(answer.status == 401 && answer.json["error"]?["code"]?.string == "unauthorized")
        #expect(try await stranger.get("/health").status == 200)
        #expect(try await stranger.get("/metrics").status == 401)
      }
    }
  }

  @Test("binds to loopback alone when it has no token")
  func loopback() async throws {
    var options = ServiceOptions()
    options.host = "0.0.0.0"
    await #expect(throws: ServiceError.self) { try await RunningService.with(options) { _ in } }
  }

  @Test("refuses what is too large, of the wrong form or not there, in one sentence")
  func refusals() async throws {
    var options = ServiceOptions()
    options.maxBodyBytes = 2000
    options.maxRows = 3
    try await RunningService.with(options) { service in
      let cases: [(String, String, Int)] = [
        ("/v1/score", String(repeating: " ", count: 3000), 413), ("/v1/score", "{", 400),
        ("/v1/score", "{}", 400),
        ("/v1/score", #"{"rows": [1,2,3,4]}"#, 413), ("/nope", "{}", 404), ("/health", "{}", 405),
        ("/run_code", "{}", 422), ("/remote_rm", "[]", 400), ("/test_program", #"{"tests": 1}"#, 400),
        ("/verify", "{}", 422), ("/submit", #"{"completion": "x"}"#, 422),
      ]
      for (path, body, status) in cases {
        let answer = try await service.post(path, bytes: Array(body.utf8))
        #expect(answer.status == status, "\(path) \(answer.text)")
        #expect(answer.json["error"]?["message"]?.string?.isEmpty == false)
      }
    }
  }

  @Test("sends away at once who finds no place, with a time to come back, and never with a zero")
  func overload() async throws {
    var options = ServiceOptions()
    options.maxPendingPrograms = 2
    try await RunningService.with(options) { service in
      let slow = try json(
        #"{"code": "import time\ntime.sleep(1)\nprint(1)", "language": "python", "run_timeout": 5}"#)
      let answers = try await withThrowingTaskGroup(of: RunningService.Answer.self) { group in
        for _ in 0..<12 { group.addTask { try await service.post("/run_code", slow) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let served = answers.filter { $0.status == 200 }
      #expect(served.count >= 2 && served.allSatisfy { $0.json["run_result"]?["stdout"]?.string == "1\n" })
      let refused = answers.filter { $0.status == 429 }
      #expect(refused.count + served.count == 12 && !refused.isEmpty)
      #expect(refused.allSatisfy { $0.headers["retry-after"] == "1" })
    }
  }

  @Test("tells of itself: probes, metrics, description")
  func itself() async throws {
    try await RunningService.with { [row] service in
      #expect(try await service.get("/health").status == 200)
      #expect(try await service.get("/ready").json["status"]?.string == "ready")
      #expect(try await service.get("/v1/ping").json == .string("pong"))
      _ = try await service.post("/v1/score", json(row))
      let metrics = try await service.get("/metrics").text
      #expect(metrics.contains("\nassay_rows_total "))
      #expect(metrics.contains(#"assay_request_duration_seconds_count{route="/v1/score"} "#))
      #expect(metrics.contains("assay_pending_rows 0"))
      let description = try await service.get("/openapi.json").json
      #expect(description["openapi"]?.string?.hasPrefix("3.") == true)
      #expect(description["paths"]?.object?.keys.contains("/v1/score") == true)
    }
  }

  @Test("what a client that has gone was waiting for is not worked out", .timeLimit(.minutes(3)))
  func departed() async throws {
    try await RunningService.with { service in
      let slow = try json(
        #"{"code": "import time\ntime.sleep(500)", "language": "python", "run_timeout": 500}"#)
      for _ in 0..<6 {
        await #expect(throws: (any Error).self) { try await service.post("/run_code", slow, within: 0.5) }
      }
      while try await !service.get("/metrics").text.contains("assay_pending_programs 0\n") {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  @Test("keeps the verifiers that are asked for, and forgets those that are not")
  func manySets() async throws {
    try await RunningService.with { service in
      for weight in 1...80 {
        let body = try json(
          #"{"rows": [{"domain": "math", "reference": "2", "completion": "Answer: 2"}], "verifiers": [{"name": "math-answer", "weight": \#(weight)}]}"#
        )
        let reward = try await service.post("/v1/score", body).json["results"]?.array?.first?["reward"]?
          .double
        #expect(reward == Double(weight))
      }
      for wrong in [
        #"[{"name": "math-answer", "weight": "1"}]"#, #"[{"name": "math-answer", "options": ["a"]}]"#, "[]",
        "{}",
        #"[{"name": "math-answer"}, {"name": "math-answer"}]"#,
      ] {
        #expect(
          try await service.post("/v1/score", json(#"{"rows": [], "verifiers": \#(wrong)}"#)).status == 400)
      }
    }
  }

  @Test("a request that takes too long is 504, and the rest go on")
  func deadline() async throws {
    var options = ServiceOptions()
    options.requestSeconds = 0.5
    try await RunningService.with(options) { [row] service in
      let slow = try json(#"{"code": "import time\ntime.sleep(3)", "language": "python", "run_timeout": 5}"#)
      async let late = service.post("/run_code", slow)
      #expect(try await service.post("/v1/score", json(row)).status == 200)
      #expect(try await late.status == 504)
    }
  }
}
