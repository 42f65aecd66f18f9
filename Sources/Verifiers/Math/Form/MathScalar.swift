import BigInt

/// An expression with what stands around it: a unit, a per cent sign.
struct MathScalar {
  var node: MathNode
  /// Words behind it: `cm`, `apples`.
  var unit: [String] = []
  var isPercent = false
  /// Digits after the point, and significant ones, of a decimal literal.
  var decimals: (places: Int, significant: Int)?
  /// Of `1202_3`; and its digits as they would be read without one.
  var base: Int?
  var face: BigInt?
  /// Whether it is a sum, product, ... of literals, to be worked out: `123+438`.
  var isUnevaluated = false

  init(_ node: MathNode) {
    self.node = node
    isUnevaluated = node.isArithmetic || node.hasSeries
  }

  private static let factors: [String: Int] = [
    "hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
  ]
  /// Words that make another number of the one before them, or take it back.
  private static let changes: Set<String> = [
    "wrong", "false", "incorrect", "untrue", "never", "factorial", "thirds", "fifths", "sixths", "eighths",
    "tenths", "hundredths", "thousandths",
  ]
  private static let prose: Set<String> = [
    "not", "or", "is", "no", "maybe", "either", "unknown", "and", "january", "february", "march", "april",
    "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]

  /// Nil where the tokens are no expression from end to end.
  init?(_ tokens: ArraySlice<MathToken>, _ marks: TokenMarks) {
    var tokens = tokens
    var factor = 1
    if marks.contains(.dollar), tokens.first == .sign("$") || tokens.starts(with: [.sign("-"), .sign("$")]) {
      unit = ["dollar"]
      tokens = tokens.filter { $0 != .sign("$") }[...]
    }
    let sign = tokens.first == .sign("-") ? tokens.dropFirst().first : tokens.first
    if marks.contains(.word), let money = sign?.text, MathToken.currencies.contains(money), tokens.count > 1 {
      unit = [money]
      if let first = tokens.firstIndex(of: .word(money)) {
        tokens = (tokens[..<first] + tokens[(first + 1)...])[...]
      }
      // `€5-€10` is no one sum.
      guard !tokens.contains(.word(money)) else { return nil }
    }
    loop: while let last = tokens.last, tokens.count > 1 {
      switch last {
      case .word(let word) where MathToken.fractions[word] != nil: break loop
      case .word(let word):
        let lower = word.lowercased()
        if ["percent", "pct", "percentage"].contains(lower) {
          isPercent = true
        } else if let times = Self.factors[lower] {
          factor *= times
        } else if lower == "repeating" || lower == "recurring", tokens.count <= 3 {
          tokens.removeLast()
          tokens.append(.sign("…"))
          continue loop
        } else if ["degree", "degrees"].contains(lower) {
          tokens.removeLast()
          tokens.append(.sign("°"))
          break loop
        } else {
          unit.insert(Self.unitWord(word), at: 0)
        }
        tokens.removeLast()
      case .sign("%"):
        isPercent = true
        tokens.removeLast()
      case .sign("$"):
        unit = ["dollar"]
        tokens.removeLast()
      // `cm^2`, `km/h` behind a number.
      // `cm/s`, `cm/s^2`: a letter below a unit is one.
      case .symbol(let letter) where Self.isBelowUnit(tokens):
        unit.insert(letter.lowercased(), at: 0)
        tokens.removeLast()
      case .number(let power)
      where power.count == 1 && tokens.dropLast().last == .sign("^") && Self.isBelowUnit(tokens.dropLast(2)):
        tokens.removeLast(2)
        if case .symbol(let letter)? = tokens.popLast() {
          unit.insert(letter.lowercased() + "^" + power, at: 0)
        }
      case .number(let power) where power.count == 1:
        guard tokens.count > 3, tokens.dropLast().last == .sign("^"), case .word? = tokens.dropLast(2).last
        else { break loop }
        tokens.removeLast(2)
        if case .word(let word)? = tokens.popLast() { unit.insert(word.lowercased() + "^" + power, at: 0) }
      case .sign(")"):
        // `14 (fourteen)`.
        guard let open = tokens.lastIndex(of: .sign("(")), open > tokens.startIndex,
          tokens[open...].dropFirst().dropLast().allSatisfy({ if case .word = $0 { true } else { false } })
        else { break loop }
        tokens = tokens[..<open]
      case .sign("…"):
        tokens.removeLast()
        if case .number(let text)? = tokens.last, tokens.count <= 2, let value = Self.repeating(text) {
          node = .number(tokens.count == 1 ? value : -value)
          return
        }
      case .sign("}"):
        // `12^{\\text{th}}`.
        guard tokens.count > 4, tokens[tokens.endIndex - 4] == .sign("^"),
          case .word(let word) = tokens[tokens.endIndex - 2],
          ["st", "nd", "rd", "th"].contains(word)
        else { break loop }
        tokens.removeLast(4)
      case .sign("/"):
        if !unit.isEmpty { unit.insert("/", at: 0) }
        tokens.removeLast()
      default: break loop
      }
    }
    guard !unit.contains(where: { Self.prose.contains($0) || Self.changes.contains($0) }),
      unit != ["squared"], unit != ["cubed"], unit.count <= 6
    else { return nil }
    var magnitude = tokens
    if case .sign("-")? = tokens.first { magnitude = tokens.dropFirst() }
    if magnitude.count == 1, case .number(let text)? = magnitude.first, let point = text.firstIndex(of: ".") {
      let places = text.distance(from: point, to: text.endIndex) - 1
      decimals = (places, text.drop { $0 == "0" || $0 == "." }.count(where: \.isNumber))
    }
    if marks.contains(.base), let (value, base) = Self.basedNumber(magnitude) {
      node = .number(Rational(magnitude.count == tokens.count ? value : -value))
      self.base = base
      // Of `2A_{16}` the digits are no number.
      if magnitude.firstIndex(of: .sign("_")) == magnitude.startIndex + 1,
        case .number(let text)? = magnitude.first
      {
        face = BigInt(text)
      }
      return
    }
    var parser = MathParser(tokens)
    guard let node = parser.whole() else { return nil }
    self.node = factor == 1 ? node : node.scaled(by: .number(Rational(factor)))
    if factor != 1 { decimals = nil }
    isUnevaluated = node.isArithmetic || node.hasSeries
  }

  /// In lower case but for `M` of `MW`, which is a million times `m`.
  private static func unitWord(_ word: String) -> String {
    let bytes = Array(word.utf8.prefix(2))
    return bytes.count == 2 && bytes[0] == UInt8(ascii: "M") && bytes[1] &- 65 < 26 && word.utf8.count <= 3
      ? "mega" + word.dropFirst().lowercased() : word.lowercased()
  }

  private static func isBelowUnit(_ tokens: ArraySlice<MathToken>) -> Bool {
    guard tokens.count > 3, case .symbol? = tokens.last else { return false }
    return tokens.dropLast().last == .sign("/") && tokens.dropLast(2).last?.text != nil
  }

  /// `0.333`, of which dots say that it goes on so.
  private static func repeating(_ text: String) -> Rational? {
    guard let point = text.firstIndex(of: "."), text.utf8.count <= 40 else { return nil }
    let places = Array(text[text.index(after: point)...])
    for period in 1...6 where places.count >= max(3, 2 * period) {
      let tail = places.suffix(period)
      guard Array(tail) == Array(places.dropLast(period).suffix(period)), let whole = Rational(decimal: text),
        let rest = BigInt(String(tail)), let unit = Rational(rest, BigInt(10).power(period) - 1)
      else { continue }
      return unit.divided(by: Rational(BigInt(10).power(places.count))).map { whole + $0 }
    }
    return nil
  }

  /// `1202_3`, `2A_{16}`, `1202 base 3`: digits that the base has.
  private static func basedNumber(_ tokens: ArraySlice<MathToken>) -> (BigInt, Int)? {
    guard let mark = tokens.firstIndex(of: .sign("_")), mark > tokens.startIndex else { return nil }
    var rest = tokens[tokens.index(after: mark)...].filter {
      ![.sign("{"), .sign("}"), .sign("("), .sign(")")].contains($0)
    }
    if case .word(let word)? = rest.first, word.lowercased() == "base" { rest.removeFirst() }
    let words = ["two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9]
    let base: Int
    switch rest.first {
    case .number(let text)? where rest.count == 1: base = Int(text) ?? 0
    case .word(let text)? where rest.count == 1: base = words[text.lowercased()] ?? 0
    default: return nil
    }
    var digits = ""
    for token in tokens[..<mark] {
      switch token {
      case .number(let text): digits += text
      case .symbol(let text) where text.utf8.count == 1: digits += text
      case .sign("("), .sign(")"), .sign("{"), .sign("}"): continue
      default: return nil
      }
    }
    guard (2...35).contains(base), (1...1000).contains(digits.utf8.count),
      case .number? = tokens[..<mark].first(where: { $0 != .sign("(") && $0 != .sign("{") }),
      let value = BigInt(digits, radix: base)
    else { return nil }
    return (value, base)
  }
}

extension MathNode {
  /// Whether it is made of numbers by + - · ÷ alone, and more than a literal.
  fileprivate var isArithmetic: Bool { !isLiteral && isOfNumbers }

  /// `-3`, `0.5`, `-3/4`, and `4 + 4/9` as some write 4 4/9.
  var isLiteral: Bool {
    switch self {
    case .divide(let a, let b): a.isSigned && b.isSigned
    case .negate(let a), .call("floor", let a), .call("ceil", let a): a.isLiteral
    case .add(.number(let whole), .divide(.number(let a), .number(let b))),
      .add(.number(let whole), .negate(.divide(.number(let a), .number(let b)))):
      whole.isInteger && a.isInteger && b.isInteger && (a - b).isNegative
    default: isSigned
    }
  }

  /// A product of two literals is one: `1/5` before a column, `5 million`.
  func scaled(by factor: MathNode) -> MathNode {
    let product = MathNode.multiply(factor, self)
    return isLiteral && factor.isLiteral ? product.exact().map(MathNode.number) ?? product : product
  }

  private var isSigned: Bool {
    switch self {
    case .number: true
    case .negate(let a): a.isSigned
    default: false
    }
  }

  private var isOfNumbers: Bool {
    switch self {
    case .number: true
    case .add(let a, let b), .multiply(let a, let b), .divide(let a, let b): a.isOfNumbers && b.isOfNumbers
    case .negate(let a), .call("floor", let a), .call("ceil", let a), .call("abs", let a): a.isOfNumbers
    default: false
    }
  }
}
