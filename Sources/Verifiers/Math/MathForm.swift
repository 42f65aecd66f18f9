/// What kind of thing an answer is, read from its tokens.
indirect enum MathForm {
  case value(Scalar)
  /// Order does not matter.
  case list([MathForm])
  case tuple([MathForm])
  case interval(open: Bool, MathForm, MathForm, closedByOpen: Bool)
  case union([MathForm])
  case equation([MathNode], leftName: String?)
  /// `true`: +∞.
  case infinity(Bool)
  case relation(String, MathNode, MathNode)
  case text(String)

  struct Scalar {
    var node: MathNode
    /// Words behind it: `cm`, `apples`.
    var unit: [String] = []
    var isPercent = false
    /// Digits after the point, and significant ones, of a decimal literal.
    var decimals: (places: Int, significant: Int)?
  }

  var isText: Bool { if case .text = self { true } else { false } }

  /// Nil for tokens that say nothing.
  init?(_ tokens: ArraySlice<MathToken>) {
    var tokens = tokens
    while let last = tokens.last, [.sign(","), .sign(";"), .sign(":"), .sign("!")].contains(last),
      tokens.count > 1,
      last != .sign("!") || { if case .word = tokens.dropLast().last { true } else { false } }()
    { tokens.removeLast() }
    guard !tokens.isEmpty else { return nil }
    let parts = Self.split(tokens) { $0 == .sign("∪") }
    if parts.count > 1 {
      let forms = parts.compactMap { MathForm($0) }
      guard forms.count == parts.count else { return nil }
      self = .union(forms)
      return
    }
    let items = Self.split(tokens) {
      [.sign(","), .sign(";"), .word("or"), .word("and"), .word("Or"), .word("And")].contains($0)
    }
    if items.count > 1 {
      let forms = items.filter { !$0.isEmpty }.compactMap { MathForm($0) }
      guard !forms.isEmpty else { return nil }
      self = forms.count == 1 ? forms[0] : .list(forms.flatMap(\.flattened))
      return
    }
    self = Self.single(tokens)
  }

  /// Lists within lists are one list: `x = 1, and 3`.
  private var flattened: [MathForm] { if case .list(let items) = self { items } else { [self] } }

  private static func single(_ tokens: ArraySlice<MathToken>) -> MathForm {
    if let bracketed = bracketed(tokens) { return bracketed }
    for sign: Character in ["≤", "≥", "<", ">", "≠"] {
      let sides = split(tokens) { $0 == .sign(sign) }
      guard sides.count == 2 else { continue }
      var (left, right) = (MathParser(sides[0]), MathParser(sides[1]))
      guard let a = left.whole(), let b = right.whole() else { continue }
      switch sign {
      case ">": return .relation("<", b, a)
      case "≥": return .relation("≤", b, a)
      default: return .relation(String(sign), a, b)
      }
    }
    let sides = split(tokens) { $0 == .sign("=") }
    if sides.count > 1 {
      let name = leftName(sides[0])
      if name != nil, sides.count == 2, case let form = single(sides[1]), !form.isText {
        if case .value(let scalar) = form { return .equation([.symbol("="), scalar.node], leftName: name) }
        return form
      }
      var nodes: [MathNode] = []
      for side in sides {
        var parser = MathParser(side)
        guard let node = parser.whole() else { return .text(plain(tokens)) }
        nodes.append(node)
      }
      return .equation(nodes, leftName: nil)
    }
    if tokens == [.sign("∞")] || tokens == [.sign("+"), .sign("∞")] { return .infinity(true) }
    if tokens == [.sign("-"), .sign("∞")] { return .infinity(false) }
    if let plusMinus = plusMinus(tokens) { return plusMinus }
    return scalar(tokens).map(MathForm.value) ?? .text(plain(tokens))
  }

  /// `x`, `x_1`, `f(x)`: the name that an assignment gives; nil for an expression.
  private static func leftName(_ tokens: ArraySlice<MathToken>) -> String? {
    var names: [String] = []
    for token in tokens {
      switch token {
      case .symbol(let name), .word(let name): names.append(name)
      case .number(let text) where !names.isEmpty: names.append(String(text))
      case .sign("_"), .sign("{"), .sign("}"), .sign("("), .sign(")"): continue
      default: return nil
      }
    }
    return names.isEmpty || names.count > 4 ? nil : names.joined(separator: " ")
  }

  /// `{…}`, `(a, b)`, `[a, b)`.
  private static func bracketed(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    guard case .sign(let open)? = tokens.first, case .sign(let close)? = tokens.last, "{([".contains(open),
      "})]".contains(close), closes(tokens)
    else { return nil }
    let inner = tokens.dropFirst().dropLast()
    let items = split(inner) { $0 == .sign(",") || $0 == .sign(";") }
    let forms = items.compactMap { MathForm($0) }
    guard forms.count == items.count else { return nil }
    if open == "{", close == "}" {
      return forms.count == 1 ? forms[0] : .list(forms)
    }
    guard forms.count > 1 else { return nil }
    if forms.count == 2, open == "[" || close == "]" {
      return .interval(open: open == "(", forms[0], forms[1], closedByOpen: close == ")")
    }
    if open == "(", close == ")" {
      let infinite = forms.contains { if case .infinity = $0 { true } else { false } }
      if forms.count == 2, infinite { return .interval(open: true, forms[0], forms[1], closedByOpen: true) }
      return .tuple(forms)
    }
    return nil
  }

  /// Whether the first bracket is closed by the last token and no earlier one.
  private static func closes(_ tokens: ArraySlice<MathToken>) -> Bool {
    var depth = 0
    for (index, token) in zip(tokens.indices, tokens) {
      guard case .sign(let sign) = token else { continue }
      if "{([".contains(sign) { depth += 1 }
      if "})]".contains(sign) { depth -= 1 }
      if depth == 0 { return index == tokens.index(before: tokens.endIndex) }
    }
    return false
  }

  private static func plusMinus(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    guard tokens.count(where: { $0 == .sign("±") }) == 1 else { return nil }
    let both = ["+", "-"].compactMap { sign -> MathForm? in
      scalar(tokens.map { $0 == .sign("±") ? .sign(Character(sign)) : $0 }[...]).map(MathForm.value)
    }
    return both.count == 2 ? .list(both) : nil
  }

  private static func scalar(_ tokens: ArraySlice<MathToken>) -> Scalar? {
    var tokens = tokens
    var unit: [String] = []
    var isPercent = false
    while let last = tokens.last {
      if case .word(let word) = last, word != "½" {
        if ["percent", "pct"].contains(word.lowercased()) {
          isPercent = true
        } else {
          unit.insert(word.lowercased(), at: 0)
        }
        tokens.removeLast()
      } else if last == .sign("%") {
        isPercent = true
        tokens.removeLast()
      } else {
        break
      }
    }
    if unit.contains(where: { ["not", "or", "is", "no", "maybe"].contains($0) }) { return nil }
    guard !tokens.isEmpty else { return nil }
    var decimals: (Int, Int)?
    let magnitude = tokens.first == .sign("-") ? tokens.dropFirst() : tokens
    if magnitude.count == 1, case .number(let text)? = magnitude.first,
      let point = text.firstIndex(of: ".")
    {
      let places = text.distance(from: point, to: text.endIndex) - 1
      decimals = (places, text.drop { $0 == "0" || $0 == "." }.count(where: \.isNumber))
    }
    var parser = MathParser(tokens)
    guard let node = parser.whole() else { return nil }
    return Scalar(node: node, unit: unit, isPercent: isPercent, decimals: decimals)
  }

  /// Letters and digits in lower case, articles dropped.
  private static func plain(_ tokens: ArraySlice<MathToken>) -> String {
    tokens.compactMap { token -> String? in
      switch token {
      case .number(let text): String(text)
      case .symbol(let text), .function(let text): text.lowercased()
      case .word(let text): ["the", "a", "an"].contains(text.lowercased()) ? nil : text.lowercased()
      case .sign(let sign): "+-*/^=<>≤≥".contains(sign) ? String(sign) : nil
      }
    }.joined(separator: " ")
  }

  private static func split(
    _ tokens: ArraySlice<MathToken>, at isSeparator: (MathToken) -> Bool
  ) -> [ArraySlice<MathToken>] {
    var parts: [ArraySlice<MathToken>] = []
    var depth = 0
    var start = tokens.startIndex
    for index in tokens.indices {
      if case .sign(let sign) = tokens[index] {
        if "{([".contains(sign) { depth += 1 }
        if "})]".contains(sign) { depth -= 1 }
      }
      if depth == 0, isSeparator(tokens[index]) {
        parts.append(tokens[start..<index])
        start = tokens.index(after: index)
      }
    }
    parts.append(tokens[start...])
    return parts
  }
}
