import AssayNumerics
import VerifierKit

/// `47+38`, column by column from the right: `7+8=15`, `4+3+1=8`; the carry comes last.
func sums(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let terms = try options.range("terms", default: style == .terse ? 2...2 : 2...3, in: 2...4)
  let digits = try options.range("digits", default: style == .terse ? 2...2 : 1...1, in: 1...6)
  return { _, random in
    let count = random.integer(in: terms)
    let numbers = (0..<count).map { _ in number(digits, &random) }
    let sum = numbers.reduce(0, +)
    var thoughts: [String] = []
    var carry = 0
    let places = columns(numbers)
    for place in 0..<places {
      var column = numbers.map { digit($0, place) }
      if carry > 0 { column.append(carry) }
      let total = column.reduce(0, +)
      carry = total / 10
      thoughts.append(equation(column, "+", total, column: place, of: places, style))
    }
    return Question(
      key: numbers.sorted().map(String.init).joined(separator: "+"),
      prompt: style == .terse
        ? numbers.map(String.init).joined(separator: "+")
        : ask(numbers.map(String.init).joined(separator: " + "), &random),
      reference: .string(String(sum)),
      solution: worked(thoughts, answer: String(sum), style: style))
  }
}

/// `52-38`, column by column from the right: `12-8=4`, `4-3=1`; a borrow has left the upper digit. A
/// negative difference is worked the other way round, and its sign added.
func differences(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let digits = try options.range("digits", default: style == .terse ? 2...2 : 1...1, in: 1...6)
  let negative = try options.flag("negative", default: style == .plain)
  return { _, random in
    var (first, second) = (number(digits, &random), number(digits, &random))
    if !negative, first < second { swap(&first, &second) }
    let (upper, lower) = (max(first, second), min(first, second))
    var thoughts: [String] = []
    if first < second {
      thoughts.append(
        style == .terse
          ? "-(\(upper)-\(lower))"
          : "\(first) is less than \(second), so take \(upper) - \(lower) and negate it.")
    }
    let columns = borrowColumns(upper, lower)
    for (place, column) in columns.enumerated() {
      thoughts.append(
        equation(
          [column.minuend, column.subtrahend], "-", column.minuend - column.subtrahend, column: place,
          of: columns.count, style))
    }
    return Question(
      key: "\(first)-\(second)",
      prompt: style == .terse ? "\(first)-\(second)" : ask("\(first) - \(second)", &random),
      reference: .string(String(first - second)),
      solution: worked(thoughts, answer: String(first - second), style: style))
  }
}

/// The columns of `upper` − `lower` from the right: `12-8`, `4-3` for 52 − 38.
/// - Precondition: `upper` ≥ `lower` ≥ 0.
func borrowColumns(_ upper: Int, _ lower: Int) -> [(minuend: Int, subtrahend: Int)] {
  var borrow = 0
  return (0..<columns([upper])).map { place in
    var minuend = digit(upper, place) - borrow
    let subtrahend = digit(lower, place)
    borrow = minuend < subtrahend ? 1 : 0
    minuend += 10 * borrow
    return (minuend, subtrahend)
  }
}

/// Uniform among the numbers of some length, the length uniform in `digits`; never 0.
func number(_ digits: ClosedRange<Int>, _ random: inout CounterRandom) -> Int {
  let length = random.integer(in: digits)
  let least = (1..<length).reduce(1) { power, _ in power * 10 }
  return random.integer(in: least...least * 10 - 1)
}

/// The digit of `number` at 10^`place`; 0 above its first.
func digit(_ number: Int, _ place: Int) -> Int {
  number / (0..<place).reduce(1) { power, _ in power * 10 } % 10
}

/// How many digits the longest number has.
private func columns(_ numbers: [Int]) -> Int {
  numbers.map { String($0).count }.max() ?? 0
}

/// `4+3+1=8`, or in words: two operands at a time, and the column's name where there are several.
private func equation(
  _ operands: [Int], _ sign: String, _ result: Int, column: Int, of count: Int, _ style: Style
) -> String {
  guard style == .plain else {
    return operands.map(String.init).joined(separator: sign) + "=\(result)"
  }
  var (steps, value): ([String], Int) = ([], operands[0])
  for operand in operands.dropFirst() {
    let next = sign == "-" ? value - operand : value + operand
    steps.append("\(value) \(sign) \(operand) = \(next)")
    value = next
  }
  let text = steps.joined(separator: ", ") + "."
  guard count > 1 else { return text }
  let names = ["ones", "tens", "hundreds", "thousands", "ten thousands", "hundred thousands"]
  return "\(column == 0 ? "First" : "Then") the \(names[column]): \(text)"
}
