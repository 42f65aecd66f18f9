import Policy
import Rows
import Synchronization
import VerifierKit

/// Rows whose completions arrive in any order, from several threads, and are written in the rows' order.
final class CompletedSlice: Sendable {
  enum Line {
    case row(Row, request: Int)
    case bad(RowError)
  }

  struct Progress {
    /// Lines that are written.
    var rows = 0
    /// Of all completions that came.
    var tokens = 0
  }

  private struct State {
    /// Those that are not written yet.
    var lines: ArraySlice<Line>
    /// By request and sample.
    var completions: [[GeneratedCompletion?]]
    var progress = Progress()
    var failure: (any Error)?
  }

  private let state: Mutex<State>
  private let sink: LineSink
  private let tokenizer: Tokenizer
  private let logprobs: Bool

  init(
    _ lines: [Line], requests: Int, samples: Int, sink: LineSink, tokenizer: Tokenizer, logprobs: Bool
  ) {
    let none = [GeneratedCompletion?](repeating: nil, count: samples)
    state = Mutex(State(lines: lines[...], completions: Array(repeating: none, count: requests)))
    self.sink = sink
    self.tokenizer = tokenizer
    self.logprobs = logprobs
  }

  func add(_ completion: GeneratedCompletion, request: Int, sample: Int) -> Progress {
    state.withLock { state in
      state.completions[request][sample] = completion
      state.progress.tokens += completion.tokens.count
      write(&state)
      return state.progress
    }
  }

  /// Writes what stands behind the last completion.
  /// - Throws: what went wrong first in writing.
  func finish() throws -> Progress {
    try state.withLock { state in
      write(&state)
      if let failure = state.failure { throw failure }
      return state.progress
    }
  }

  private func write(_ state: inout State) {
    var texts: [String] = []
    while state.failure == nil, let line = state.lines.first {
      switch line {
      case .bad(let error):
        texts.append(
          JSONValue.object(["line": .integer(error.line), "error": .string(error.message)]).text + "\n")
      case .row(let row, let request):
        let completions = state.completions[request].compactMap(\.self)
        guard completions.count == state.completions[request].count else { return write(texts, &state) }
        texts += completions.enumerated().map { text(of: row, $1, sample: $0) }
        state.completions[request] = []
      }
      state.lines.removeFirst()
      state.progress.rows += 1
    }
    write(texts, &state)
  }

  private func write(_ texts: [String], _ state: inout State) {
    guard !texts.isEmpty else { return }
    do {
      try sink.write(texts)
    } catch {
      state.failure = error
    }
  }

  private func text(of row: Row, _ completion: GeneratedCompletion, sample: Int) -> String {
    var fields = row.fields
    // Samples of a row without an id would each get another one where they are read again.
    if fields["id"] == nil, fields["task_id"] == nil { fields["id"] = .string(row.problem.id) }
    fields["completion"] = .string(tokenizer.decode(completion.tokens, skipSpecialTokens: true))
    fields["finish_reason"] = .string(completion.stopped ? "stop" : "length")
    fields["completion_tokens"] = .integer(completion.tokens.count)
    fields["sample"] = .integer(sample)
    if logprobs {
      fields["logprobs"] = .array(completion.logp.map { .number((Double($0) * 1e6).rounded() / 1e6) })
    }
    return JSONValue.object(fields).text + "\n"
  }
}
