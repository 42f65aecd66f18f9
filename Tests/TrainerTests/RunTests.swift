import Foundation
import Synchronization
import Testing
import VerifierKit

@testable import Trainer

/// A folder of its own that goes with the test.
func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

@Suite("Run folder") struct RunFolderTests {
  @Test("a taken name gets a number")
  func names() throws {
    try withFolder { root in
      let runs = root.appending(path: "runs")
      let names = try (0..<3).map { _ in try RunFolder(creating: "spark", in: runs).name }
      #expect(names == ["spark", "spark-2", "spark-3"])
      #expect(try RunFolder(opening: runs.appending(path: "spark-2")).name == "spark-2")
      #expect(throws: RunError.self) { try RunFolder(opening: runs.appending(path: "other")) }
    }
  }

  @Test("an atomic write replaces the whole file and leaves nothing beside it")
  func atomic() throws {
    try withFolder { root in
      let file = root.appending(path: "a.txt")
      for text in ["long, long text", "short"] {
        try writeAtomically(Data(text.utf8), to: file)
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["a.txt"])
      let missing = root.appending(path: "no/such/folder")
      let error = try #require(throws: RunError.self) { try writeAtomically(Data(), to: missing) }
      #expect(error.message.contains(missing.path))
    }
  }
}

@Suite("Metrics") struct MetricsTests {
  @Test(
    "a row is one line of JSON",
    arguments: [
      (MetricsRow(step: 3, stage: "rl"), #"{"step":3,"stage":"rl"}"#),
      (
        MetricsRow(step: 0, stage: "a\"b\n", values: ["kl": 1e-5, "a/b": -2]),
        #"{"step":0,"stage":"a\"b\u000a","a/b":-2.0,"kl":1e-05}"#
      ),
      (MetricsRow(step: 1, stage: "s", values: ["x": .nan]), #"{"step":1,"stage":"s","x":null}"#),
    ])
  func json(row: MetricsRow, expected: String) throws {
    #expect(row.json == expected)
    let read = try #require(MetricsRow(json: expected))
    #expect(read.step == row.step && read.stage == row.stage)
    #expect(read.values == row.values.filter { $0.value.isFinite })
  }

  @Test(
    "numbers come back to the last bit",
    arguments: [0.18535156250000046, 0.1, 1.7976931348623157e308, -0.14449869791666622])
  func exact(value: Double) throws {
    let row = MetricsRow(step: 1, stage: "rl", values: ["x": value])
    #expect(try #require(MetricsRow(json: row.json)).values["x"] == value)
  }

  @Test("a resumed run cuts off what came after its checkpoint")
  func resume() throws {
    try withFolder { root in
      let file = root.appending(path: "metrics.jsonl")
      let rows = (0..<4).map { MetricsRow(step: $0, stage: "rl", values: ["reward": Double($0) / 3]) }
      let log = try MetricsLog(file)
      try log.append(rows[0])
      try log.append(rows[1])
      let length = log.length
      try log.append(rows[3])
      let again = try MetricsLog(file, keeping: length)
      try again.append(rows[2])
      #expect(try MetricsLog.rows(of: file) == Array(rows[0...2]))
      // A torn last line is no row.
      try (try String(contentsOf: file, encoding: .utf8) + "{\"step\":9,").write(
        to: file, atomically: true, encoding: .utf8)
      #expect(try MetricsLog.rows(of: file).count == 3)
    }
  }
}

@Suite("TensorBoard") struct TensorBoardTests {
  /// RFC 3720, appendix B.4, and the usual check text.
  @Test(
    "CRC-32C",
    arguments: [
      (Data(repeating: 0, count: 32), 0x8a91_36aa), (Data(repeating: 0xff, count: 32), 0x62a8_ab43),
      (Data(0..<32), 0x46dd_794e), (Data("123456789".utf8), 0xe306_9283), (Data(), 0),
    ] as [(Data, UInt32)])
  func crc(data: Data, expected: UInt32) {
    #expect(crc32c(data) == expected)
  }

  @Test("an event by hand")
  func event() throws {
    try withFolder { root in
      let log = try TensorBoardLog(in: root, time: 1)
      try log.append(MetricsRow(step: 300, stage: "rl", values: ["kl": 0.5, "bad": .infinity]), time: 2)
      let data = try Data(contentsOf: log.url)
      // 24 bytes of the version's event, then 25 of this one, each in 16 of framing.
      #expect(data.count == 24 + 16 + 25 + 16)
      let event: [UInt8] =
        [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 0xac, 0x02, 0x2a, 0x0b]
        + [0x0a, 0x09, 0x0a, 0x02, 0x6b, 0x6c, 0x15, 0, 0, 0, 0x3f]
      #expect(Array(data.suffix(4 + event.count).dropLast(4)) == event)
    }
  }
}

@Suite("Text") struct TextTests {
  @Test func table() {
    let table = TextTable(header: ["stage", "math"], rows: [["cold-start", "7.5"], ["rl", "81.0"]])
    #expect(table.text == "stage       math\n──────────  ────\ncold-start   7.5\nrl          81.0\n")
    #expect(table.markdown == "| stage | math |\n| --- | ---: |\n| cold-start | 7.5 |\n| rl | 81.0 |\n")
  }

  @Test(arguments: [(7, "0:07"), (750, "12:30"), (3900, "1:05:00")])
  func clock(seconds: Int, expected: String) {
    #expect(Trainer.clock(.seconds(seconds)) == expected)
  }

  @Test("progress: rewritten on a terminal, now and then elsewhere")
  func progress() {
    for isTerminal in [true, false] {
      let now = Mutex(Duration.zero)
      let text = Mutex("")
      let progress = Progress(
        "rl", total: 10, isTerminal: isTerminal, width: 80, elapsed: { now.withLock { $0 } },
        write: { added, _ in text.withLock { $0 += added } })
      for step in 1...10 {
        now.withLock { $0 = .seconds(step) }
        progress.update(step, "kl \(step)")
      }
      progress.log("saved")
      progress.finish()
      let lines = text.withLock { $0 }.split(separator: "\n").map(String.init)
      if isTerminal {
        #expect(lines.count == 2 && lines[0].hasSuffix("saved") && lines[0].contains("5/10  ████████░"))
      } else {
        #expect(
          lines == [
            "rl  1/10  0:01  left 0:09  kl 1", "rl  6/10  0:06  left 0:04  kl 6", "rl  10/10  0:10  kl 10",
            "saved", "rl: done in 0:10",
          ])
      }
    }
  }

  @Test(
    "round ticks",
    arguments: [
      (0, 1, 4, [0, 0.5, 1]), (0, 10, 5, [0, 2, 4, 6, 8, 10]), (-3, 7, 4, [0, 5]),
      (0, 0.003, 3, [0, 0.001, 0.002, 0.003]),
    ] as [(Double, Double, Int, [Double])])
  func ticks(low: Double, high: Double, count: Int, expected: [Double]) {
    let found = roundTicks(low...high, about: count).values
    #expect(found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 })
  }
}
