import AssayNumerics
import VerifierKit

/// Functions that differ in one small whole number, so that a held-out one was never trained on though its
/// family was.
struct FunctionFamily: Sendable {
  let name: String
  /// From a parameter ≥ 0.
  let make: @Sendable (Int) -> DescribedFunction

  init(_ name: String, _ make: @escaping @Sendable (Int) -> DescribedFunction) {
    self.name = name
    self.make = make
  }
}

/// A function in words, in Python, and as the values that it must return.
struct DescribedFunction: Sendable {
  var parameters: [String]
  /// Completes “returns ...”.
  var description: String
  /// Python.
  var expression: String
  var arguments: @Sendable (inout CounterRandom) -> [JSONValue]
  var value: @Sendable ([JSONValue]) -> JSONValue
}

/// A line a family: what changes with the parameter k, in words and in Python, and on which arguments it
/// is tested.
let functionFamilies: [FunctionFamily] = [
  FunctionFamily("linear") { k in
    onInteger("\(ordinaryTimes(k + 2)) x plus \(k + 1)", "\(k + 2) * x + \(k + 1)") { (k + 2) * $0 + k + 1 }
  },
  FunctionFamily("add") { k in onInteger("x plus \(k + 1)", "x + \(k + 1)") { $0 + k + 1 } },
  FunctionFamily("multiply") { k in
    onInteger("\(ordinaryTimes(k + 2)) x", "\(k + 2) * x") { (k + 2) * $0 }
  },
  FunctionFamily("square") { k in onInteger("the square of x" + plus(k), "x ** 2" + added(k)) { $0 * $0 + k }
  },
  FunctionFamily("divisible") { k in
    k == 0
      ? onInteger("True if x is even and False otherwise", "x % 2 == 0") { .bool($0 % 2 == 0) }
      : onInteger("True if x is divisible by \(k + 2) and False otherwise", "x % \(k + 2) == 0") {
        .bool($0 % (k + 2) == 0)
      }
  },
  FunctionFamily("maximum") { k in
    onPair("the larger of x and y" + plus(k), "max(x, y)" + added(k)) { max($0, $1) + k }
  },
  FunctionFamily("minimum") { k in
    onPair("the smaller of x and y" + plus(k), "min(x, y)" + added(k)) { min($0, $1) + k }
  },
  FunctionFamily("distance") { k in
    onPair("the absolute difference of x and y" + plus(k), "abs(x - y)" + added(k)) { abs($0 - $1) + k }
  },
  FunctionFamily("sum-list") { k in
    onList("the sum of the list items" + plus(k), "sum(items)" + added(k)) { $0.reduce(0, +) + k }
  },
  FunctionFamily("length-list") { k in
    onList("the number of elements of the list items" + plus(k), "len(items)" + added(k)) { $0.count + k }
  },
  FunctionFamily("from-end") { k in
    // Lists have at least ten elements, so that k is in range.
    let place = k % 10
    return onList("the \(ordinal(place))last element of the list items", "items[\(-place - 1)]") {
      $0[$0.count - 1 - place]
    }
  },
  FunctionFamily("count-letter") { k in
    let letter = alphabet[k % alphabet.count]
    return onText("how many times the letter “\(letter)” occurs in s", "s.count('\(letter)')", letter) {
      .integer($0.count { $0 == letter })
    }
  },
  FunctionFamily("reverse") { k in
    guard k > 0 else { return onText("s reversed", "s[::-1]", "a") { .string(String($0.reversed())) } }
    let letter = alphabet[(k - 1) % alphabet.count]
    return onText("s reversed, followed by the letter “\(letter)”", "s[::-1] + '\(letter)'", letter) {
      .string(String($0.reversed()) + String(letter))
    }
  },
]

private let alphabet = Array("aeiostrnlcdm")

private func plus(_ k: Int) -> String { k == 0 ? "" : ", plus \(k)" }
private func added(_ k: Int) -> String { k == 0 ? "" : " + \(k)" }

private func ordinaryTimes(_ factor: Int) -> String {
  let names = [2: "two times", 3: "three times", 4: "four times", 5: "five times"]
  return names[factor] ?? "\(factor) times"
}

/// `` for the last, `second to ` for the one before.
private func ordinal(_ place: Int) -> String {
  let names = [
    "", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ", "ninth ", "tenth ",
  ]
  return place == 0 ? "" : names[place] + "to "
}

private func onInteger(
  _ description: String, _ expression: String, _ value: @escaping @Sendable (Int) -> Int
) -> DescribedFunction {
  onInteger(description, expression) { JSONValue.integer(value($0)) }
}

private func onInteger(
  _ description: String, _ expression: String, _ value: @escaping @Sendable (Int) -> JSONValue
) -> DescribedFunction {
  DescribedFunction(
    parameters: ["x"], description: description, expression: expression,
    arguments: { [.integer($0.integer(in: -20...40))] },
    value: { value($0[0].integer ?? 0) })
}

private func onPair(
  _ description: String, _ expression: String, _ value: @escaping @Sendable (Int, Int) -> Int
) -> DescribedFunction {
  DescribedFunction(
    parameters: ["x", "y"], description: description, expression: expression,
    arguments: { [.integer($0.integer(in: -20...40)), .integer($0.integer(in: -20...40))] },
    value: { .integer(value($0[0].integer ?? 0, $0[1].integer ?? 0)) })
}

private func onList(
  _ description: String, _ expression: String, _ value: @escaping @Sendable ([Int]) -> Int
) -> DescribedFunction {
  DescribedFunction(
    parameters: ["items"], description: description, expression: expression,
    arguments: { random in
      let count = random.integer(in: 10...14)
      return [.array((0..<count).map { _ in .integer(random.integer(in: -9...30)) })]
    },
    value: { .integer(value(($0[0].array ?? []).compactMap(\.integer))) })
}

/// Text of the letters that the families ask for; `letter` is more frequent than the others.
private func onText(
  _ description: String, _ expression: String, _ letter: Character,
  _ value: @escaping @Sendable (String) -> JSONValue
) -> DescribedFunction {
  DescribedFunction(
    parameters: ["s"], description: description, expression: expression,
    arguments: { random in
      let count = random.integer(in: 4...10)
      return [
        .string(
          String((0..<count).map { _ in random.uniform() < 0.3 ? letter : random.element(of: alphabet) }))
      ]
    },
    value: { value($0[0].string ?? "") })
}
