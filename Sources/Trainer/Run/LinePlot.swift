import Foundation

/// Lines over steps or minutes as SVG: axes with round numbers, the run's stages behind, a legend above.
struct LinePlot {
  struct Series {
    var name: String
    /// Number of its colour in the style sheet, 0...6.
    var color: Int
    var points: [(x: Double, y: Double)]
    /// A shaded range around the line, at the same x.
    var range: [(x: Double, low: Double, high: Double)] = []
    /// Few measurements: a dot each. Otherwise a thin line of all, and a bold one of their moving mean.
    var isMeasured = false
  }

  struct Stage {
    var name: String
    var range: ClosedRange<Double>
  }

  var title: String
  var unit = ""
  var series: [Series]
  var stages: [Stage] = []
  /// What the x are: `optimiser step`, `minutes`.
  var axis = "optimiser step"
  /// Nil: from the data, with 0 when it is near.
  var limits: ClosedRange<Double>?
  var isPercent = false

  private static let margin = (left: 46.0, right: 14.0, top: 58.0, bottom: 38.0)

  /// A `<g>` of this size, in pixels, for placing among others.
  func group(width: Double, height: Double) -> String {
    let margin = Self.margin
    let (x0, x1) = (margin.left, width - margin.right)
    let (y0, y1) = (height - margin.bottom, margin.top)
    let xs = xLimits
    let ys = yLimits
    let px = { (x: Double) in x0 + (x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * (x1 - x0) }
    let py = { (y: Double) in
      y0 + (min(max(y, ys.lowerBound), ys.upperBound) - ys.lowerBound)
        / (ys.upperBound - ys.lowerBound) * (y1 - y0)
    }
    var svg = "<text class=\"title\" x=\"0\" y=\"15\">\(escaped(title))"
    if !unit.isEmpty { svg += "<tspan class=\"unit\" dx=\"6\">\(escaped(unit))</tspan>" }
    svg += "</text>\n" + legend(width: x1)
    for (index, stage) in stages.enumerated() where stage.range.overlaps(xs) {
      let shown = stage.range.clamped(to: xs)
      let (left, right) = (px(shown.lowerBound), px(shown.upperBound))
      svg += "<rect class=\"stage\(index % 2)\" \(box(left, y1, right - left, y0 - y1))>"
      svg += "<title>\(escaped(stage.name))</title></rect>\n"
      if right - left > Double(stage.name.count) * 5.6 + 6 {
        svg +=
          "<text class=\"stage\" x=\"\(f(left + 4))\" y=\"\(f(y1 + 11))\">\(escaped(stage.name))</text>\n"
      }
    }
    let ticks = roundTicks(ys, about: 5)
    for tick in ticks.values {
      svg += "<line class=\"grid\" \(span(x0, py(tick), x1, py(tick)))/>"
      svg += "<text class=\"tick\" text-anchor=\"end\" x=\"\(f(x0 - 6))\" y=\"\(f(py(tick) + 3.5))\">"
      svg += "\(isPercent ? label(tick * 100, ticks.step * 100) + " %" : label(tick, ticks.step))</text>\n"
    }
    let steps = roundTicks(xs, about: 6)
    for tick in steps.values {
      svg += "<line class=\"axis\" \(span(px(tick), y0, px(tick), y0 + 4))/>"
      svg += "<text class=\"tick\" text-anchor=\"middle\" x=\"\(f(px(tick)))\" y=\"\(f(y0 + 16))\">"
      svg += "\(label(tick, steps.step))</text>\n"
    }
    svg += "<line class=\"axis\" \(span(x0, y0, x1, y0))/>\n"
    svg +=
      "<text class=\"tick\" text-anchor=\"end\" x=\"\(f(x1))\" y=\"\(f(y0 + 31))\">\(axis)</text>\n"
    for line in series where !line.points.isEmpty {
      svg += drawn(line, px, py)
    }
    return svg
  }

  /// A drawing of its own, to stand in a page that has the style sheet.
  func svg(width: Double, height: Double) -> String {
    "<svg viewBox=\"0 0 \(f(width)) \(f(height))\" role=\"img\" aria-label=\"\(escaped(title))\">\n"
      + group(width: width, height: height) + "</svg>\n"
  }

  private func drawn(
    _ line: Series, _ px: (Double) -> Double, _ py: (Double) -> Double
  ) -> String {
    var svg = ""
    if line.range.count > 1 {
      let upper = line.range.map { "\(f(px($0.x))),\(f(py($0.high)))" }
      let lower = line.range.reversed().map { "\(f(px($0.x))),\(f(py($0.low)))" }
      svg += "<polygon class=\"f\(line.color)\" points=\"\((upper + lower).joined(separator: " "))\"/>\n"
    }
    func path(_ points: [(x: Double, y: Double)]) -> String {
      points.map { "\(f(px($0.x))),\(f(py($0.y)))" }.joined(separator: " ")
    }
    let isThick = line.isMeasured || line.points.count < 30
    if isThick {
      svg += "<polyline class=\"c\(line.color)\" points=\"\(path(line.points))\"/>\n"
    } else {
      svg += "<polyline class=\"c\(line.color) thin\" points=\"\(path(line.points))\"/>\n"
      svg += "<polyline class=\"c\(line.color)\" points=\"\(path(movingMean(line.points)))\"/>\n"
    }
    for point in line.points where line.isMeasured || line.points.count == 1 {
      let value = isPercent ? "\(label(point.y * 100, 0.1)) %" : label(point.y, abs(point.y) / 1000)
      svg += "<circle class=\"d\(line.color)\" cx=\"\(f(px(point.x)))\" cy=\"\(f(py(point.y)))\" r=\"2.6\">"
      svg += "<title>\(escaped(line.name)), \(axis) \(label(point.x, 0.1)): \(value)</title></circle>\n"
    }
    return svg
  }

  /// In as many rows as it needs.
  private func legend(width: Double) -> String {
    guard series.count > 1 else { return "" }
    var (svg, x, y) = ("", 0.0, 30.0)
    for line in series {
      let length = 19 + Double(line.name.count) * 6.3
      if x > 0, x + length > width { (x, y) = (0, y + 14) }
      svg += "<line class=\"c\(line.color)\" \(span(x, y, x + 14, y))/>"
      svg += "<text class=\"legend\" x=\"\(f(x + 19))\" y=\"\(f(y + 4))\">\(escaped(line.name))</text>\n"
      x += length + 16
    }
    return svg
  }

  private var xLimits: ClosedRange<Double> {
    let xs = series.flatMap { $0.points.map(\.x) }
    let (low, high) = (xs.min() ?? 0, xs.max() ?? 1)
    return low < high ? low...high : low - 0.5...low + 0.5
  }

  private var yLimits: ClosedRange<Double> {
    if let limits { return limits }
    let ys = series.flatMap { $0.points.map(\.y) + $0.range.flatMap { [$0.low, $0.high] } }
    guard var low = ys.min(), var high = ys.max() else { return 0...1 }
    if low > 0, low < 0.6 * high { low = 0 }
    if high < 0, high > 0.6 * low { high = 0 }
    if low == high { (low, high) = (low - max(1, abs(low)) * 0.5, high + max(1, abs(high)) * 0.5) }
    let step = roundTicks(low...high, about: 5).step
    return (low / step).rounded(.down) * step...(high / step).rounded(.up) * step
  }
}

/// A twentieth of the points, at least five, around each.
private func movingMean(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
  let reach = max(2, points.count / 40)
  return points.indices.map { index in
    let window = points[max(0, index - reach)...min(points.count - 1, index + reach)]
    return (points[index].x, window.map(\.y).reduce(0, +) / Double(window.count))
  }
}

/// Multiples of 1, 2 or 5 times a power of ten within the limits.
func roundTicks(_ limits: ClosedRange<Double>, about count: Int) -> (values: [Double], step: Double) {
  let rough = (limits.upperBound - limits.lowerBound) / Double(count)
  guard rough > 0, rough.isFinite else { return ([limits.lowerBound], 1) }
  let power = pow(10, (log10(rough)).rounded(.down))
  let step = power * ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10)
  let first = Int((limits.lowerBound / step - 1e-9).rounded(.up))
  let last = Int((limits.upperBound / step + 1e-9).rounded(.down))
  return (first <= last ? (first...last).map { Double($0) * step } : [], step)
}

/// As many digits as the step between two labels needs.
private func label(_ value: Double, _ step: Double) -> String {
  let value = abs(value) < step * 1e-6 ? 0 : value
  let digits = step > 0 ? max(0, Int((-log10(step) - 1e-9).rounded(.up))) : 0
  if digits > 4 { return String(format: "%.1e", value) }
  return String(format: "%.\(digits)f", value)
}

/// One digit after the point, for coordinates.
private func f(_ value: Double) -> String { String(format: "%.1f", value) }

private func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
  "x=\"\(f(x))\" y=\"\(f(y))\" width=\"\(f(width))\" height=\"\(f(height))\""
}

private func span(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
  "x1=\"\(f(x1))\" y1=\"\(f(y1))\" x2=\"\(f(x2))\" y2=\"\(f(y2))\""
}

/// For text and attribute values of HTML and SVG.
func escaped(_ text: some StringProtocol) -> String {
  String(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
