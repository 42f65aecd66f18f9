import Foundation
import Host
import Hummingbird
import Metrics
import NIOCore
import Rows
import VerifierKit
import Verifiers

/// Assay's own dialect: rows in, `assay score`'s objects out, in their order.
enum Score {
  /// `{"rows": [...], "verifiers"?: [...]}` → `{"results": [...]}`.
  static let batch: Dialect = { exchange async throws(Refusal) in
    guard let rows = exchange.body["rows"]?.array ?? exchange.body.array else {
      throw Refusal(.badRequest, "The body has no “rows”. Send {“rows”: [...]}.")
    }
    let environment = exchange.environment
    guard rows.count <= environment.options.maxRows else {
      throw Refusal(
        .contentTooLarge,
        "\(rows.count) rows are more than \(environment.options.maxRows). Send fewer at once, or as lines.")
    }
    let host = try await environment.judges.host(
      for: exchange.body["verifiers"].flatMap { $0 == .null ? nil : $0 } ?? exchange.verifiers)
    try environment.rows.enter(rows.count)
    defer { environment.rows.leave(rows.count) }
    let given = rows.enumerated().map { parsed($1, $0) }
    let judging: @Sendable () async -> [JSONValue] = {
      await judge(given, by: host) {
        .object(["index": .integer($0.line - 1), "error": .string($0.message)])
      }
    }
    let results =
      waits(given, for: host)
      ? try await exchange.bounded { () async throws(Refusal) in await judging() } : await judging()
    return Reply.json(.object(["results": .array(results)]))
  }

  /// A row a line in, a result a line out; a reader that is slow slows the judging down, not the service.
  static let stream: @Sendable (Request, Environment, Departure?) async throws(Refusal) -> Response = {
    request, environment, departure async throws(Refusal) in
    let names = request.uri.queryParameters[values: "verifier"].map { JSONValue.string(String($0)) }
    let host = try await environment.judges.host(for: names.isEmpty ? nil : .array(names))
    return Response(
      status: .ok, headers: [.contentType: "application/x-ndjson"],
      body: ResponseBody { writer in
        var lines = LineSplitter(longest: environment.options.maxBodyBytes)
        var number = 0
        func write(_ pending: [LineSplitter.Line], _ writer: inout any ResponseBodyWriter) async throws {
          guard !pending.isEmpty else { return }
          let rows = pending.map { line -> Result<Row, RowError> in
            number += 1
            switch line {
            case .text(let bytes): return Row.parse(bytes, line: number)
            case .tooLong: return .failure(RowError(line: number, message: "is too long. Split it."))
            }
          }
          // Backpressure instead of 429: the stream was let in, and goes on when there is room.
          while (try? environment.rows.enter(rows.count)) == nil {
            try await Task.sleep(for: .milliseconds(5))
          }
          let judging: @Sendable () async -> [JSONValue] = {
            // A reader that is slow holds no places while it reads.
            defer { environment.rows.leave(rows.count) }
            return await judge(rows, by: host) {
              .object(["line": .integer($0.line), "error": .string($0.message)])
            }
          }
          let results =
            waits(rows, for: host)
            ? try await environment.bounded(departure) { () async throws(Refusal) in await judging() }
            : await judging()
          try await writer.write(ByteBuffer(bytes: results.flatMap { $0.bytes + [0x0A] }))
        }
        for try await buffer in request.body {
          try await write(lines.add(buffer), &writer)
        }
        try await write(lines.finish(), &writer)
        try await writer.finish(nil)
      })
  }

  private static func waits(_ rows: [Result<Row, RowError>], for host: VerifierHost) -> Bool {
    host.waits(for: rows.lazy.compactMap { try? $0.get().problem.domain })
  }

  private static func parsed(_ value: JSONValue, _ index: Int) -> Result<Row, RowError> {
    guard let fields = value.object else {
      return .failure(RowError(line: index + 1, message: "is no JSON object."))
    }
    do throws(RowError) { return .success(try Row(fields, line: index + 1)) } catch { return .failure(error) }
  }

  /// Results in the order of the rows; what is no row is answered in its place.
  static func judge(
    _ rows: [Result<Row, RowError>], by host: VerifierHost, bad: (RowError) -> JSONValue
  ) async -> [JSONValue] {
    var results = [JSONValue](repeating: .null, count: rows.count)
    var samples: [Sample] = []
    var places: [Int] = []
    for (index, row) in rows.enumerated() {
      switch row {
      case .failure(let error): results[index] = bad(error)
      case .success(let row):
        guard let completion = row.completion else {
          results[index] = bad(
            RowError(line: row.line, message: "has no “completion”. There is nothing to judge."))
          continue
        }
        let problem = Judges.routed(row.problem, in: host)
        samples.append(Sample(problem: problem, completion: Completion(text: completion)))
        places.append(index)
      }
    }
    let rewards =
      samples.count == 1
      ? host.weigh(samples, [await host.outcomes(for: samples[0])]) : await host.rewards(for: samples)
    for (place, (sample, reward)) in zip(places, zip(samples, rewards)) {
      results[place] = reward.json(id: sample.problem.id)
    }
    ServiceCounters.count(rewards, bad: rows.count - samples.count)
    return results
  }
}

/// Cuts what arrives into lines.
struct LineSplitter {
  enum Line {
    case text([UInt8])
    case tooLong
  }
  private let longest: Int
  private var rest: [UInt8] = []
  private var isSkipping = false

  init(longest: Int) { self.longest = longest }

  mutating func add(_ buffer: ByteBuffer) -> [Line] {
    var lines: [Line] = []
    var view = buffer.readableBytesView[...]
    while let end = view.firstIndex(of: 0x0A) {
      if let line = take(view[..<end]) { lines.append(line) }
      view = view[(end + 1)...]
    }
    keep(view)
    return lines
  }

  mutating func finish() -> [Line] { take([][...] as ArraySlice<UInt8>).map { [$0] } ?? [] }

  private mutating func keep(_ bytes: some Collection<UInt8>) {
    if rest.count + bytes.count > longest {
      isSkipping = true
      rest = []
    } else if !isSkipping {
      rest.append(contentsOf: bytes)
    }
  }

  /// Nil for a blank line.
  private mutating func take(_ bytes: some Collection<UInt8>) -> Line? {
    keep(bytes)
    defer {
      rest = []
      isSkipping = false
    }
    if isSkipping { return .tooLong }
    return rest.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } ? nil : .text(rest)
  }
}

enum ServiceCounters {
  private static let rows = Counter(label: "assay_rows_total")
  private static let faults = Counter(label: "assay_faults_total")
  private static let bad = Counter(label: "assay_bad_rows_total")

  static func count(_ rewards: [Reward], bad: Int) {
    rows.increment(by: rewards.count)
    let broken = rewards.count { $0.outcomes.values.contains { $0.verdict == nil } }
    if broken > 0 { faults.increment(by: broken) }
    if bad > 0 { self.bad.increment(by: bad) }
  }
}
