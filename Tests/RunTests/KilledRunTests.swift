import AssayNumerics
import Foundation
import Testing

@testable import Trainer

/// Folders of their own, which go with the test.
private func inFolder(_ yaml: String, _ body: (ChildRun) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "assay-killed-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try yaml.write(to: folder.appending(path: "tiny.yaml"), atomically: true, encoding: .utf8)
  try body(ChildRun(folder: folder))
}

/// SplitMix64: which instants are tried depends on the seed alone.
private struct Instants: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// ASSAY_KILLS and ASSAY_KILL_SEED make it longer and other.
private let environment = ProcessInfo.processInfo.environment
private let kills = environment["ASSAY_KILLS"].flatMap { Int($0) } ?? 20
private let seed = environment["ASSAY_KILL_SEED"].flatMap { UInt64($0) } ?? 1

@Suite("A run that is cut off", .serialized)
struct KilledRunTests {
  @Test(
    "kill -9 at random instants leaves no trace in weights and metrics",
    arguments: [
      (tinyChain(), kills), (tinyChain(lora: 2, state: "bf16", saveSteps: 2), max(5, kills / 4)),
    ])
  func killed(yaml: String, kills: Int) throws {
    try inFolder(yaml) { child in
      let started = ContinuousClock.now
      let whole = try child.run(["pipeline", "tiny.yaml", "--runs", "whole"])
      #expect(whole.status == 0, "\(whole.output)")
      let length = (ContinuousClock.now - started) / .seconds(1)
      let expected = try child.results("whole/tiny")
      #expect(expected["metrics.jsonl"] != nil && expected.count > 8)
      var instants = Instants(state: seed)
      var killed = 0
      while killed < kills {
        try? FileManager.default.removeItem(at: child.folder.appending(path: "cut"))
        var arguments = ["pipeline", "tiny.yaml", "--runs", "cut"]
        while true {
          // Some end before they do anything, few get to the end.
          let seconds = Double.random(in: 0..<length * 0.6, using: &instants)
          let outcome = try child.run(arguments, signal: killed < kills ? (SIGKILL, seconds) : nil)
          guard outcome.status == nil else {
            try #require(outcome.status == 0, "\(outcome.output)")
            break
          }
          killed += 1
          let recipe = child.folder.appending(path: "cut/tiny/recipe.yaml")
          if FileManager.default.fileExists(atPath: recipe.path) {
            arguments = ["resume", "cut/tiny"]
          } else {
            // An empty folder, whose name a new run would leave alone.
            try? FileManager.default.removeItem(at: child.folder.appending(path: "cut"))
          }
        }
        let found = try child.results("cut/tiny")
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (path, data) in expected { #expect(found[path] == data, "\(path)") }
        try checkLogs(child.folder.appending(path: "cut/tiny"))
      }
    }
  }

  /// TensorBoard's file has each row once, and so has the store.
  private func checkLogs(_ run: URL) throws {
    let rows = try MetricsLog.rows(of: run.appending(path: "metrics.jsonl"))
    #expect(rows.allSatisfy { $0["wall_s"] != nil })
    let walls = rows.compactMap { $0["wall_s"] }
    #expect(walls == walls.sorted())
    let names = try FileManager.default.contentsOfDirectory(atPath: run.path).filter {
      $0.hasPrefix("events")
    }
    #expect(names.count == 1)
    let board = try Data(contentsOf: run.appending(path: names[0]))
    var (offset, events) = (0, 0)
    while offset < board.count {
      let length = board[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      offset += 16 + length
      events += 1
    }
    #expect(offset == board.count && events == rows.count + 1)
    let store = try RolloutStore(run.appending(path: "rollouts.sqlite"))
    #expect(try store.count(purpose: .training) == (4 + 3) * 16)
    #expect(try store.count(purpose: .harvest) == 32)
  }

  @Test(
    "SIGINT and SIGTERM finish the step and save",
    arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func stopped(number: Int32, status: Int32) throws {
    try inFolder(tinyChain(saveSteps: 0)) { child in
      let whole = try child.run(["pipeline", "tiny.yaml", "--runs", "whole"])
      #expect(whole.status == 0)
      var outcome = ChildRun.Outcome(status: 0, output: "")
      for attempt in 1...20 where outcome.status != status {
        try? FileManager.default.removeItem(at: child.folder.appending(path: "cut"))
        outcome = try child.run(
          ["pipeline", "tiny.yaml", "--runs", "cut"], signal: (number, 0.1 * Double(attempt)))
      }
      #expect(
        outcome.status == status && outcome.output.contains("assay resume cut/tiny"), "\(outcome.output)")
      #expect(outcome.output.contains("Stopped after step"))
      let resumed = try child.run(["resume", "cut/tiny"])
      #expect(resumed.status == 0, "\(resumed.output)")
      let (expected, found) = (try child.results("whole/tiny"), try child.results("cut/tiny"))
      for (path, data) in expected { #expect(found[path] == data, "\(path)") }
    }
  }

  @Test("a run outlives the pipe that it is watched through, and still stops when asked to")
  func unwatched() throws {
    try inFolder(tinyChain(saveSteps: 0)) { child in
      let watched = "exec > >(head -c 1 > /dev/null) 2>&1"
      #expect(try child.run(["pipeline", "tiny.yaml", "--runs", "whole"], limits: watched).status == 0)
      #expect(
        FileManager.default.fileExists(atPath: child.folder.appending(path: "whole/tiny/report.html").path))
      var status: Int32?
      for attempt in 1...20 where status != 143 {
        try? FileManager.default.removeItem(at: child.folder.appending(path: "cut"))
        status = try child.run(
          ["pipeline", "tiny.yaml", "--runs", "cut"], signal: (SIGTERM, 0.1 * Double(attempt)),
          limits: watched
        ).status
        // Before the first thing that it says it may be too early to be told.
        #expect(status != nil || attempt < 5, "killed by a signal, \(attempt)")
      }
      #expect(status == 143)
    }
  }

  /// What is fastest by the clock of a busy machine may change from one process to the next.
  @Test(
    "`auto` goes on in the precision that the run began with",
    arguments: Precision.allCases.filter { Kernels($0).isNative })
  func precision(begun: Precision) throws {
    try inFolder(tinyChain(precision: begun.rawValue)) { child in
      #expect(try child.run(["pipeline", "tiny.yaml", "--runs", "whole"]).status == 0)
      var outcome = ChildRun.Outcome(status: 0, output: "")
      for attempt in 1...20 where outcome.status != 130 {
        try? FileManager.default.removeItem(at: child.folder.appending(path: "cut"))
        outcome = try child.run(
          ["pipeline", "tiny.yaml", "--runs", "cut"], signal: (SIGINT, 0.1 * Double(attempt)))
      }
      try #require(outcome.status == 130, "\(outcome.output)")
      let recipe = child.folder.appending(path: "cut/tiny/recipe.yaml")
      let text = try String(contentsOf: recipe, encoding: .utf8)
      let changed = text.replacing("precision: \(begun.rawValue)", with: "precision: auto")
      try #require(changed != text)
      try changed.write(to: recipe, atomically: true, encoding: .utf8)
      let resumed = try child.run(["resume", "cut/tiny"])
      #expect(resumed.status == 0 && !resumed.output.contains("The run began with"), "\(resumed.output)")
      let (expected, found) = (try child.results("whole/tiny"), try child.results("cut/tiny"))
      for (path, data) in expected { #expect(found[path] == data, "\(path)") }
    }
  }

  @Test("which precision a run has that began in another")
  func begun() {
    for precision in Precision.allCases {
      let kept = Kernels(precision).isNative ? precision : .best
      #expect(PrecisionChoice.auto.precision(of: precision.rawValue) == kept)
      #expect(PrecisionChoice.fp32.precision(of: precision.rawValue) == .fp32)
    }
    #expect(PrecisionChoice.auto.precision(of: nil) == .best)
    #expect(PrecisionChoice.auto.precision(of: "fp64") == .best)
  }

  /// A limit of file size stands for a disk that is full: the system refuses to write on.
  @Test("no room for a checkpoint: one error, the one before stays, and the run goes on when there is room")
  func full() throws {
    let yaml = tinyChain(saveSteps: 2).replacing(
      "hidden_size: 16, intermediate_size: 32", with: "hidden_size: 64, intermediate_size: 128"
    )
    .replacing("examples: 64", with: "examples: 16")
    try inFolder(yaml) { child in
      #expect(try child.run(["pipeline", "tiny.yaml", "--runs", "whole"]).status == 0)
      // The weights, 235 kB, fit into 400 kB: so does the end of the first stage. The moments are twice as long.
      let first = try child.run(["pipeline", "tiny.yaml", "--runs", "cut"], limits: "ulimit -f 400")
      #expect(first.status == 1)
      #expect(
        first.output.contains("File too large") && first.output.contains("Free some space"), "\(first.output)"
      )
      #expect(first.output.contains("assay resume"))
      let left = try FileManager.default.subpathsOfDirectory(
        atPath: child.folder.appending(path: "cut/tiny").path)
      #expect(!left.contains { $0.contains("partial") }, "\(left)")
      #expect(left.contains("checkpoints/step-2/trainer-state/files.json"), "\(left)")
      let resumed = try child.run(["resume", "cut/tiny"])
      #expect(resumed.status == 0, "\(resumed.output)")
      let (expected, found) = (try child.results("whole/tiny"), try child.results("cut/tiny"))
      for (path, data) in expected { #expect(found[path] == data, "\(path)") }
    }
  }

  @Test(
    "a disk that is full in the middle of a run", .enabled(if: canMount, "no file system can be mounted here")
  )
  func fullDisk() throws {
    try inFolder(tinyChain()) { child in
      // On a disk of 400 kB; then what it holds is copied to where there is room, and goes on there.
      let script = """
        mkdir disk && mount -t tmpfs -o size=400k none disk && "$0" pipeline tiny.yaml --runs disk/cut; status=$?
        cp -r disk/cut . && exit $status
        """
      let program = try #require(ChildRun.program)
      let process = Process()
      process.currentDirectoryURL = child.folder
      process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
      process.arguments = ["-rm", "bash", "-c", script, program.path]
      let errors = child.folder.appending(path: "errors")
      try Data().write(to: errors)
      process.standardError = try FileHandle(forWritingTo: errors)
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      let text = try String(contentsOf: errors, encoding: .utf8)
      #expect(process.terminationStatus == 1, "\(text)")
      #expect(text.contains("ree some space"), "\(text)")
      #expect(try child.run(["pipeline", "tiny.yaml", "--runs", "whole"]).status == 0)
      let resumed = try child.run(["resume", "cut/tiny"])
      #expect(resumed.status == 0, "\(resumed.output)")
      let (expected, found) = (try child.results("whole/tiny"), try child.results("cut/tiny"))
      for (path, data) in expected { #expect(found[path] == data, "\(path)") }
    }
  }
}

private let canMount: Bool = {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
  process.arguments = ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
  process.standardError = FileHandle.nullDevice
  return (try? process.run()).map { process.waitUntilExit() } != nil && process.terminationStatus == 0
}()
