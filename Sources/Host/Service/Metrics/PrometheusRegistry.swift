public import CoreMetrics
import Synchronization

/// What swift-metrics records, as Prometheus reads it (text format 0.0.4).
public final class PrometheusRegistry: MetricsFactory, Sendable {
  /// The one that was bootstrapped.
  static var shared: PrometheusRegistry? { current.withLock { $0 } }
  private static let current = Mutex<PrometheusRegistry?>(nil)

  /// Makes it the process's; to be called once, before any metric is made.
  public static func bootstrap() {
    let registry = PrometheusRegistry()
    current.withLock { $0 = registry }
    MetricsSystem.bootstrap(registry)
  }

  /// Upper bounds, seconds.
  static let buckets = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]

  private struct Series: Hashable {
    var name: String
    var labels: String
  }
  private let counters = Mutex<[Series: CounterCell]>([:])
  private let gauges = Mutex<[Series: GaugeCell]>([:])
  private let timers = Mutex<[Series: TimerCell]>([:])

  func set(_ name: String, _ value: Double) { gauge(name, []).record(value) }

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    counters.withLock { $0.cell(series(label, dimensions), CounterCell.init) }
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler { gauge(label, dimensions) }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    gauge(label, dimensions)
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    timers.withLock { $0.cell(series(label, dimensions), TimerCell.init) }
  }

  // A series stays for the life of the process, as Prometheus expects.
  public func destroyCounter(_: any CounterHandler) {}
  public func destroyRecorder(_: any RecorderHandler) {}
  public func destroyMeter(_: any MeterHandler) {}
  public func destroyTimer(_: any TimerHandler) {}

  private func gauge(_ name: String, _ dimensions: [(String, String)]) -> GaugeCell {
    gauges.withLock { $0.cell(series(name, dimensions), GaugeCell.init) }
  }

  private func series(_ label: String, _ dimensions: [(String, String)]) -> Series {
    func safe(_ name: String) -> String {
      String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    }
    func quoted(_ value: String) -> String {
      value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
    let labels = dimensions.map { "\(safe($0.0))=\"\(quoted($0.1))\"" }.joined(separator: ",")
    return Series(name: safe(label), labels: labels)
  }

  var text: String {
    var lines: [String] = []
    func add<Cell>(_ cells: [Series: Cell], _ type: String, _ write: (Series, Cell) -> Void) {
      for (name, group) in Dictionary(grouping: cells, by: \.key.name).sorted(by: { $0.key < $1.key }) {
        lines.append("# TYPE \(name) \(type)")
        for (series, cell) in group.sorted(by: { $0.key.labels < $1.key.labels }) { write(series, cell) }
      }
    }
    func line(_ series: Series, _ suffix: String, _ more: String, _ value: Double) {
      let labels = [series.labels, more].filter { !$0.isEmpty }.joined(separator: ",")
      let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
      lines.append(series.name + suffix + (labels.isEmpty ? "" : "{\(labels)}") + " " + number)
    }
    add(counters.withLock { $0 }, "counter") { line($0, "", "", Double($1.value)) }
    add(gauges.withLock { $0 }, "gauge") { line($0, "", "", $1.value) }
    add(timers.withLock { $0 }, "histogram") { series, cell in
      let (counts, sum) = cell.snapshot
      var total = 0
      for (bound, count) in zip(Self.buckets.map { String($0) } + ["+Inf"], counts) {
        total += count
        line(series, "_bucket", "le=\"\(bound)\"", Double(total))
      }
      line(series, "_sum", "", sum)
      line(series, "_count", "", Double(total))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Dictionary {
  fileprivate mutating func cell(_ key: Key, _ make: () -> Value) -> Value {
    if let known = self[key] { return known }
    let made = make()
    self[key] = made
    return made
  }
}

private final class CounterCell: CounterHandler, Sendable {
  private let count = Atomic<Int64>(0)
  var value: Int64 { count.load(ordering: .relaxed) }
  func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { count.store(0, ordering: .relaxed) }
}

private final class GaugeCell: RecorderHandler, MeterHandler, Sendable {
  private let current = Mutex(0.0)
  var value: Double { current.withLock { $0 } }
  func record(_ value: Int64) { record(Double(value)) }
  func record(_ value: Double) { current.withLock { $0 = value } }
  func set(_ value: Int64) { record(Double(value)) }
  func set(_ value: Double) { record(value) }
  func increment(by amount: Double) { current.withLock { $0 += amount } }
  func decrement(by amount: Double) { current.withLock { $0 -= amount } }
}

private final class TimerCell: TimerHandler, Sendable {
  private let state = Mutex(
    (counts: [Int](repeating: 0, count: PrometheusRegistry.buckets.count + 1), sum: 0.0))
  var snapshot: (counts: [Int], sum: Double) { state.withLock { $0 } }
  func recordNanoseconds(_ duration: Int64) {
    let seconds = Double(duration) * 1e-9
    let bucket = PrometheusRegistry.buckets.firstIndex { seconds <= $0 } ?? PrometheusRegistry.buckets.count
    state.withLock {
      $0.counts[bucket] += 1
      $0.sum += seconds
    }
  }
}
