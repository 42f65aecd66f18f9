/// LaTeX, Unicode or plain notation cut into the few tokens that answers are made of.
enum MathToken: Equatable {
  case number(Substring)
  /// A letter or a named symbol: `x`, `alpha`, `pi`.
  case symbol(String)
  /// `sqrt`, `frac`, `sin`, ...
  case function(String)
  /// `+ - * / ^ _ = ( ) [ ] { } , ; ! % ° < >`, and `≤ ≥ ≠ ± ∪ ∞` as they are.
  case sign(Character)
  /// A word of text: `or`, `cm`, `Saturday`.
  case word(String)
}

struct MathLexer {
  /// Nil for text with a character that no answer has, or of more than 20,000 bytes.
  static func tokens(_ text: String) -> [MathToken]? {
    guard text.utf8.count <= 20_000 else { return nil }
    var lexer = MathLexer(rest: Substring(text))
    return lexer.run() ? lexer.tokens : nil
  }

  private var rest: Substring
  private var tokens: [MathToken] = []

  private init(rest: Substring) { self.rest = rest }

  private mutating func run() -> Bool {
    while let character = rest.first {
      if character.isWhitespace || character == "$" || character == "~" {
        rest.removeFirst()
      } else if character == "\\" {
        rest.removeFirst()
        guard command() else { return false }
      } else if character.isASCII && character.isNumber
        || character == "." && rest.dropFirst().first?.isNumber == true
      {
        number()
      } else if character.isLetter {
        word()
      } else if let sign = Self.signs[character] {
        rest.removeFirst()
        tokens.append(sign)
      } else if let digit = character.wholeNumberValue, digit < 10 {
        // Other scripts' digits, superscripts as powers.
        rest.removeFirst()
        if "⁰¹²³⁴⁵⁶⁷⁸⁹".contains(character) { tokens.append(.sign("^")) }
        tokens.append(.number(Substring(String(digit))))
      } else {
        return false
      }
    }
    return true
  }

  private static let signs: [Character: MathToken] = {
    var table: [Character: MathToken] = [
      "−": .sign("-"), "–": .sign("-"), "×": .sign("*"), "·": .sign("*"), "∙": .sign("*"), "⋅": .sign("*"),
      "÷": .sign("/"), "π": .symbol("pi"), "√": .function("sqrt"), "½": .word("½"), "′": .word("′"),
    ]
    for sign in "+-*/^_=()[]{},;!%°<>≤≥≠±∪∩∞|:'&" { table[sign] = .sign(sign) }
    return table
  }()

  /// Digits with group separators: `1,234`, `1{,}234`, `1\,234`.
  private mutating func number() {
    var digits = ""
    while let next = rest.first {
      if next.isASCII && next.isNumber
        || next == "." && rest.dropFirst().first?.isNumber == true && !digits.contains(".")
      {
        digits.append(next)
        rest.removeFirst()
      } else if let length = separator(), !digits.contains("."), !digits.isEmpty, digits.count <= 3 || grouped
      {
        rest = rest.dropFirst(length)
        grouped = true
      } else {
        break
      }
    }
    if rest.first == ".", rest.dropFirst().first.map({ !$0.isNumber }) ?? true, !digits.contains(".") {
      rest.removeFirst()  // `7.`
    }
    grouped = false
    tokens.append(.number(Substring(digits)))
    exponent()
  }

  /// `e-19` behind a number: a power of ten.
  private mutating func exponent() {
    guard let letter = rest.first, letter == "e" || letter == "E" else { return }
    var after = rest.dropFirst()
    let sign = after.first.flatMap { "+-−".contains($0) ? $0 : nil }
    if sign != nil { after.removeFirst() }
    let digits = after.prefix { $0.isASCII && $0.isNumber }
    let next = after.dropFirst(digits.count).first
    guard !digits.isEmpty, next.map({ !$0.isLetter && $0 != "." && $0 != "^" }) ?? true else { return }
    rest = after.dropFirst(digits.count)
    tokens += [.sign("*"), .number("10"), .sign("^"), .sign("{")]
    if let sign, sign != "+" { tokens.append(.sign("-")) }
    tokens += [.number(digits), .sign("}")]
  }
  private var grouped = false

