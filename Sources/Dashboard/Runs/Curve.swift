/// A metric over steps or seconds.
struct Curve: Equatable {
  var x: [Double] = []
  var y: [Double] = []

  /// At most about so many points that look like all of them: of each stretch its lowest and its highest value stay,
  /// and the first and the last point.
  func reduced(to count: Int) -> Curve {
    guard y.count > max(count, 4) else { return self }
    let buckets = max(1, count / 2)
    var kept = Curve()
    kept.x.reserveCapacity(count + 2)
    kept.y.reserveCapacity(count + 2)
    func keep(_ index: Int) {
      kept.x.append(x[index])
      kept.y.append(y[index])
    }
    keep(0)
    let inner = y.count - 2
    for bucket in 0..<buckets {
      let range = 1 + inner * bucket / buckets..<1 + inner * (bucket + 1) / buckets
      guard let low = range.min(by: { y[$0] < y[$1] }), let high = range.max(by: { y[$0] < y[$1] }) else {
        continue
      }
      keep(min(low, high))
      if low != high { keep(max(low, high)) }
    }
    keep(y.count - 1)
    return kept
  }

  /// The exponential moving average that TensorBoard draws, without the bias towards 0 at its start:
  /// s ← w·s + (1−w)·y, shown as s / (1 − wⁿ).
  /// - Parameter weight: w, in [0, 1).
  func smoothed(weight: Double) -> Curve {
    guard weight > 0, weight < 1 else { return self }
    var result = self
    var (sum, decay) = (0.0, 1.0)
    for index in y.indices {
      sum = weight * sum + (1 - weight) * y[index]
      decay *= weight
      result.y[index] = sum / (1 - decay)
    }
    return result
  }
}
