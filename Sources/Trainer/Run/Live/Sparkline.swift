/// A curve in one line of text: `▁▂▄▆█`, its newest value at the right.
enum Sparkline {
  private static let heights: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// - Parameters:
  ///   - values: oldest first; those that aren't finite are left out.
  ///   - width: characters at most. Of more values, neighbours are averaged.
  ///   - bounds: what the lowest and the highest character stand for; nil: what the values span.
  static func text(_ values: [Double], width: Int, bounds: ClosedRange<Double>? = nil) -> String {
    let values = values.filter(\.isFinite)
    guard width > 0, !values.isEmpty else { return "" }
    let count = min(width, values.count)
    let means = (0..<count).map { place in
      let part = values[values.count * place / count..<values.count * (place + 1) / count]
      return part.reduce(0, +) / Double(part.count)
    }
    let low = bounds?.lowerBound ?? means.min() ?? 0
    let high = bounds?.upperBound ?? means.max() ?? 0
    return String(
      means.map { value in
        // Where nothing moves, a line in the middle.
        guard high > low else { return heights[3] }
        let share = min(1, max(0, (value - low) / (high - low)))
        return heights[min(7, Int(share * 8))]
      })
  }
}
