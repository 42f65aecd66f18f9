import VerifierKit

/// `x^2-4x+3=0` by a pair of factors: `3*1=3`, `3+1=4`, so 3, 1. Whole, different roots other than 0, the
/// larger first; the reference is the list in one string.
func quadratics(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let largest = try options.integer("max_root", default: 9, in: 3...99)
  let negative = try options.flag("negative", default: true)
  return { _, random in
    var (first, second) = (0, 0)
    while first == second || first == 0 || second == 0 {
      let least = negative ? -largest : 1
      first = random.integer(in: least...largest)
      second = random.integer(in: least...largest)
    }
    let (larger, smaller) = (max(first, second), min(first, second))
    let (sum, product) = (larger + smaller, larger * smaller)
    let space = style == .terse ? "" : " "
    let equation =
      "x^2" + term(-sum, "x", space) + term(product, "", space) + "\(space)=\(space)0"
    let answer = "\(larger), \(smaller)"
    let smallerFactor = smaller < 0 && style == .plain ? "(\(smaller))" : "\(smaller)"
    let thoughts =
      style == .terse
      ? ["\(larger)*\(smaller)=\(product)", "\(larger)+\(smaller)=\(sum)"]
      : [
        "The roots have the product \(product) and the sum \(sum).",
        "\(larger) × \(smallerFactor) = \(product), and \(larger) + \(smallerFactor) = \(sum).",
      ]
    return Question(
      key: equation.filter { $0 != " " },
      prompt: style == .terse ? equation : "Solve \(equation). Give all solutions, separated by commas.",
      reference: .string(answer),
      solution: worked(thoughts, answer: answer, style: style))
  }
}

/// `-4x`, `+ 3`, nothing for 0.
private func term(_ coefficient: Int, _ variable: String, _ space: String) -> String {
  if coefficient == 0 { return "" }
  let size = abs(coefficient)
  let digits = size == 1 && !variable.isEmpty ? "" : String(size)
  return "\(space)\(coefficient < 0 ? "-" : "+")\(space)\(digits)\(variable)"
}
