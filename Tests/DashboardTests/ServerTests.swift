import Foundation
import FoundationNetworking
import Logging
import Testing
import Trainer
import VerifierKit

@testable import Dashboard

/// A dashboard on a port of its own.
struct RunningDashboard {
  let port: Int

  static func with(
    _ runs: URL, token: String? = nil, _ body: @escaping @Sendable (RunningDashboard) async throws -> Void
  ) async throws {
    var options = DashboardOptions()
    options.port = 0
    options.token = token
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let dashboard = try Dashboard(options, runs: runs, logger: logger)
    let (ports, arrived) = AsyncStream.makeStream(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await dashboard.run { arrived.yield($0) } }
      group.addTask {
        for await port in ports {
          try await body(RunningDashboard(port: port))
          return
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  func get(
    _ path: String, method: String = "GET", headers: [String: String] = [:]
  ) async throws -> (status: Int, json: JSONValue, text: String, headers: HTTPURLResponse) {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    request.httpMethod = method
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    return (
      http.statusCode, (try? JSONValue(parsing: Array(data))) ?? .null, String(decoding: data, as: UTF8.self),
      http
    )
  }
}

@Suite("The dashboard's server", .serialized) struct ServerTests {
  @Test("runs, good and bad; names are no paths")
  func runs() async throws {
    try await MadeUpRuns.withFolder { folder in
      try MadeUpRuns.make("a", in: folder, steps: 40)
      for (name, text) in [("torn", "{\"step\":1,"), ("rubbish", "x\ny\n")] {
        try FileManager.default.createDirectory(
          at: folder.appending(path: name), withIntermediateDirectories: true)
        try text.write(to: folder.appending(path: "\(name)/metrics.jsonl"), atomically: true, encoding: .utf8)
      }
      try FileManager.default.createDirectory(
        at: folder.appending(path: "new"), withIntermediateDirectories: true)
      try "".write(to: folder.appending(path: "new/recipe.yaml"), atomically: true, encoding: .utf8)
      try Data("no database".utf8).write(to: folder.appending(path: "rubbish/rollouts.sqlite"))
      try FileManager.default.createDirectory(
        at: folder.appending(path: "no run"), withIntermediateDirectories: true)
      try await RunningDashboard.with(folder) { dashboard in
        let runs = try #require(try await dashboard.get("/api/runs").json["runs"]?.array)
        #expect(runs.compactMap { $0["name"]?.string } == ["a", "new", "rubbish", "torn"])
        #expect(runs[0]["step"]?.integer == 40 && runs[0]["problem"] == nil)
        #expect(runs[1]["problem"]?.string == "no metrics.jsonl in this folder yet")
        #expect(runs[2]["problem"]?.string == "metrics.jsonl holds no metrics: 2 lines are no rows")
        #expect(runs[3]["rows"]?.integer == 0)
        let broken = try await dashboard.get("/api/facets?run=rubbish")
        #expect(broken.status == 500 && broken.json["error"]?.string?.contains("rollouts.sqlite") == true)
        for path in ["/api/metrics?run=..", "/api/metrics?run=%2e%2e%2fa", "/api/metrics?run=nobody"] {
          #expect(try await dashboard.get(path).status == 404)
        }
        #expect(try await dashboard.get("/api/metrics").status == 400)
        #expect(try await dashboard.get("/api/rollouts?run=a&limit=0").status == 400)
        #expect(try await dashboard.get("/../Package.swift").status == 404)
      }
    }
  }

  @Test("with a token nothing is served without it, and the printed address leaves it in a cookie")
  func token() async throws {
    try await MadeUpRuns.withFolder { folder in
      try MadeUpRuns.make("a", in: folder, steps: 4, rolloutSteps: 0)
      let set = try #require(Gate(boundTo: "127.0.0.1", token: "s3cret").cookie(for: "s3cret"))
      let name = set.prefix { $0 != "=" }
      try await RunningDashboard.with(folder, token: "s3cret") { dashboard in
        for path in ["/", "/app.js", "/api/runs", "/?token=", "/?token=s3cre", "/api/runs?token=S3CRET"] {
          let refused = try await dashboard.get(path)
          #expect(
            refused.status == 401 && refused.json["error"]?.string?.contains("token") == true, "\(path)")
        }
        for headers in [
          ["Authorization": "Bearer s3cret"], ["Cookie": "other=1; \(name)=s3cret"],
        ] {
          #expect(try await dashboard.get("/api/runs", headers: headers).status == 200)
        }
        for headers in [["Authorization": "s3cret"], ["Cookie": "\(name)=s3cret2"]] {
          #expect(try await dashboard.get("/api/runs", headers: headers).status == 401)
        }
        // Followed by the client, cookie included.
        let page = try await dashboard.get("/?token=s3cret")
        #expect(page.status == 200 && page.text.contains("<html"))
        #expect(page.headers.url?.query == nil)
      }
    }
  }

  @Test("curves are the file's numbers, and follow it")
  func curves() async throws {
    try await MadeUpRuns.withFolder { folder in
      try MadeUpRuns.make("a", in: folder, steps: 40, rolloutSteps: 0)
      try await RunningDashboard.with(folder) { dashboard in
        _ = try await dashboard.get("/api/runs")
        let path = "/api/curves?run=a&metric=kl&metric=reward&metric=nothing"
        let curves = try await dashboard.get(path).json["curves"]
        let expected = (1...40).map { MadeUpRuns.row($0)["reward"] }
        #expect(curves?["reward"]?["y"]?.array?.map(\.double) == expected)
        #expect(curves?["nothing"] == nil)
        let handle = try FileHandle(forWritingTo: folder.appending(path: "a/metrics.jsonl"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((MadeUpRuns.row(41).json + "\n").utf8))
        try handle.close()
        _ = try await dashboard.get("/api/runs")
        let smooth = try await dashboard.get(path + "&smoothing=0.6&axis=wall").json["curves"]?["kl"]
        #expect(smooth?["x"]?.array?.last?.double == MadeUpRuns.row(41)["wall_s"])
        #expect(smooth?["smoothed"]?["y"]?.array?.count == 41)
        #expect(try await dashboard.get(path + "&smoothing=2").status == 400)
        let points = try await dashboard.get("/api/evaluations?run=a").json["points"]?.array
        #expect(points?.count == 2)
        #expect(points?.last?["domains"]?["code"]?["low"]?.double == 0.6 - 0.05)
      }
    }
  }

  @Test("rollouts by what is asked, page by page, and one with its program and group")
  func rollouts() async throws {
    try await MadeUpRuns.withFolder { folder in
      try MadeUpRuns.make("a", in: folder, steps: 10, rolloutSteps: 5)
      try await RunningDashboard.with(folder) { dashboard in
        func ask(_ query: String) async throws -> JSONValue {
          try await dashboard.get("/api/rollouts?run=a&\(query)").json
        }
        #expect(try await ask("").json("count") == 40)
        #expect(try await ask("domain=code&status=rejected").json("count") == 5)
        #expect(try await ask("domain=code&status=fault&verifier=python-tests&step=2").json("count") == 1)
        #expect(try await ask("search=%3CSCRIPT").json("count") == 20)
        #expect(try await ask("search=100%25").json("count") == 0)
        #expect(try await ask("purpose=harvest").json("count") == 0)
        var (ids, after) = ([Int](), "")
        while true {
          let page = try await ask("limit=7" + after)
          let found = (page["rollouts"]?.array ?? []).compactMap { $0["id"]?.integer }
          ids += found
          guard page["more"]?.bool == true, let last = found.last else { break }
          after = "&after=\(last)"
        }
        #expect(ids == (1...40).reversed())
        let code = try await ask("domain=code&status=rejected&limit=1")["rollouts"]?.array?.first
        let id = try #require(code?["id"]?.integer)
        let one = try await dashboard.get("/api/rollout?run=a&id=\(id)").json
        #expect(one["program"]?.string == "def double(x):\n    return x")
        #expect(one["samples"]?.array?.count == 4)
        #expect(one["samples"]?.array?.last?["reward"] == .null)
        #expect(one["verdicts"]?.array?.first?["details"]?["message"]?.string == "<b>not this</b>")
        #expect(try await dashboard.get("/api/rollout?run=a&id=9999").status == 404)
      }
    }
  }

  @Test("other names, other sites and other methods are refused; every answer is locked down")
  func refusals() async throws {
    try await MadeUpRuns.withFolder { folder in
      try await RunningDashboard.with(folder) { dashboard in
        for host in ["evil.example", "evil.example:\(dashboard.port)"] {
          #expect(try await dashboard.get("/api/runs", headers: ["Host": host]).status == 421)
          #expect(try await dashboard.get("/", headers: ["Host": host]).status == 421)
        }
        let cross = try await dashboard.get("/api/runs", headers: ["Sec-Fetch-Site": "cross-site"])
        #expect(cross.status == 403)
        let post = try await dashboard.get("/api/runs", method: "POST")
        #expect(post.status == 405)
        let page = try await dashboard.get("/")
        #expect(page.status == 200)
        let policy = page.headers.value(forHTTPHeaderField: "Content-Security-Policy") ?? ""
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"))
        #expect(page.headers.value(forHTTPHeaderField: "X-Content-Type-Options") == "nosniff")
        for name in [
          "style.css", "icon.svg", "app.js", "tools.js", "chart.js", "curves.js", "evaluation.js",
          "rollouts.js",
        ] {
          #expect(try await dashboard.get("/\(name)").status == 200)
        }
        // Nothing from outside, and no script or style in the markup.
        #expect(!page.text.contains("http") && !page.text.contains("<style") && !page.text.contains(" on"))
      }
    }
  }
}

extension JSONValue {
  fileprivate func json(_ key: String) -> Int? { self[key]?.integer }
}
