import Foundation
import Testing
import Trainer
import VerifierKit

@testable import Dashboard

@Suite("Metrics of a live run") struct MetricsTailTests {
  private func append(_ text: String, to file: URL) throws {
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  @Test("new lines alone are read, a torn one once it is whole")
  func growth() async throws {
    try await MadeUpRuns.withFolder { folder in
      let file = folder.appending(path: "metrics.jsonl")
      try "".write(to: file, atomically: true, encoding: .utf8)
      var tail = MetricsTail(file)
      #expect(try tail.read().rows.isEmpty)
      let lines = (1...3).map { MadeUpRuns.row($0).json }
      try append(lines[0] + "\n" + lines[1].prefix(30), to: file)
      #expect(try tail.read().rows.map(\.step) == [1])
      #expect(try tail.read().rows.isEmpty)
      try append(lines[1].dropFirst(30) + "\n" + lines[2] + "\nnot a row\n", to: file)
      let change = try tail.read()
      #expect(change.rows.map(\.step) == [2, 3] && change.badLines == 1 && !change.restarted)
      #expect(change.rows[0].values == MadeUpRuns.row(2).values)
    }
  }

  @Test("a resume that cuts the file back is seen, even when it has grown past the old end since")
  func resume() async throws {
    try await MadeUpRuns.withFolder { folder in
      let file = folder.appending(path: "metrics.jsonl")
      func write(_ rows: [MetricsRow]) throws {
        // In place, as ftruncate and appending do.
        let handle = try FileHandle(forUpdating: file)
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(rows.map { $0.json + "\n" }.joined().utf8))
        try handle.close()
      }
      try Data().write(to: file)
      var tail = MetricsTail(file)
      try write((1...8).map { MadeUpRuns.row($0) })
      #expect(try tail.read().rows.count == 8)
      // Shorter.
      try write((1...5).map { MadeUpRuns.row($0) })
      let shorter = try tail.read()
      #expect(shorter.restarted && shorter.rows.map(\.step) == Array(1...5))
      // As long and longer, with other clocks from step 4 on.
      try write((1...3).map { MadeUpRuns.row($0) } + (4...9).map { MadeUpRuns.row($0, shift: 0.25) })
      let longer = try tail.read()
      #expect(longer.restarted && longer.rows.count == 9)
      #expect(longer.rows[4].values == MadeUpRuns.row(5, shift: 0.25).values)
    }
  }
}

@Suite("Clocks in a file of their own") struct RunTailTests {
  private func halves(_ row: MetricsRow) -> (metrics: String, times: String) {
    let isTime = { (name: String) in ["wall_s", "step_time"].contains(name) }
    let half = { (wanted: Bool) in
      MetricsRow(step: row.step, stage: row.stage, values: row.values.filter { isTime($0.key) == wanted })
        .json + "\n"
    }
    return (half(false), half(true))
  }

  @Test("each row is given whole, once; a resume is seen by its clocks alone")
  func joined() async throws {
    try await MadeUpRuns.withFolder { root in
      let folder = try RunFolder(creating: "run", in: root)
      let timings = folder.url.appending(path: "timings.jsonl")
      func write(_ rows: [MetricsRow], times count: Int) throws {
        try Data(rows.map { halves($0).metrics }.joined().utf8).write(to: folder.metrics)
        try Data(rows.prefix(count).map { halves($0).times }.joined().utf8).write(to: timings)
      }
      let rows = (1...6).map { MadeUpRuns.row($0) }
      try write(Array(rows.prefix(3)), times: 2)
      var tail = RunTail(folder)
      #expect(try tail.read().rows == Array(rows.prefix(2)))
      // Its clock comes.
      let handle = try FileHandle(forWritingTo: timings)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(halves(rows[2]).times.utf8))
      try handle.close()
      #expect(try tail.read().rows == [rows[2]])
      #expect(try tail.read().rows.isEmpty)
      // The same metrics again under other clocks: as after a resume.
      var later = rows
      for index in 1..<6 { later[index]["wall_s"] = 1000 + Double(index) }
      try write(later, times: 6)
      let change = try tail.read()
      #expect(change.restarted && change.rows == later)
      // A row whose clock never comes is not lost.
      try write(later + [MadeUpRuns.row(7)], times: 6)
      _ = try tail.read()
      #expect(try tail.read().rows.last?.step ?? 7 == 7)
    }
  }
}

