/// Cuts LaTeX, Unicode or plain notation into tokens, byte by byte.
struct MathLexer {
  /// Nil for text with a character that no answer has, or of more than `limit` bytes.
  static func tokens(_ text: some StringProtocol) -> [MathToken]? {
    text.utf8.count <= limit ? tokens(Array(text.utf8)[...]) : nil
  }

  static func tokens(_ bytes: ArraySlice<UInt8>, depth: Int = 0) -> [MathToken]? {
    guard bytes.count <= limit, depth < deepest else { return nil }
    var lexer = MathLexer(bytes: Array(bytes), depth: depth)
    return lexer.run() ? lexer.tokens : nil
  }

  static let limit = 20_000
  /// Bytes of a `\text{…}` beyond which its end is not looked for.
  static let longestText = 2_000
  /// Text within text beyond this is no answer.
  static let deepest = 8

  let bytes: [UInt8]
  var at = 0
  var tokens: [MathToken] = []
  /// Open round, square and set brackets: a comma between digits parts items there.
  var brackets = 0

  /// Of text within text.
  let depth: Int

  private init(bytes: [UInt8], depth: Int) {
    self.bytes = bytes
    self.depth = depth
    tokens.reserveCapacity(16)
  }

  func byte(_ offset: Int = 0) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }
  func isDigit(_ index: Int) -> Bool { index < bytes.count && bytes[index] &- 48 < 10 }
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 32) &- 97 < 26 }
  func hasPrefix(_ text: StaticString, at index: Int) -> Bool {
    guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
    return (0..<text.utf8CodeUnitCount).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
  }
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  mutating func run() -> Bool {
    while at < bytes.count {
      let byte = bytes[at]
      switch byte {
      case 8 where eatenBackslash(byte), 9 where eatenBackslash(byte), 12 where eatenBackslash(byte): break
      case 32, 9...13, UInt8(ascii: "$"), UInt8(ascii: "~"): at += 1
      case UInt8(ascii: "\\"):
        at += 1
        guard command() else { return false }
      case 48...57: number()
      case UInt8(ascii: ".") where isDigit(at + 1): number()
      case UInt8(ascii: "."):
        // Dots, or a full stop.
        if hasPrefix("...", at: at) {
          at += 3
          append("…")
        } else {
          at += 1
        }
      case 65...90, 97...122: letters()
      case 0x80...: guard scalar() else { return false }
      default: guard sign(byte) else { return false }
      }
    }
    return true
  }

  /// `\frac` whose `\f` became a form feed where a string was read once too often; likewise `\b`, `\t`.
  mutating func eatenBackslash(_ byte: UInt8) -> Bool {
    var end = at + 1
    while end < bytes.count, Self.isLetter(bytes[end]) { end += 1 }
    let name = (byte == 8 ? "b" : byte == 9 ? "t" : "f") + text(at + 1..<end)
    guard Self.eaten.contains(name) else { return false }
    at = end
    return command(name)
  }

  static let eaten: Set<String> = [
    "frac", "forall", "boxed", "beta", "binom", "begin", "bar", "times", "theta", "textcirc", "tan", "tfrac",
    "to",
  ]

  mutating func append(_ sign: Unicode.Scalar) { tokens.append(.sign(sign)) }

  mutating func sign(_ byte: UInt8) -> Bool {
    at += 1
    if byte == UInt8(ascii: "<"), markup() { return true }
    switch byte {
    case UInt8(ascii: "*") where self.byte() == byte:
      at += 1
      append("^")
    case UInt8(ascii: "<") where self.byte() == UInt8(ascii: "="),
      UInt8(ascii: ">") where self.byte() == UInt8(ascii: "="),
      UInt8(ascii: "!") where self.byte() == UInt8(ascii: "="):
      at += 1
      append(byte == UInt8(ascii: "<") ? "≤" : byte == UInt8(ascii: ">") ? "≥" : "≠")
    case UInt8(ascii: "("), UInt8(ascii: "["):
      brackets += 1
      append(Unicode.Scalar(byte))
    case UInt8(ascii: ")"), UInt8(ascii: "]"):
      brackets = max(0, brackets - 1)
      append(Unicode.Scalar(byte))
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "^"),
      UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","),
      UInt8(ascii: ";"),
      UInt8(ascii: ":"), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "'"):
      append(Unicode.Scalar(byte))
    case UInt8(ascii: "\""): append("\"")
    default: return false
    }
    return true
  }

  /// `<sup>2</sup>`, `<sub>1</sub>`.
  mutating func markup() -> Bool {
    for (tag, signs) in [("sup>", "^{"), ("/sup>", "}"), ("sub>", "_{"), ("/sub>", "}")]
      as [(StaticString, String)]
    where hasPrefix(tag, at: at) {
      at += tag.utf8CodeUnitCount
      for sign in signs.unicodeScalars { append(sign) }
      return true
    }
    return false
  }

  // --- Letters ---

  mutating func letters() {
    let start = at
    while at < bytes.count, Self.isLetter(bytes[at]) { at += 1 }
    // `a.m.`, `p.m.`: half of a day, and no product.
    if at == start + 1, "aApP".utf8.contains(bytes[start]), byte() == UInt8(ascii: "."),
      byte(1) | 32 == UInt8(ascii: "m"), !Self.isLetter(byte(2))
    {
      tokens.append(.word(bytes[start] | 32 == UInt8(ascii: "a") ? "am" : "pm"))
      at += byte(2) == UInt8(ascii: ".") ? 3 : 2
      return
    }
    appendLetters(text(start..<at))
  }

  /// A known function or constant, one letter, a product of two, or a word of text.
  mutating func appendLetters(_ word: String) {
    if word.utf8.count == 1 {
      tokens.append(.symbol(word))
    } else if MathToken.functions.contains(word) || isRounding(word) {
      tokens.append(.function(word))
    } else if let named = Self.named[word] {
      tokens.append(named)
    } else if word.utf8.count == 3, word.hasSuffix("pi") {
      tokens += [.symbol(String(word.prefix(1))), .symbol("pi")]
    } else if word.utf8.count == 2 || word.utf8.allSatisfy({ 120...122 ~= $0 }),
      !MathToken.shortWords.contains(word)
    {
      for letter in word { tokens.append(.symbol(String(letter))) }
    } else {
      tokens.append(.word(word))
    }
  }

  /// `floor(`: without a bracket it is where somebody lives.
  private func isRounding(_ word: String) -> Bool {
    (word == "floor" || word == "ceil") && (byte() == UInt8(ascii: "(") || hasPrefix("\\left(", at: at))
  }

  static let named: [String: MathToken] = [
    "pi": .symbol("pi"), "infinity": .sign("∞"), "inf": .sign("∞"), "infty": .sign("∞"), "oo": .sign("∞"),
    "deg": .word("degrees"), "union": .sign("∪"),
  ].merging(
    [
      "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "theta", "kappa", "lambda", "sigma", "omega",
      "phi",
      "psi", "rho", "tau", "chi",
    ].map { ($0, .symbol($0)) }, uniquingKeysWith: { first, _ in first })

  // --- Commands ---

  /// What follows a backslash.
  mutating func command() -> Bool {
    let start = at
    while at < bytes.count, Self.isLetter(bytes[at]) { at += 1 }
    return at == start ? mark() : command(text(start..<at))
  }

  /// What a command stands for; `at` is behind its name.
  mutating func command(_ name: String) -> Bool {
    switch name {
    case "text", "mathrm", "textbf", "textit", "mathbf", "mbox", "operatorname", "mathit", "rm", "mathsf",
      "texttt",
      "textrm", "textnormal", "bm", "emph", "tt", "bf", "it", "mathbb", "mathcal", "mathfrak", "hbox",
      "underline", "boxed":
      if name == "operatorname", byte() == UInt8(ascii: "*") { at += 1 }
      textArgument(name)
    case "begin", "end":
      guard byte() == UInt8(ascii: "{"), let close = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else {
        return false
      }
      let environment = text(at + 1..<close)
      at = close + 1
      if name == "begin", environment == "array", byte() == UInt8(ascii: "{") {
        // Columns: `{cc}`.
        guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else { return false }
        at = end + 1
      }
      tokens.append(name == "begin" ? .begin(environment) : .end(environment))
    default:
      if let token = MathToken.commands[name] {
        guard let token else { break }
        tokens.append(token)
        if token == .sign("⟨") { brackets += 1 }
      } else if let (known, rest) = Self.knownStart(name) {
        // `\cdotx`, `\quadx_2`: a blank was lost.
        if let known { tokens.append(known) }
        appendLetters(rest)
      } else {
        tokens.append(.symbol(name))
      }
    }
    return true
  }

  static func knownStart(_ name: String) -> (MathToken?, String)? {
    for start in ["quad", "cdot", "times", "pi", "infty", "qquad"]
    where name.hasPrefix(start) && name.utf8.count <= start.utf8.count + 2 {
      return (
        start == "pi" ? .symbol("pi") : MathToken.commands[start] ?? nil, String(name.dropFirst(start.count))
      )
    }
    return nil
  }

  mutating func mark() -> Bool {
    guard at < bytes.count else { return true }
    let mark = bytes[at]
    at += 1
    switch mark {
    case UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: ";"), UInt8(ascii: ":"), 32, UInt8(ascii: "/"),
      UInt8(ascii: ">"), 10:
      break
    case UInt8(ascii: "\\"):
      // `\\\\frac`: a backslash that was escaped once too often.
      if Self.isLetter(byte()) {
        let start = at
        var end = at
        while end < bytes.count, Self.isLetter(bytes[end]) { end += 1 }
        let name = text(start..<end)
        if name.utf8.count > 1,
          MathToken.commands[name] != nil || Self.named[name] != nil
            || ["text", "begin", "end", "mathbb", "mathrm"].contains(name)
        {
          return command()
        }
      }
      append("⏎")
      if byte() == UInt8(ascii: "["), let close = bytes[at...].firstIndex(of: UInt8(ascii: "]")),
        close - at < 8
      {
        at = close + 1  // `\\[2mm]`
      }
    case UInt8(ascii: "{"):
      brackets += 1
      append("⟨")
    case UInt8(ascii: "}"):
      brackets = max(0, brackets - 1)
      append("⟩")
    case UInt8(ascii: "%"): append("%")
    case UInt8(ascii: "|"): append("|")
    case UInt8(ascii: "$"): append("$")
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "#"): break
    case UInt8(ascii: "&"), UInt8(ascii: "_"): append(Unicode.Scalar(mark))
    default: return false
    }
    return true
  }

  /// `{…}` after `\text`: words, and what else stands between them.
  mutating func textArgument(_ name: String) {
    while byte() == 32 { at += 1 }
    guard byte() == UInt8(ascii: "{") else { return }
    var depth = 0
    var close = at
    let end = min(bytes.count, at + Self.longestText)
    while close < end {
      if bytes[close] == UInt8(ascii: "{") { depth += 1 }
      if bytes[close] == UInt8(ascii: "}") { depth -= 1 }
      if depth == 0 { break }
      close += 1
    }
    guard close < end else { return }
    let inner = text(at + 1..<close)
    at = close + 1
    if name == "mathbb", let set = ["R": "ℝ", "Z": "ℤ", "Q": "ℚ", "N": "ℕ", "C": "ℂ"][inner] {
      tokens.append(.symbol(set))
      return
    }
    for part in inner.split(whereSeparator: { $0.isWhitespace || $0 == "~" }) {
      let word = part.filter { $0.isLetter }
      if isUnit(part) {
        tokens.append(.word(String(part)))
      } else if word.utf8.count == 1, word == part {
        tokens.append(.symbol(word))
      } else if !word.isEmpty, part.dropLast(".,".contains(part.last ?? " ") ? 1 : 0) == word[...] {
        if MathToken.functions.contains(word) || isRounding(word) {
          tokens.append(.function(word))
        } else {
          tokens.append(.word(word))
        }
        if part.last == "," { append(",") }
      } else if let inner = MathLexer.tokens(Array(part.utf8)[...], depth: depth + 1) {
        tokens += inner
      }
    }
  }

  /// `m`, `m/s`, `cm^2` behind a number.
  func isUnit(_ part: Substring) -> Bool {
    switch tokens.last {
    case .number, .sign("}"), .sign(")"): break
    default: return false
    }
    let letters = part.prefix(while: \.isLetter)
    guard !letters.isEmpty, letters.utf8.count <= 3, !MathToken.functions.contains(String(letters)),
      !["e", "i", "x", "y", "z", "n", "k"].contains(letters)
    else { return false }
    return part.dropFirst(letters.count).allSatisfy {
      $0 == "/" || $0 == "^" || $0.isLetter || "234".contains($0)
    }
  }
}
