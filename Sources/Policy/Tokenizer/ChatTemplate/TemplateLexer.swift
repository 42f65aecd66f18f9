/// A word of a template.
enum TemplateToken: Sendable, Hashable {
  case text(String)
  /// `{{`, `}}`, `{%`, `%}`
  case outputStart, outputEnd, tagStart, tagEnd
  case name(String)
  case string(String)
  case integer(Int)
  case decimal(Double)
  case symbol(String)
}

/// Cuts a template into tokens and settles the white space around its tags.
struct TemplateLexer {
  private let text: [Unicode.Scalar]
  private var position = 0
  private var tokens: [TemplateToken] = []
  /// Whether the next text starts a line.
  private var startsLine = true

  static func tokens(of text: String) throws(ChatTemplateError) -> [TemplateToken] {
    var scalars = Array(text.replacingNewlines.unicodeScalars)
    if scalars.last == "\n" { scalars.removeLast() }
    var lexer = TemplateLexer(text: scalars)
    while lexer.position < scalars.count { try lexer.textAndTag() }
    return lexer.tokens
  }

  private init(text: [Unicode.Scalar]) { self.text = text }

  private func has(_ symbol: String, at place: Int) -> Bool {
    let scalars = symbol.unicodeScalars
    return place + scalars.count <= text.count && text[place..<place + scalars.count].elementsEqual(scalars)
  }

  private func error(_ what: String) -> ChatTemplateError {
    let line = text[..<min(position, text.count)].count { $0 == "\n" } + 1
    return ChatTemplateError("\(what), line \(line)")
  }

  private mutating func textAndTag() throws(ChatTemplateError) {
    let start = position
    while position < text.count,
      !(has("{{", at: position) || has("{%", at: position) || has("{#", at: position))
    {
      position += 1
    }
    var end = position
    guard position < text.count else {
      append(text[start..<end])
      return
    }
    let kind = text[position + 1]
    position += 2
    if position < text.count, text[position] == "-" {
      while end > start, text[end - 1].properties.isWhitespace { end -= 1 }
      position += 1
    } else if position < text.count, text[position] == "+" {
      position += 1
    } else if kind != "{" {
      var line = end
      while line > start, text[line - 1] != "\n", text[line - 1].properties.isWhitespace { line -= 1 }
      if line > start ? text[line - 1] == "\n" : startsLine { end = line }
    }
    append(text[start..<end])
    switch kind {
    case "#":
      while position < text.count, !has("#}", at: position) { position += 1 }
      guard position < text.count else { throw error("a comment isn't closed") }
      let strips = text[position - 1] == "-"
      position += 2
      afterTag(strips: strips, trims: true)
    case "%":
      tokens.append(.tagStart)
      try expression(until: "%}", as: .tagEnd)
    default:
      tokens.append(.outputStart)
      try expression(until: "}}", as: .outputEnd)
    }
  }

  private mutating func append(_ part: ArraySlice<Unicode.Scalar>) {
    if part.isEmpty { return }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: part)
    tokens.append(.text(String(view)))
  }

  private mutating func afterTag(strips: Bool, trims: Bool) {
    startsLine = false
    if strips {
      while position < text.count, text[position].properties.isWhitespace {
        startsLine = text[position] == "\n"
        position += 1
      }
    } else if trims, position < text.count, text[position] == "\n" {
      position += 1
      startsLine = true
    }
  }

  private mutating func expression(
    until end: String, as token: TemplateToken
  ) throws(ChatTemplateError) {
    var depth = 0
    while position < text.count {
      let scalar = text[position]
      if scalar.properties.isWhitespace {
        position += 1
        continue
      }
      if depth == 0 {
        let sign = scalar == "-" || scalar == "+" ? 1 : 0
        if has(end, at: position + sign) {
          position += sign + 2
          tokens.append(token)
          afterTag(strips: sign == 1 && scalar == "-", trims: token == .tagEnd && sign == 0)
          return
        }
      }
      switch scalar {
      case "'", "\"": try string(scalar)
      case "0"..."9": try number()
      case "_", "a"..."z", "A"..."Z": name()
      default:
        let two = ["==", "!=", "<=", ">=", "//", "**"].first { has($0, at: position) }
        let symbol = two ?? String(Character(scalar))
        guard two != nil || "+-*/%~|.,:()[]{}<>=".unicodeScalars.contains(scalar) else {
          throw error("“\(symbol)” is not understood")
        }
        if "([{".contains(symbol) { depth += 1 }
        if ")]}".contains(symbol) { depth -= 1 }
        position += two == nil ? 1 : 2
        tokens.append(.symbol(symbol))
      }
    }
    throw error("“\(end)” is missing")
  }

  private mutating func name() {
    var view = String.UnicodeScalarView()
    while position < text.count {
      let scalar = text[position]
      guard
        scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
          || ("0"..."9").contains(scalar)
      else { break }
      view.append(scalar)
      position += 1
    }
    tokens.append(.name(String(view)))
  }

  private mutating func number() throws(ChatTemplateError) {
    var digits = ""
    var isDecimal = false
    while position < text.count {
      let scalar = text[position]
      if scalar == ".", position + 1 < text.count, ("0"..."9").contains(text[position + 1]), !isDecimal {
        isDecimal = true
      } else if !("0"..."9").contains(scalar) {
        break
      }
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    if !isDecimal, let value = Int(digits) {
      tokens.append(.integer(value))
    } else if isDecimal, let value = Double(digits) {
      tokens.append(.decimal(value))
    } else {
      throw error("“\(digits)” is no number")
    }
  }

  private mutating func string(_ quote: Unicode.Scalar) throws(ChatTemplateError) {
    position += 1
    var view = String.UnicodeScalarView()
    while position < text.count, text[position] != quote {
      if text[position] == "\\", position + 1 < text.count {
        position += 1
        try escape(into: &view)
      } else {
        view.append(text[position])
        position += 1
      }
    }
    guard position < text.count else { throw error("a string isn't closed") }
    position += 1
    tokens.append(.string(String(view)))
  }

  /// As in a Python string: an unknown escape keeps its backslash.
  private mutating func escape(into view: inout String.UnicodeScalarView) throws(ChatTemplateError) {
    let scalar = text[position]
    position += 1
    switch scalar {
    case "n": view.append("\n")
    case "t": view.append("\t")
    case "r": view.append("\r")
    case "\\", "'", "\"": view.append(scalar)
    case "\n": break
    case "x", "u", "U":
      let length = scalar == "x" ? 2 : scalar == "u" ? 4 : 8
      var value: UInt32 = 0
      for _ in 0..<length {
        guard position < text.count, let digit = Character(text[position]).hexDigitValue else {
          throw error("an escape is cut off")
        }
        value = value << 4 | UInt32(digit)
        position += 1
      }
      guard let scalar = Unicode.Scalar(value) else { throw error("an escape is no character") }
      view.append(scalar)
    default:
      view.append("\\")
      view.append(scalar)
    }
  }
}

extension String {
  /// `\r\n` and `\r` as `\n`, as Jinja reads its source.
  fileprivate var replacingNewlines: String {
    var view = String.UnicodeScalarView()
    var isAfterReturn = false
    for scalar in unicodeScalars {
      if scalar == "\r" {
        view.append("\n")
      } else if !(scalar == "\n" && isAfterReturn) {
        view.append(scalar)
      }
      isAfterReturn = scalar == "\r"
    }
    return String(view)
  }
}
