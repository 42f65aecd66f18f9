import Foundation

/// Characters beyond ASCII.
extension MathLexer {
  mutating func scalar() -> Bool {
    var length = 1
    while at + length < bytes.count, bytes[at + length] & 0xC0 == 0x80, length < 4 { length += 1 }
    guard let scalar = text(at..<at + length).unicodeScalars.first else { return false }
    at += length
    if let token = MathToken.scalars[scalar] {
      tokens.append(token)
      // `√13`: TeX would take one digit, and nobody who writes the sign means that.
      if token == .function("sqrt") || token == .function("cbrt"), isDigit(at) {
        append("{")
        number()
        append("}")
      }
    } else if let superscript = Self.superscripts[scalar] {
      var run = [superscript]
      while let next = text(at..<min(at + 3, bytes.count)).unicodeScalars.first,
        let more = Self.superscripts[next]
      {
        if case .number(let a)? = run.last, case .number(let b) = more {
          run[run.count - 1] = .number(a + b)
        } else {
          run.append(more)
        }
        at += String(next).utf8.count
      }
      // `1,000 m²`: a unit, where a product with a letter would be `m^2`.
      if case .number(let power)? = run.first, run.count == 1, power == "2" || power == "3", tokens.count > 1,
        tokens[tokens.count - 1] == .symbol("m"), case .number = tokens[tokens.count - 2]
      {
        tokens[tokens.count - 1] = .word("m")
      }
      if case .word? = tokens.last {
        tokens += [.sign("^")] + run
      } else {
        tokens += [.sign("^"), .sign("{")] + run + [.sign("}")]
      }
    } else if 0x2460...0x2473 ~= scalar.value {
      // `②③`: choices, one after the other.
      if case .number? = tokens.last, isCircled(before: at - length) { tokens.append(.sign(",")) }
      tokens.append(.number("\(scalar.value - 0x245F)"))
    } else if scalar.properties.isWhitespace {
      return true
    } else if let digit = scalar.properties.numericType == .decimal ? scalar.properties.numericValue : nil {
      // Other scripts' digits stand in runs.
      if case .number(let before)? = tokens.last {
        guard before.utf8.count <= Rational.mostDigits else { return false }
        tokens[tokens.count - 1] = .number(before + "\(Int(digit))")
      } else {
        tokens.append(.number("\(Int(digit))"))
      }
    } else if case let plain = String(scalar).precomposedStringWithCompatibilityMapping,
      plain != String(scalar),
      let inner = MathLexer.tokens(plain)
    {
      tokens += inner
    } else if scalar.properties.isAlphabetic {
      return word(from: scalar)
    } else if "。“”‘．".unicodeScalars.contains(scalar) {
      return true
    } else {
      return false
    }
    return true
  }

  /// Whether a circled number ends here.
  private func isCircled(before index: Int) -> Bool {
    guard index >= 3, let scalar = text(index - 3..<index).unicodeScalars.first else { return false }
    return 0x2460...0x2473 ~= scalar.value
  }

  /// A Greek letter by its name, else a word in another script.
  private mutating func word(from first: Unicode.Scalar) -> Bool {
    if let name = first.properties.name, name.hasPrefix("GREEK SMALL LETTER ") {
      tokens.append(.symbol(name.dropFirst("GREEK SMALL LETTER ".count).lowercased()))
      return true
    }
    var word = String(first)
    for scalar in text(at..<bytes.count).unicodeScalars {
      guard scalar.properties.isAlphabetic else { break }
      word.unicodeScalars.append(scalar)
      at += String(scalar).utf8.count
    }
    tokens.append(.word(word))
    return true
  }

  private static let superscripts: [Unicode.Scalar: MathToken] = {
    var table: [Unicode.Scalar: MathToken] = [
      "⁻": .sign("-"), "⁺": .sign("+"), "ⁿ": .symbol("n"), "ˣ": .symbol("x"),
    ]
    for (index, scalar) in "⁰¹²³⁴⁵⁶⁷⁸⁹".unicodeScalars.enumerated() { table[scalar] = .number("\(index)") }
    return table
  }()
}