@Suite("Curves") struct CurveTests {
  @Test("of each stretch its lowest and highest value stay, and both ends")
  func reduction() {
    var curve = Curve()
    for index in 0..<10_000 {
      curve.x.append(Double(index))
      curve.y.append(index == 4321 ? 99 : index == 7777 ? -99 : sin(Double(index) / 100))
    }
    let reduced = curve.reduced(to: 600)
    #expect(reduced.y.count <= 602 && reduced.y.count > 300)
    #expect(reduced.y.max() == 99 && reduced.y.min() == -99)
    #expect(reduced.x == reduced.x.sorted())
    #expect(reduced.x.first == 0 && reduced.x.last == 9999)
    let small = Curve(x: [0, 1, 2], y: [3, 4, 5])
    #expect(small.reduced(to: 10) == small)
  }

  /// By hand, w = 0.5: s₁ = 1/2 → 1; s₂ = 1/4 + 3/2 → (7/4) / (3/4) = 7/3; a constant stays itself.
  @Test("smoothing starts at the first value")
  func smoothing() {
    let smooth = Curve(x: [0, 1], y: [1, 3]).smoothed(weight: 0.5)
    #expect(smooth.y[0] == 1 && abs(smooth.y[1] - 7.0 / 3) < 1e-12)
    let constant = Curve(x: [0, 1, 2], y: [4, 4, 4]).smoothed(weight: 0.9)
    #expect(constant.y.allSatisfy { abs($0 - 4) < 1e-12 })
    #expect(Curve(x: [0], y: [1]).smoothed(weight: 0) == Curve(x: [0], y: [1]))
  }

  @Test("over the wall clock, rows without one are left out")
  func axis() {
    var columns = MetricColumns()
    columns.append(MetricsRow(step: 1, stage: "a", values: ["kl": 1, "wall_s": 10]))
    columns.append(MetricsRow(step: 2, stage: "a", values: ["kl": 2]))
    columns.append(MetricsRow(step: 3, stage: "b", values: ["kl": 3, "wall_s": 30]))
    #expect(columns.curve("kl", byWallClock: true) == Curve(x: [10, 30], y: [1, 3]))
    #expect(columns.curve("kl", byWallClock: false) == Curve(x: [1, 2, 3], y: [1, 2, 3]))
    #expect(columns.stretches.map(\.stage) == ["a", "b"])
    #expect(columns.curve("no such", byWallClock: false) == Curve())
  }
}

@Suite("Who may ask") struct GateTests {
  @Test(
    "hosts",
    arguments: [
      ("127.0.0.1:6007", true), ("localhost:6007", true), ("LOCALHOST", true), ("[::1]:6007", true),
      ("192.168.1.4:80", true), ("my-box", true), ("evil.example:6007", false),
      ("localhost.evil.example", false),
      ("127.0.0.1.evil.example", false), ("", false), ("[::1", false), ("1.2.3.400", false),
    ])
  func hosts(host: String, isAdmitted: Bool) {
    #expect(Gate(boundTo: "my-box").admits(host: host) == isAdmitted)
  }

  @Test("no host, and other sites, are not served")
  func others() {
    let gate = Gate(boundTo: "127.0.0.1")
    #expect(!gate.admits(host: nil) && !gate.admits(host: "my-box"))
    #expect(gate.admits(site: nil) && gate.admits(site: "same-origin") && gate.admits(site: "none"))
    #expect(!gate.admits(site: "cross-site") && !gate.admits(site: "same-site"))
  }
}
