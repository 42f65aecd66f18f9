import VerifierKit

/// Whether a program's output is what its test expects.
struct OutputComparison {
  private let comparison: CodeTests.Comparison
  init(_ comparison: CodeTests.Comparison) { self.comparison = comparison }

  func matches(expected: String, given: String) -> Bool {
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
    }
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
