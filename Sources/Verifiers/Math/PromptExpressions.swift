/// The expressions of a text as they are written, for comparing an answer with a prompt: without blanks, braces and what
/// TeX does not print, cut at words, equals signs, stops and line breaks.
struct PromptExpressions {
  /// Scalars of a text that are read, and of an expression that is kept.
  private static let mostOfText = 20_000
  private static let mostOfExpression = 1000

  /// All expressions of a text; none of a text that is too long to be a question.
  static func all(_ text: String) -> Set<String> {
    guard text.utf8.count <= mostOfText else { return [] }
    var reading = PromptExpressions(text)
    reading.read()
    return Set(reading.found)
  }

  /// The sides of an answer that is notation from end to end; nil where there are words in it.
  static func whole(_ text: String) -> [String]? {
    guard text.utf8.count <= mostOfExpression else { return nil }
    var reading = PromptExpressions(text)
    reading.read()
    return reading.hasWords || reading.found.isEmpty ? nil : reading.found
  }

  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var current: [Unicode.Scalar] = []
  private var found: [String] = []
  private var hasWords = false

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  private func isLetter(_ index: Int) -> Bool {
    scalars.indices.contains(index) && (scalars[index].value | 32) &- 97 < 26
  }

  private func isDigit(_ index: Int) -> Bool {
    scalars.indices.contains(index) && scalars[index].value &- 48 < 10
  }

  private mutating func letters() -> String {
    let start = index
    while isLetter(index) { index += 1 }
    return String(String.UnicodeScalarView(scalars[start..<index]))
  }

  private mutating func read() {
    while index < scalars.count {
      if scalars[index] == "\\" { command() } else if isLetter(index) { word() } else { sign() }
    }
    end()
  }

  /// What TeX prints as the same, or not at all.
  private static let spellings: [String: String] = [
    "left": "", "right": "", "displaystyle": "", "quad": "", "dfrac": "\\frac", "tfrac": "\\frac",
    "cdot": "*",
    "times": "*", "div": "/", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥",
    "lt": "<", "gt": ">",
  ]

  private mutating func command() {
    index += 1
    if isLetter(index) {
      let name = letters()
      if name == "text" || name == "mathrm" || name == "textbf" || name == "mbox" { return end() }
      current.append(contentsOf: (Self.spellings[name] ?? "\\" + name).unicodeScalars)
    } else if index < scalars.count {
      switch scalars[index] {
      case ",", "!", ";", ":", " ", "{", "}": break
      case "(", ")", "[", "]", "\\": end()
      default: current.append(scalars[index])
      }
      index += 1
    }
  }

  /// Words part expressions; `x`, `xy` and `sqrt` belong to one.
  private mutating func word() {
    let word = letters()
    let isProduct =
      word.utf8.count < 3 ? !MathToken.shortWords.contains(word) : word.allSatisfy { "xyz".contains($0) }
    if isProduct || MathToken.functions.contains(word) {
      current.append(contentsOf: word.unicodeScalars)
    } else {
      hasWords = true
      end()
    }
  }

  private mutating func sign() {
    let scalar = scalars[index]
    defer { index += 1 }
    switch scalar {
    case "{", "}": break
    case "×", "·": current.append("*")
    case "÷": current.append("/")
    case "−", "–": current.append("-")
    case "*" where index + 1 < scalars.count && scalars[index + 1] == "*":
      index += 1
      // A power, or bold type.
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      if !current.isEmpty, isDigit(index + 1) || isLetter(index + 1) || next == "(" || next == "-" {
        current.append("^")
      } else {
        end()
      }
    case "|"
    where index > 0 && scalars[index - 1] == "<" || index + 1 < scalars.count && scalars[index + 1] == ">":
      end()
    case "\n", "\r", "$", "=", "?", ":", ";", "`", "\"", "“", "”": end()
    case ".", ",": if isDigit(index - 1), isDigit(index + 1) { current.append(scalar) } else { end() }
    case _ where scalar.value <= 32: if isDigit(index - 1), isDigit(index + 1) { end() }
    // Letters of other scripts are words; π and θ are not.
    case _ where scalar.value > 127 && scalar.properties.isAlphabetic && !(0x370...0x3FF ~= scalar.value):
      hasWords = true
      end()
    default: current.append(scalar)
    }
  }

  private mutating func end() {
    if current.count <= Self.mostOfExpression, let part = Self.bare(current[...]) { found.append(part) }
    current = []
  }

  /// Without the brackets around all of it, and those that were opened or closed elsewhere.
  private static func bare(_ scalars: ArraySlice<Unicode.Scalar>) -> String? {
    var part = scalars
    while let first = part.first, let last = part.last {
      if last == "(" || last == "<" {
        part.removeLast()
      } else if first == ")" || first == ">" {
        part.removeFirst()
      } else {
        var (depth, least, isWhole) = (0, 0, first == "(" && last == ")")
        for (offset, scalar) in part.enumerated() {
          depth += scalar == "(" ? 1 : scalar == ")" ? -1 : 0
          least = min(least, depth)
          if depth == 0, offset < part.count - 1 { isWhole = false }
        }
        if isWhole {
          part = part.dropFirst().dropLast()
        } else if least < 0, last == ")" {
          part.removeLast()
        } else if depth > 0, first == "(" {
          part.removeFirst()
        } else {
          break
        }
      }
    }
    return part.isEmpty ? nil : String(String.UnicodeScalarView(part))
  }
}
