import VerifierKit

/// `7*46` by partial products. Terse, with the carry: `7*6=42`, `7*4=28`, `28+4=32`, so 322. Plain, by
/// place value: 7 × 40 = 280, 7 × 6 = 42, 280 + 42 = 322.
func products(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let largest = try options.integer("max_factor", default: style == .terse ? 99 : 12, in: 9...9999)
  let digits = 1...String(largest).count
  return { _, random in
    let factor = random.integer(in: 2...9)
    var other = number(digits, &random)
    while other == 1 || other > largest { other = number(digits, &random) }
    let product = factor * other
    return Question(
      key: "\(min(factor, other))*\(max(factor, other))",
      prompt: style == .terse ? "\(factor)*\(other)" : ask("\(factor) × \(other)", &random),
      reference: .string(String(product)),
      solution: worked(
        style == .terse ? withCarries(factor, other) : byPlaceValue(factor, other),
        answer: String(product), style: style))
  }
}

private func withCarries(_ factor: Int, _ other: Int) -> [String] {
  var lines: [String] = []
  var carry = 0
  for place in 0..<String(other).count {
    let digit = digit(other, place)
    let partial = factor * digit
    lines.append("\(factor)*\(digit)=\(partial)")
    if carry > 0 { lines.append("\(partial)+\(carry)=\(partial + carry)") }
    carry = (partial + carry) / 10
  }
  return lines
}

private func byPlaceValue(_ factor: Int, _ other: Int) -> [String] {
  var parts: [Int] = []
  var lines: [String] = []
  var power = 1
  for place in 0..<String(other).count {
    let part = digit(other, place) * power
    power *= 10
    guard part > 0 else { continue }
    parts.append(factor * part)
    let start = other < 10 ? "" : lines.isEmpty ? "First " : "Then "
    lines.append("\(start)\(factor) × \(part) = \(factor * part).")
  }
  if parts.count > 1 {
    lines.append("Together \(parts.map(String.init).joined(separator: " + ")) = \(parts.reduce(0, +)).")
  }
  return lines
}
