import ArgumentParser
import Foundation
import AssayNumerics
import Rows
import VerifierKit
import Verifiers

/// Hostile text for a verifier.
struct VerifiersFuzz: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Judge random and mutated text: nothing may crash, and nothing may take long.",
    discussion: """
      Examples:
        assay verifiers fuzz --count 1000000
        assay verifiers fuzz --verifier language-consistency --seed 7 rows.jsonl
        assay problems zebras --worked > zebras.jsonl && assay verifiers fuzz --verifier logic-puzzle zebras.jsonl
        swift run --sanitize address assay verifiers fuzz rows.jsonl
      Rows, where given, are what is mutated. The same seed makes the same texts; a crash is found again with it.
      """)

  @Argument(help: "Rows with completions, .jsonl or .jsonl.gz.", completion: .file()) var inputs: [String] =
    []
  @Option(help: "NAME[:key=value,...].") var verifier = "math-answer"
  @Option(help: "Texts.") var count = 100_000
  @Option(help: "Of the random numbers.") var seed: UInt64 = 1
  @Option(help: "Milliseconds that one text may take.") var limit = 20.0
  @Option(help: "Threads.") var jobs = 1

  func validate() throws {
    if count < 1 || jobs < 1 { throw ValidationError("--count and --jobs are at least 1.") }
  }

  func run() async throws {
    let given = try VerifierArgument(verifier)
    let verifier = try makeVerifier(given.name, options: given.options)
    var seeds: [Seed] = []
    for input in inputs {
      for result in try RowReader(input) {
        let row = try result.get()
        guard let text = row.completion else { continue }
        seeds.append(Seed(text: text, problem: row.problem))
      }
    }
    let (samples, share) = (seeds, count / jobs + 1)
    let slow = await withTaskGroup(of: FuzzResult.self) { group in
      for job in 0..<jobs {
        group.addTask { await Self.judge(share, samples, seed &+ UInt64(job) &* 0x1_0000_0001, verifier) }
      }
      return await group.reduce(into: FuzzResult()) { $0.add($1) }
    }
    print("\(slow.count) texts, \(slow.accepted) accepted, \(slow.faults) faults of unreadable references")
    print(String(format: "slowest: %.2f ms", slow.millis))
    print("  reference: \(slow.reference.prefix(200))\n  text: \(slow.text.prefix(300))")
    if slow.millis > limit { throw ExitCode(1) }
  }

  private static func judge(
    _ count: Int, _ seeds: [Seed], _ seed: UInt64, _ verifier: any Verifier
  ) async -> FuzzResult {
    var source = FuzzSource(seed: seed, seeds: seeds)
    var result = FuzzResult()
    for index in 0..<count {
      var (text, problem) = source.next()
      problem.id = "fuzz/\(index)"
      let start = ContinuousClock.now
      let verdict = try? await verifier.verify(Completion(text: text), of: problem)
      let millis = (ContinuousClock.now - start) / .milliseconds(1)
      result.count += 1
      result.accepted += verdict?.status == .accepted ? 1 : 0
      result.faults += verdict == nil ? 1 : 0
      if millis > result.millis {
        (result.millis, result.text, result.reference) = (millis, text, problem.reference?.text ?? "")
      }
    }
    return result
  }
}

private struct Seed: Sendable {
  var text: String
  var problem: Problem
}

private struct FuzzResult: Sendable {
  var count = 0, accepted = 0, faults = 0
  /// Of the slowest.
  var millis = 0.0, text = "", reference = ""

  mutating func add(_ other: FuzzResult) {
    (count, accepted, faults) = (count + other.count, accepted + other.accepted, faults + other.faults)
    if other.millis > millis { (millis, text, reference) = (other.millis, other.text, other.reference) }
  }
}

/// Texts made of fragments, and of given ones that were cut, doubled, spliced and sown with fragments.
private struct FuzzSource {
  private var numbers: CounterRandom
  private let seeds: [Seed]

  init(seed: UInt64, seeds: [Seed]) {
    numbers = CounterRandom(seed: seed)
    let half = Problem(
      id: "half", domain: "any", prompt: .text(""), reference: .string("0.5"), language: "en")
    self.seeds = seeds.isEmpty ? [Seed(text: "Answer: \\frac{1}{2}", problem: half)] : seeds
  }

  private static let fragments: [[UInt8]] =
    [
      "\\boxed{", "}", "{", "(", ")", "[", "]", "\\frac", "\\sqrt", "\\left", "\\right", "^", "^{", "_", "_{",
      "!", "!!",
      "9", "99999999999", "0", "1/0", "0/0", ".", ",", ";", ":", "=", "<", ">", "\\le", "\\ne", "\\pm",
      "\\infty",
      "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "\\text{", "\\cup", "\\in", "x", "y", "i", "e",
      "\\pi", "\\sin", "\\log_",
      "\\binom", "%", "$", "$$", "\\[", "\\]", "\\%", "e99", "e-9999", "^9^9^9", "Answer: ", "####",
      "<answer>", "</answer>",
      "<think>", "</think>", "```", "`", "\n", " ", "\t", "\0", "or", "and", "not", " the answer is ", "²",
      "√", "½", "∞", "−",
      "١٢", "①②", "你好", "สวัสดี", "e\u{301}\u{301}\u{301}", "\u{200D}", "\u{202E}", "👩‍👩‍👧", "\\overline{3}", "…",
      "'", "\"", "°", "|",
      "nan", "inf", "-", "+", "*", "/", "base", "for all",
    ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xE2, 0x88], [0xF4, 0x90, 0x80, 0x80], [8], [12]]

  private mutating func random(_ bound: Int) -> Int {
    Int(numbers.next() % UInt64(bound))
  }

  mutating func next() -> (String, Problem) {
    let seed = seeds[random(seeds.count)]
    // Its own problem, mostly.
    var problem = random(8) == 0 ? seeds[random(seeds.count)].problem : seed.problem
    problem.language = problem.language ?? "en"
    let text = random(4) == 0 ? made() : mutated(Array(seed.text.utf8.suffix(20_000)))
    switch random(8) {
    case 0: problem.reference = .string(String(decoding: made(), as: UTF8.self))
    case 1:
      let known = problem.reference?.scalarText ?? "7"
      problem.reference = .string(String(decoding: mutated(Array(known.utf8)), as: UTF8.self))
    default: break
    }
    return (String(decoding: text, as: UTF8.self), problem)
  }

  private mutating func made() -> [UInt8] {
    var bytes: [UInt8] = random(2) == 0 ? Array("Answer: ".utf8) : []
    for _ in 0..<(1 + random(30)) {
      let fragment = Self.fragments[random(Self.fragments.count)]
      // One of some hundreds comes in great numbers.
      let times = random(400) == 0 ? 1 + random(5000) : 1
      for _ in 0..<times { bytes += fragment }
    }
    return bytes
  }

  private mutating func mutated(_ text: [UInt8]) -> [UInt8] {
    var bytes = text
    for _ in 0..<(1 + random(6)) {
      let at = random(bytes.count + 1)
      let end = min(bytes.count, at + random(24))
      switch random(5) {
      case 0: bytes.removeSubrange(at..<end)
      case 1: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
      case 2: bytes.insert(contentsOf: Self.fragments[random(Self.fragments.count)], at: at)
      case 3 where !bytes.isEmpty: bytes[min(at, bytes.count - 1)] = UInt8(random(256))
      default:
        let other = Array(seeds[random(seeds.count)].text.utf8.suffix(200))
        bytes.insert(contentsOf: other.suffix(random(other.count + 1)), at: at)
      }
    }
    return bytes
  }
}
