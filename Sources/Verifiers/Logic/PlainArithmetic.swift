import BigInt

/// Evaluates `3*(7+8)` exactly and lists the numbers it is made of; knows nothing of the mathematical parser.
struct PlainArithmetic {
  private var rest: ArraySlice<Character>
  private var depth = 0
  private(set) var used: [Int] = []

  init(_ text: String) {
    let signs = [
      ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\left", ""), ("\\right", ""), ("×", "*"),
      ("·", "*"),
      ("÷", "/"), ("−", "-"), ("[", "("), ("]", ")"), ("$", ""), ("\\(", ""), ("\\)", ""),
    ]
    var plain = text
    for (sign, meaning) in signs { plain = plain.replacing(sign, with: meaning) }
    rest = Array(plain)[...]
  }

  mutating func value() -> Rational? {
    guard let value = sum() else { return nil }
    skipBlanks()
    if rest.first == ".", rest.count == 1 { rest.removeFirst() }
    return rest.isEmpty ? value : nil
  }

  private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

  private mutating func sign(of signs: String) -> Character? {
    skipBlanks()
    guard let sign = rest.first, signs.contains(sign) else { return nil }
    rest.removeFirst()
    return sign
  }

  private mutating func sum() -> Rational? {
    guard var value = product() else { return nil }
    while let sign = sign(of: "+-") {
      guard let next = product() else { return nil }
      value = sign == "+" ? value + next : value - next
    }
    return value
  }

  private mutating func product() -> Rational? {
    guard var value = atom() else { return nil }
    while let sign = sign(of: "*/") {
      guard let next = atom(), let result = sign == "*" ? value * next : value.divided(by: next) else {
        return nil
      }
      value = result
    }
    return value
  }

  private mutating func atom() -> Rational? {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { return nil }
    if let sign = sign(of: "-+") { return atom().map { sign == "-" ? -$0 : $0 } }
    if sign(of: "(") != nil {
      guard let value = sum(), sign(of: ")") != nil else { return nil }
      return value
    }
    let digits = String(rest.prefix { $0.isASCII && $0.isNumber })
    guard let number = Int(digits) else { return nil }
    rest = rest.dropFirst(digits.count)
    used.append(number)
    return Rational(BigInt(number))
  }
}
