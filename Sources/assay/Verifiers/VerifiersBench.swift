import ArgumentParser
import Foundation
import Rows
import VerifierKit
import Verifiers

/// How long verdicts take on this machine.
struct VerifiersBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Time a verifier on rows with completions, on one core: median, p99, the slowest, rows a second.",
    discussion: """
      Examples:
        assay verifiers bench --verifier math-answer rows.jsonl
        assay verifiers bench --verifier language-consistency --rounds 3 essays.jsonl.gz
      Each row is timed in every round and its fastest time kept, so that what else runs beside counts little;
      rows a second are of the fastest round.
      """)

  @Argument(help: "Rows with completions, .jsonl or .jsonl.gz.", completion: .file()) var inputs: [String]
  @Option(help: "NAME[:key=value,...].") var verifier = "math-answer"
  @Option(help: "How often all rows are judged.") var rounds = 5

  func validate() throws {
    if rounds < 1 { throw ValidationError("--rounds is at least 1.") }
  }

  func run() async throws {
    try Cores.only(0)
    let given = try VerifierArgument(verifier)
    let verifier = try makeVerifier(given.name, options: given.options)
    var all: [Timed] = []
    for input in inputs {
      let samples = try samples(input)
      var best = Array(repeating: Double.infinity, count: samples.count)
      var rate = 0.0
      var faults = 0
      for _ in 0..<rounds {
        let start = ContinuousClock.now
        for (index, sample) in samples.enumerated() {
          let one = ContinuousClock.now
          do {
            _ = try await verifier.verify(sample.completion, of: sample.problem)
          } catch {
            faults += 1
          }
          best[index] = min(best[index], (ContinuousClock.now - one) / .microseconds(1))
        }
        rate = max(rate, Double(samples.count) / ((ContinuousClock.now - start) / .seconds(1)))
      }
      let timed = Timed(samples: samples, micros: best, rate: rate)
      print(
        "\(URL(fileURLWithPath: input).lastPathComponent): \(timed)\(faults > 0 ? ", \(faults / rounds) faults" : "")"
      )
      all.append(timed)
    }
    if all.count > 1 { print("all: \(Timed(all))") }
  }

  private func samples(_ input: String) throws -> [Sample] {
    let reader = try RowReader(input)
    var samples: [Sample] = []
    for result in reader {
      let row = try result.get()
      guard let text = row.completion else { continue }
      samples.append(Sample(problem: row.problem, completion: Completion(text: text)))
    }
    if let failure = reader.failure { throw failure }
    guard !samples.isEmpty else {
      throw ValidationError("\(input) has no row with a “completion”. Nothing can be timed.")
    }
    return samples
  }
}

/// Times in microseconds, one a sample.
private struct Timed: CustomStringConvertible {
  var samples: [Sample]
  var micros: [Double]
  /// Samples a second.
  var rate: Double

  init(samples: [Sample], micros: [Double], rate: Double) {
    (self.samples, self.micros, self.rate) = (samples, micros, rate)
  }

  init(_ parts: [Timed]) {
    samples = parts.flatMap(\.samples)
    micros = parts.flatMap(\.micros)
    rate = Double(samples.count) / parts.reduce(0) { $0 + Double($1.samples.count) / $1.rate }
  }

  var description: String {
    let sorted = micros.sorted()
    let slowest = micros.indices.max { micros[$0] < micros[$1] }
    let bytes = samples.reduce(0) { $0 + $1.completion.text.utf8.count }
    let number = { (value: Double) in String(format: value < 100 ? "%.1f" : "%.0f", value) }
    return "\(samples.count) rows, median \(number(sorted[sorted.count / 2])) µs, "
      + "p99 \(number(sorted[min(sorted.count - 1, sorted.count * 99 / 100)])) µs, "
      + "slowest \(number(sorted.last ?? 0)) µs (\(slowest.map { samples[$0].problem.id } ?? "")), "
      + "\(Int(rate)) rows/s, \(number(Double(bytes) / Double(samples.count) * rate / 1e6)) MB/s"
  }
}
