import Foundation
import Testing
import VerifierKit

@testable import Host

/// A Python plugin of these lines, with these keys in its manifest.
private func plugin(
  _ source: String, _ manifest: String = "", options: [String: JSONValue] = [:]
) throws -> Plugin {
  let folder = TestFolder.place().appending(path: "judge")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try source.write(to: folder.appending(path: "judge.py"), atomically: true, encoding: .utf8)
  try "{\"name\": \"judge\", \"language\": \"python\"\(manifest)}".write(
    to: folder.appending(path: "plugin.json"), atomically: true, encoding: .utf8)
  return try Plugin(try PluginFolder(folder), options: options)
}

private let problem = Problem(
  id: "p", domain: "math", prompt: .text("6*7"), reference: .string("42"),
  metadata: ["data_source": .string("gsm8k"), "difficulty": .integer(3)])
private let chat = Problem(
  id: "p", domain: "math", prompt: .messages([Message(role: "user", content: "6*7")]),
  reference: .string("42"))

@Suite("Python rewards as they are") struct PythonPlugins {
  @Test("verl's signature, a number or a dictionary")
  func verl() async throws {
    let plugin = try plugin(
      """
      def compute_score(data_source, solution_str, ground_truth, extra_info=None, bonus=0.0):
          assert data_source == "gsm8k" and extra_info["difficulty"] == 3 and extra_info["index"] == "p"
          print("this goes to standard error")
          return {"score": float(solution_str == ground_truth) * 0.5 + bonus, "pred": solution_str, "acc": True}
      """, options: ["bonus": .number(0.25)])
    let verdict = try await plugin.verify(Completion(text: "42"), of: problem)
    #expect(verdict.score == 0.75 && verdict.status == .accepted)
    #expect(verdict.details["pred"] == "42" && verdict.details["acc"] == "true")
    #expect(verdict.details["plugin"]?.hasPrefix("judge ") == true)
    #expect(try await plugin.verify(Completion(text: "41"), of: problem).score == 0.25)
  }

  @Test("TRL's signature, plain and conversational, async too")
  func trl() async throws {
    let plugin = try plugin(
      """
      async def reward(completions, prompts, answer, log_extra=None, **kwargs):
          texts = [c if isinstance(c, str) else c[0]["content"] for c in completions]
          assert len(kwargs["id"]) == len(texts) == len(prompts)
          log_extra("kind", [type(c).__name__ for c in completions])
          return [None if t == "?" else float(t == a) for t, a in zip(texts, answer)]
      """)
    let plain = try await plugin.verify(Completion(text: "42"), of: problem)
    #expect(plain.score == 1 && plain.details["kind"] == "str")
    let spoken = try await plugin.verify(Completion(text: "41"), of: chat)
    #expect(spoken.status == .rejected && spoken.details["kind"] == "list")
    #expect(try await plugin.verify(Completion(text: "?"), of: problem).status == .abstained)
  }

  @Test("verl's batch form, and scores of another range")
  func batch() async throws {
    let plugin = try plugin(
      """
      def score(data_sources, solution_strs, ground_truths, extra_infos):
          return [1 if s == g else -1 for s, g in zip(solution_strs, ground_truths)]
      """, #", "score_range": [-1, 1]"#)
    #expect(try await plugin.verify(Completion(text: "42"), of: problem).score == 1)
    let wrong = try await plugin.verify(Completion(text: "4"), of: problem)
    #expect(wrong.score == 0 && wrong.details["raw_score"] == "-1.0")
  }

  @Test(
    "what is no score is a fault that says so",
    arguments: [
      ("2.5", "score-out-of-range"), ("float('nan')", "score-out-of-range"), ("'1'", "bad-verdict"),
      ("{}", "bad-verdict"), ("1/0", "plugin-error"), ("__import__('sys').exit(0)", "plugin-error"),
      ("[0] * (1 << 33)", "out-of-memory"),
    ])
  func wrong(expression: String, reason: String) async throws {
    let plugin = try plugin(
      "def compute_score(data_source, solution_str, ground_truth, extra_info=None):\n    return \(expression)",
      #", "memory_mb": 1024"#)
    let fault = await #expect(throws: VerifierFault.self) {
      try await plugin.verify(Completion(text: "42"), of: problem)
    }
    #expect(fault?.reason == reason, "\(fault as Any)")
    #expect(plugin.quarantine == nil)
  }

  @Test(
    "a file that can't be used is refused with a sentence",
    arguments: [
      ("def f(x): return 1", "no function"), ("import nothing_of_this_name", "ModuleNotFoundError"),
      ("def a(completions): return [1]\ndef b(completions): return [1]", "several functions"),
      ("def f(:", "SyntaxError"),
    ])
  func refused(source: String, sentence: String) throws {
    let error = #expect(throws: PluginError.self) { try plugin(source) }
    #expect(error?.message.contains(sentence) == true, "\(error as Any)")
  }

  @Test("an interpreter that is not there is named")
  func noInterpreter() throws {
    let error = #expect(throws: PluginError.self) {
      try plugin("def f(completions): return [1]", #", "python": "/nowhere/python"# + "\"")
    }
    #expect(error?.message.contains("/nowhere/python") == true)
  }

  @Test("a file alone is a plugin, and the example passes its gate")
  func alone() async throws {
    let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized
    let example = try Plugin(try PluginFolder(root.appending(path: "plugins/boxed-once")))
    let report = try await PluginGate(example).run(cases: example.folder.cases)
    #expect(report.passed, "\(report)")
    let folder = TestFolder.place()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (from, to) in [("boxed_once.py", "lone.py"), ("cases.jsonl", "lone.cases.jsonl")] {
      try FileManager.default.copyItem(
        at: root.appending(path: "plugins/boxed-once/\(from)"), to: folder.appending(path: to))
    }
    #expect(try PluginFolder.all(in: folder).map(\.manifest.name) == ["lone"])
    let host = try await VerifierHost.make(
      rewards: ["*": [RewardSpecification(name: "lone")]], pluginFolders: [folder], judge: nil)
    let reward = await host.rewards(
      for: [Sample(problem: problem, completion: Completion(text: "Six times seven is \\boxed{42}"))])[0]
    #expect(reward.value == 1, "\(reward)")
    // A new version between two steps; one that pays for nothing is not taken.
    let file = folder.appending(path: "lone.py")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("least_words=3", with: "least_words=30").write(
      to: file, atomically: true, encoding: .utf8)
    let notes = Notes()
    try await host.beginStep { notes.add($0) }
    #expect(notes.all.first?.contains("does not pass its gate") == true, "\(notes.all)")
    try text.replacing("least_words=3", with: "least_words=4").write(
      to: file, atomically: true, encoding: .utf8)
    try await host.beginStep { notes.add($0) }
    #expect(notes.all.last?.contains("now 0") == true, "\(notes.all)")
    // The same content written anew is no new version, and its workers may be replaced all the same.
    let count = notes.all.count
    try text.replacing("least_words=3", with: "least_words=4").write(
      to: file, atomically: true, encoding: .utf8)
    try await host.beginStep { notes.add($0) }
    let handle = try #require(host.plugins.first)
    #expect(notes.all.count == count && handle.plugin.stamp == PluginStamp(handle.plugin.folder))
  }
}

private final class Notes: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []
  func add(_ line: String) { lock.withLock { lines.append(line) } }
  var all: [String] { lock.withLock { lines } }
}
