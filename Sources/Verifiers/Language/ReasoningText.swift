/// A chain of thought as prose: without code, formulas and numbers, cut into sentences.
enum ReasoningText {
  /// Sentences, in order; those without letters are left out.
  static func sentences(_ text: String) -> [String] {
    var sentences: [String] = []
    var current = ""
    func flush() {
      if current.contains(where: \.isLetter) { sentences.append(current) }
      current = ""
    }
    let prose = stripped(text)
    for character in prose {
      current.append(character)
      if ".!?。！？\n;；".contains(character) { flush() }
    }
    flush()
    return sentences
  }

  /// Words: letters between other things, of two letters or more (single ones are variables, but for a few);
  /// in Han, kana and Thai half a word a character.
  static func words(_ sentence: String) -> Double {
    var count = 0.0
    var run = 0
    for scalar in sentence.unicodeScalars {
      switch Script(scalar) {
      case .han?, .kana?, .thai?: count += 0.5
      case nil:
        if scalar.properties.isDiacritic || scalar.properties.generalCategory == .nonspacingMark { continue }
        if run > 1 { count += 1 }
        run = 0
      default: run += 1
      }
    }
    return run > 1 ? count + 1 : count
  }

  /// Without fenced code, `code`, `$…$`, `\(…\)`, `\[…\]`, commands of TeX, and lines that are formulas.
  private static func stripped(_ text: String) -> String {
    var out = ""
    var rest = text[...]
    while let character = rest.first {
      if rest.hasPrefix("```") {
        rest = skip(rest.dropFirst(3), to: "```")
      } else if character == "`", let end = closing(rest.dropFirst(), "`") {
        rest = rest[end...]
      } else if rest.hasPrefix("$$") {
        rest = skip(rest.dropFirst(2), to: "$$")
      } else if character == "$", let end = formula(rest.dropFirst()) {
        rest = rest[end...]
      } else if rest.hasPrefix("\\(") {
        rest = skip(rest.dropFirst(2), to: "\\)")
      } else if rest.hasPrefix("\\[") {
        rest = skip(rest.dropFirst(2), to: "\\]")
      } else if character == "\\" {
        rest = rest.dropFirst().drop { $0.isASCII && $0.isLetter }
        out.append(" ")
        continue
      } else {
        out.append(character)
        rest.removeFirst()
        continue
      }
      out.append(" ")
    }
    return out
  }

  private static func skip(_ text: Substring, to end: String) -> Substring {
    guard let range = text.firstRange(of: end) else { return text.suffix(0) }
    return text[range.upperBound...]
  }

  /// Behind the next `end` on the same line, within 200 characters.
  private static func closing(_ text: Substring, _ end: Character) -> Substring.Index? {
    let line = text.prefix(200).prefix { !$0.isNewline }
    return line.firstIndex(of: end).map { text.index(after: $0) }
  }

  /// Behind a `$` that closes a formula: prose between two prices has a blank before the second dollar, or a
  /// digit after it, or a word of four letters inside.
  private static func formula(_ text: Substring) -> Substring.Index? {
    guard let end = closing(text, "$") else { return nil }
    let inside = text[..<text.index(before: end)]
    if inside.isEmpty || inside.last?.isWhitespace == true || text[end...].first?.isNumber == true {
      return nil
    }
    let words = inside.split { !$0.isLetter }
    let hasProse = words.contains { $0.count > 3 } && !inside.contains("\\") && !inside.contains("=")
    return hasProse ? nil : end
  }
}
