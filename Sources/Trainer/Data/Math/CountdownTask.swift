import AssayNumerics
import VerifierKit

/// Numbers, each to be used once, and a target: `3,7,8:45` → `7+8=15`, `3*15=45`, so `3*(7+8)`.
///
/// Worked forward from an expression that was drawn; the verifiers take any that is right.
func countdown(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let level = try options.level()
  let count = try options.integer("numbers", default: [3, 3, 4, 5, 6][level - 1], in: 2...6)
  let largest = try options.integer("max_number", default: [9, 25, 25, 50, 100][level - 1], in: 4...100)
  return { _, random in
    var steps: [String] = []
    var numbers: [Int] = []
    var target = 0
    var expression = ""
    repeat {
      numbers = (0..<count).map { _ in random.integer(in: 1...largest) }
      steps = []
      var terms = numbers.map { Term(value: $0, text: String($0), isSum: false) }
      while terms.count > 1 {
        let order = random.permutation(of: terms.count)
        let (a, b) = (terms[order[0]], terms[order[1]])
        let joined = a.joined(b, random.integer(in: 0...3))
        steps.append("\(joined.step)=\(joined.term.value)")
        terms = order.dropFirst(2).map { terms[$0] } + [joined.term]
      }
      (target, expression) = (terms[0].value, terms[0].text)
      // A target among the numbers, or one of a thousand and more, makes a poor puzzle.
    } while target < 10 || target > 999 || numbers.contains(target)
    let shown = numbers.sorted().map(String.init)
    let prompt =
      style == .terse
      ? "\(shown.joined(separator: ",")):\(target)"
      : "Use each of the numbers \(enumeration(shown)) once, with + - * / and brackets, to make \(target). Answer with the expression."
    return Question(
      key: "\(shown.joined(separator: ",")):\(target)", prompt: prompt,
      puzzle: .object([
        "kind": .string("countdown"), "numbers": .array(numbers.sorted().map(JSONValue.integer)),
        "target": .integer(target), "use_all": .bool(true),
      ]),
      solution: worked(steps, answer: expression, style: style))
  }
}

/// A number that was made, and how.
private struct Term {
  var value: Int
  var text: String
  var isSum: Bool

  /// Joined by the operation of this number, or by one near it that gives a whole number from 0.
  func joined(_ other: Term, _ operation: Int) -> (term: Term, step: String) {
    let (high, low) = value >= other.value ? (self, other) : (other, self)
    func make(_ sign: String, _ value: Int, isSum: Bool) -> (Term, String) {
      let left = !isSum && high.isSum ? "(\(high.text))" : high.text
      // Behind a minus or a division, all that is put together wants brackets.
      let needsBrackets =
        low.isSum && sign != "+" || sign == "/" && low.text.contains("*")
        || sign == "/" && low.text.contains("/")
      let right = needsBrackets ? "(\(low.text))" : low.text
      return (Term(value: value, text: left + sign + right, isSum: isSum), "\(high.value)\(sign)\(low.value)")
    }
    switch operation {
    case 1 where high.value > low.value: return make("-", high.value - low.value, isSum: true)
    case 2 where low.value > 1 && high.value <= 999: return make("*", high.value * low.value, isSum: false)
    case 3 where low.value > 1 && high.value % low.value == 0:
      return make("/", high.value / low.value, isSum: false)
    default: return make("+", high.value + low.value, isSum: true)
    }
  }
}