  /// Characters of a group separator that three digits and no fourth follow; nil when there is none.
  private func separator() -> Int? {
    for mark in [",", "{,}", "\\,", "\\!", "\u{2009}", "\u{202F}", "\u{00A0}"] where rest.hasPrefix(mark) {
      let after = rest.dropFirst(mark.count)
      let digits = after.prefix { $0.isASCII && $0.isNumber }
      return digits.count == 3 ? mark.count : nil
    }
    return nil
  }

  private mutating func word() {
    let word = String(rest.prefix { $0.isLetter })
    rest = rest.dropFirst(word.count)
    append(word)
  }

  /// A known function or constant, one letter, or a word of text.
  private mutating func append(_ word: String) {
    switch word {
    case _ where Self.functions.contains(word): tokens.append(.function(word))
    case "pi": tokens.append(.symbol(word))
    case "infinity", "inf", "infty": tokens.append(.sign("∞"))
    case "sqrt": tokens.append(.function("sqrt"))
    case _ where word.count == 1: tokens.append(.symbol(word))
    default: tokens.append(.word(word))
    }
  }

  private static let functions: Set<String> = [
    "sin", "cos", "tan", "cot", "sec", "csc", "ln", "log", "exp", "arcsin", "arccos", "arctan", "sqrt",
  ]

  /// What follows a backslash.
  private mutating func command() -> Bool {
    let name = String(rest.prefix { $0.isLetter && $0.isASCII })
    if name.isEmpty {
      guard let mark = rest.popFirst() else { return false }
      switch mark {
      case ",", "!", ";", ":", " ", "\\": break
      case "{", "}", "%": tokens.append(.sign(mark))
      case "$": break
      case "(", ")", "[", "]": break  // delimiters of a formula
      default: return false
      }
      return true
    }
    rest = rest.dropFirst(name.count)
    switch name {
    case "left", "right", "big", "Big", "bigl", "bigr", "displaystyle", "quad", "qquad", "limits": break
    case "frac", "dfrac", "tfrac", "cfrac": tokens.append(.function("frac"))
    case "sqrt": tokens.append(.function("sqrt"))
    case "cdot", "times", "ast": tokens.append(.sign("*"))
    case "div": tokens.append(.sign("/"))
    case "pm": tokens.append(.sign("±"))
    case "infty": tokens.append(.sign("∞"))
    case "cup": tokens.append(.sign("∪"))
    case "le", "leq", "leqslant": tokens.append(.sign("≤"))
    case "ge", "geq", "geqslant": tokens.append(.sign("≥"))
    case "ne", "neq": tokens.append(.sign("≠"))
    case "lt": tokens.append(.sign("<"))
    case "gt": tokens.append(.sign(">"))
    case "circ", "degree": tokens.append(.sign("°"))
    case "pi": tokens.append(.symbol("pi"))
    case "text", "mathrm", "textbf", "textit", "mathbf", "mbox", "operatorname", "mathit", "rm":
      textArgument()
    case _ where Self.functions.contains(name): tokens.append(.function(name))
    default: tokens.append(.symbol(name))
    }
    return true
  }

  /// `{…}` after `\text`: its words.
  private mutating func textArgument() {
    guard rest.first == "{", let close = rest.firstIndex(of: "}") else { return }
    let inner = rest[rest.index(after: rest.startIndex)..<close]
    rest = rest[rest.index(after: close)...]
    for part in inner.split(whereSeparator: { $0.isWhitespace }) {
      let word = part.filter { $0.isLetter }
      if !word.isEmpty, word.count == part.filter({ $0.isLetter || $0.isNumber }).count {
        tokens.append(.word(word))
      } else if let inner = MathLexer.tokens(String(part)) {
        tokens += inner
      }
    }
  }
}
