import Foundation
import Policy
import Rows
import Trainer
import VerifierKit

/// Completes rows, some hundred at a time, and writes each as soon as it and all before it are complete.
final class RowGeneration {
  private let sampling: CompletionSampling
  private let sink: LineSink
  private let logprobs: Bool
  private let showsProgress: Bool
  private let start = ContinuousClock.now
  private var lines: [CompletedSlice.Line] = []
  private var requests: [GenerationRequest] = []
  private var rows = 0
  private var tokens = 0
  private(set) var bad = 0

  init(_ sampling: CompletionSampling, sink: LineSink, logprobs: Bool, showsProgress: Bool) {
    self.sampling = sampling
    self.sink = sink
    self.logprobs = logprobs
    self.showsProgress = showsProgress
  }

  func add(_ line: Result<Row, RowError>) throws {
    switch line {
    case .failure(let error): refuse(error)
    case .success(let row):
      do throws(CompletionSampling.PromptError) {
        requests.append(try sampling.request(row.problem.prompt, index: row.line - 1))
        lines.append(.row(row, request: requests.count - 1))
      } catch {
        refuse(RowError(line: row.line, message: "The prompt \(error.message)"))
      }
    }
    // So many that few wait for the slice's last; bad lines alone must not pile up either.
    let isFull = requests.count * sampling.samples >= max(512, 8 * sampling.batchSize)
    if isFull || lines.count >= 4096 { try complete() }
  }

  private func refuse(_ error: RowError) {
    bad += 1
    lines.append(.bad(error))
  }

  /// Completes what was added last, and says on standard error how much it was.
  func finish() throws {
    try complete()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Int(Double(tokens) / max(seconds, 1e-3))
    let completions = (rows - bad) * sampling.samples
    say("\(rows) rows: \(completions) completions, \(tokens) tokens, \(rate) tokens/s, \(bad) bad lines\n")
  }

  private func complete() throws {
    let slice = CompletedSlice(
      lines, requests: requests.count, samples: sampling.samples, sink: sink,
      tokenizer: sampling.renderer.tokenizer, logprobs: logprobs)
    let (rows, tokens, showsProgress) = (rows, tokens, showsProgress)
    _ = sampling.generate(requests) { request, sample, completion in
      let done = slice.add(completion, request: request, sample: sample)
      if showsProgress {
        let text = "\r\u{1B}[K\(rows + done.rows) rows, \(tokens + done.tokens) tokens"
        tell(text)
      }
    }
    let done = try slice.finish()
    self.rows += done.rows
    self.tokens += done.tokens
    lines = []
    requests = []
  }

  private func say(_ text: String) {
    tell((showsProgress ? "\r\u{1B}[K" : "") + text)
  }
}
