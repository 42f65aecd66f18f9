public import VerifierKit

/// Whether a program's output is what its test expects.
public struct OutputComparison: Sendable {
  private let comparison: CodeTests.Comparison
  public init(_ comparison: CodeTests.Comparison) { self.comparison = comparison }

  public func matches(expected: String, given: String) -> Bool {
    switch comparison {
    case .exact: return lines(expected) == lines(given)
    case .tokens: return tokens(expected) == tokens(given)
    case .float(let absolute, let relative):
      let (a, b) = (tokens(expected), tokens(given))
      return a.count == b.count
        && zip(a, b).allSatisfy { wanted, got in
          if wanted == got { return true }
          // Only what is no whole number in the expected output has a tolerance.
          guard Int(wanted) == nil, let x = Double(wanted), let y = Double(got), x.isFinite, y.isFinite else {
            return false
          }
          return abs(x - y) <= max(absolute, relative * abs(x))
        }
    case .json(let absolute, let isOrdered):
      guard let a = try? JSONValue(parsing: expected), let b = try? JSONValue(parsing: given) else {
        return lines(expected) == lines(given)
      }
      if !isOrdered, case .array(let wanted) = a, case .array(let got) = b {
        return sameElements(wanted, got, absolute)
      }
      return same(a, b, absolute)
    }
  }

  private func same(_ wanted: JSONValue, _ got: JSONValue, _ absolute: Double) -> Bool {
    switch (wanted, got) {
    case (.integer(let a), .integer(let b)): return a == b
    case (.number, .number), (.number, .integer), (.integer, .number):
      guard let a = wanted.double, let b = got.double else { return false }
      return a == b || abs(a - b) <= absolute
    case (.array(let a), .array(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { same($0, $1, absolute) }
    case (.object(let a), .object(let b)):
      return a.count == b.count
        && a.allSatisfy { key, value in b[key].map { same(value, $0, absolute) } ?? false }
    default: return wanted == got
    }
  }

  private func sameElements(_ wanted: [JSONValue], _ got: [JSONValue], _ absolute: Double) -> Bool {
    guard wanted.count == got.count, wanted.count <= 2000 else { return false }
    var left = got
    for value in wanted {
      guard let index = left.firstIndex(where: { same(value, $0, absolute) }) else { return false }
      left.remove(at: index)
    }
    return true
  }

  /// Trailing blanks of lines and final newlines do not count.
  private func lines(_ text: String) -> [Substring] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
      var line = line
      while let last = line.last, last.isWhitespace { line.removeLast() }
      return line
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private func tokens(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
}
