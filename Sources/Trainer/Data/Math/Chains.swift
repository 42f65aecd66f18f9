import VerifierKit

/// `3+5-2`, from the left: `3+5=8`, `8-2=6`.
func chains(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let terms = try options.range("terms", default: 3...4, in: 2...8)
  let digits = try options.range("digits", default: 1...1, in: 1...3)
  let negative = try options.flag("negative", default: false)
  return { _, random in
    let count = random.integer(in: terms)
    var value = number(digits, &random)
    var expression = String(value)
    var (added, subtracted) = ([value], [Int]())
    var thoughts: [String] = []
    let space = style == .terse ? "" : " "
    for term in 1..<count {
      let operand = number(digits, &random)
      let mayFall = negative || operand <= value
      let minus = mayFall && random.uniform() < 0.5
      let sign = minus ? "-" : "+"
      if minus { subtracted.append(operand) } else { added.append(operand) }
      let next = minus ? value - operand : value + operand
      let step = "\(value)\(space)\(sign)\(space)\(operand)\(space)=\(space)\(next)"
      thoughts.append(style == .terse ? step : (term == 1 ? "First \(step)." : "Then \(step)."))
      expression += "\(space)\(sign)\(space)\(operand)"
      value = next
    }
    return Question(
      // As `sums` and `differences` have it: a chain of plus signs is one of their questions.
      key: added.sorted().map(String.init).joined(separator: "+")
        + subtracted.sorted().map { "-\($0)" }.joined(),
      prompt: style == .terse ? expression : ask(expression, &random),
      reference: .string(String(value)),
      solution: worked(thoughts, answer: String(value), style: style))
  }
}
