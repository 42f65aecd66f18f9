/// How many steps a figure is averaged over, and how far back it is compared with.
struct TrendWindow: Sendable, Equatable {
  /// Steps whose mean is one figure, ≥ 2.
  var length: Int
  /// Steps between that mean and the earlier one, ≥ `length`.
  var lookback: Int
}

/// A figure over the steps of a stage: is it rising, and by more than it wavers?
public struct Trend: Codable, Sendable, Equatable {
  /// The last ones, at most as many as a window and its lookback.
  private(set) var values: [Double] = []
  /// The first window of the stage.
  private(set) var start: Stretch?

  /// One window's mean and the variance of that mean, from how its steps differ.
  struct Stretch: Codable, Sendable, Equatable {
    var mean: Double
    var variance: Double

    init(_ values: some Collection<Double>) {
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      self.mean = mean
      let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      variance = squares / (count - 1) / count
    }
  }

  mutating func append(_ value: Double, _ window: TrendWindow) {
    values.append(value)
    if start == nil, values.count == window.length { start = Stretch(values) }
    if values.count > window.lookback + window.length { values.removeFirst() }
  }

  /// The last window; nil before there is one.
  func now(_ window: TrendWindow) -> Stretch? {
    values.count < window.length ? nil : Stretch(values.suffix(window.length))
  }

  /// The last window against the first of the stage, and against the one a lookback ago; empty before two windows.
  func changes(_ window: TrendWindow) -> [Change] {
    guard let now = now(window), let start, values.count >= 2 * window.length else { return [] }
    return [Change(from: start, to: now), Change(from: Stretch(values.prefix(window.length)), to: now)]
  }
}

/// From one window to another.
struct Change: Sendable, Equatable {
  var from: Double
  var to: Double
  /// Standard error of the difference.
  var error: Double

  /// A change counts when it is so many times its standard error.
  static let certainty = 4.0

  init(from: Trend.Stretch, to: Trend.Stretch) {
    (self.from, self.to) = (from.mean, to.mean)
    error = (from.variance + to.variance).squareRoot()
  }

  var difference: Double { to - from }

  func rises(by least: Double) -> Bool { difference >= least && difference >= Self.certainty * error }
  func falls(by least: Double) -> Bool { -difference >= least && -difference >= Self.certainty * error }
}
