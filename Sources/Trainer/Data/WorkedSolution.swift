import AssayNumerics

/// A completion in the format that the recipes reward: thoughts in `<think>`, a line each, then the answer.
func worked(_ thoughts: [String], answer: String, style: Style) -> String {
  switch style {
  case .terse: "<think>" + thoughts.joined(separator: "\n") + "</think>Answer: " + answer
  case .plain: "<think>\n" + thoughts.joined(separator: "\n") + "\n</think>\nAnswer: " + answer
  }
}

/// The same with a Python program as its answer.
func worked(_ thoughts: [String], program: String, style: Style) -> String {
  let block = "```python\n" + program + "\n```"
  return switch style {
  case .terse: "<think>" + thoughts.joined(separator: "\n") + "</think>" + block
  case .plain: "<think>\n" + thoughts.joined(separator: "\n") + "\n</think>\n" + block
  }
}

/// The same answer without the work: the thoughts give way to one word.
func unworked(_ solution: String) -> String {
  guard let open = solution.firstRange(of: "<think>"), let close = solution.firstRange(of: "</think>") else {
    return solution
  }
  let newline = solution[open.upperBound...].hasPrefix("\n") ? "\n" : ""
  return solution[..<open.upperBound] + newline + "easy" + newline + solution[close.lowerBound...]
}

/// `What is 3 + 4?` and other ways to ask for the value of an expression.
func ask(_ expression: String, _ random: inout CounterRandom) -> String {
  switch random.integer(in: 0...3) {
  case 0: "What is \(expression)?"
  case 1: "Compute \(expression)."
  case 2: "Calculate \(expression)."
  default: "Find the value of \(expression)."
  }
}

/// `a`, `a and b`, `a, b and c`.
func enumeration(_ items: [String]) -> String {
  guard items.count > 1, let last = items.last else { return items.first ?? "" }
  return items.dropLast().joined(separator: ", ") + " and " + last
}
