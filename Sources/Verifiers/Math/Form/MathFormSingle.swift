/// What one thing is: a set in brackets, a matrix, a relation, an equation, a number.
extension MathForm {
  static func single(_ tokens: ArraySlice<MathToken>, _ marks: TokenMarks, _ depth: Int) -> MathForm {
    if marks.contains(.word), let cut = qualifier(tokens) {
      return MathForm(tokens[..<cut], depth: depth + 1) ?? .text(plain(tokens))
    }
    if marks.contains(.word), let residue = residue(tokens, depth) { return residue }
    if tokens.count == 1 {
      switch tokens.first {
      case .sign("∅"): return .set(.empty)
      case .symbol("ℝ"): return .set(.all)
      default: break
      }
    }
    if marks.contains(.environment), let matrix = matrix(tokens) { return matrix }
    if let bracketed = bracketed(tokens, depth) { return bracketed }
    if marks.contains(.element), let mark = split(tokens, at: { $0 == .sign("∈") }).first,
      mark.count < tokens.count, let names = names(mark)
    {
      let rest = tokens[tokens.index(mark.endIndex, offsetBy: 1)...]
      if let form = MathForm(rest, depth: depth + 1) { return .named(names, form) }
    }
    if marks.contains(.relation), let relation = relation(tokens) { return relation }
    if marks.contains(.equals), let equation = equation(tokens, depth) { return equation }
    if marks.contains(.infinity), tokens.last == .sign("∞"), tokens.count <= 2 {
      if tokens.count == 1 || tokens.first == .sign("+") { return .infinity(isPositive: true) }
      if tokens.first == .sign("-") { return .infinity(isPositive: false) }
    }
    if marks.contains(.plusMinus), let plusMinus = plusMinus(tokens) { return plusMinus }
    if !marks.isDisjoint(with: [.colon, .word]), let ratio = ratio(tokens) { return ratio }
    if let scalar = MathScalar(tokens, marks) { return .value(scalar) }
    return marks.contains(.word) ? juxtaposed(tokens) ?? .text(plain(tokens)) : .text(plain(tokens))
  }

  /// `10 hours 30 minutes`.
  static func juxtaposed(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    guard (4...12).contains(tokens.count), case .number? = tokens.first, tokens.last?.text != nil else {
      return nil
    }
    var parts: [ArraySlice<MathToken>] = []
    var start = tokens.startIndex
    for index in tokens.indices.dropFirst() {
      if case .number = tokens[index], tokens[index - 1].text != nil {
        parts.append(tokens[start..<index])
        start = index
      }
    }
    parts.append(tokens[start...])
    let scalars = parts.compactMap { MathScalar($0, TokenMarks($0)).map(MathForm.value) }
    return scalars.count == parts.count ? span(scalars) : nil
  }

  /// Where `for all integers n`, or `of the 10 marbles` behind a number, begins.
  static func qualifier(_ tokens: ArraySlice<MathToken>) -> Int? {
    tokens.indices.dropFirst().first { index in
      guard case .word(let word) = tokens[index], index + 1 < tokens.endIndex else { return false }
      if word == "of", case .number = tokens[index - 1], tokens[index + 1] == .word("the") { return true }
      guard word == "for", depth(tokens[..<index]) == 0 else { return false }
      switch tokens[index + 1] {
      case .word("all"), .word("any"), .word("every"), .word("each"), .symbol("forall"): return true
      default: return false
      }
    }
  }

  /// Brackets that are open at the end.
  static func depth(_ tokens: ArraySlice<MathToken>) -> Int {
    tokens.reduce(0) { depth, token in
      switch token {
      case .sign("("), .sign("["), .sign("{"), .sign("⟨"): depth + 1
      case .sign(")"), .sign("]"), .sign("}"), .sign("⟩"): depth - 1
      default: depth
      }
    }
  }

  /// `{…}`, `(a, b)`, `[a, b)`.
  static func bracketed(_ tokens: ArraySlice<MathToken>, _ depth: Int) -> MathForm? {
    guard case .sign(let open)? = tokens.first, case .sign(let close)? = tokens.last else { return nil }
    let inner = tokens.dropFirst().dropLast()
    // `]a, b[`.
    if open == "]" || close == "[" {
      let items = split(inner) { $0 == .sign(",") || $0 == .sign(";") }
      return items.count == 2 ? interval(items, open == "]", close == "[", depth) : nil
    }
    guard "⟨{([".unicodeScalars.contains(open), "⟩})]".unicodeScalars.contains(close), closes(tokens) else {
      return nil
    }
    if open == "⟨" || open == "{" {
      if let built = builtSet(inner, depth) { return built }
    }
    let items = split(inner) { $0 == .sign(",") || $0 == .sign(";") }.filter { !$0.isEmpty }
    if open == "⟨" || open == "{" {
      guard !items.isEmpty else { return open == "⟨" ? .set(.empty) : nil }
      let forms = items.compactMap { MathForm($0, depth: depth + 1) }
      guard forms.count == items.count else { return nil }
      if open == "{", forms.count == 1 { return forms[0] }
      return .finiteSet(forms.flatMap(\.flattened))
    }
    guard items.count > 1 else {
      // `(x = 3)`, `((1, 2))`.
      guard items.count == 1,
        inner.contains(where: {
          [.sign("="), .sign(","), .sign("<"), .sign("≈"), .begin("pmatrix")].contains($0)
        })
      else { return nil }
      return MathForm(inner, depth: depth + 1)
    }
    // Each item is read once: brackets within brackets would double the work a level.
    let forms = items.compactMap { MathForm($0, depth: depth + 1) }
    guard forms.count == items.count else { return nil }
    let isInfinite = forms.contains { if case .infinity = $0 { true } else { false } }
    if forms.count == 2, open == "[" || close == "]" || isInfinite {
      if let low = forms[0].bound, let high = forms[1].bound {
        return .set(
          RealSet([.init(low: low, isLowOpen: open == "(", high: high, isHighOpen: close == ")")]))
      }
      if isInfinite { return nil }
    }
    return .tuple(forms)
  }

  static func interval(
    _ items: [ArraySlice<MathToken>], _ isLowOpen: Bool, _ isHighOpen: Bool, _ depth: Int
  ) -> MathForm? {
    guard let low = MathForm(items[0], depth: depth + 1)?.bound,
      let high = MathForm(items[1], depth: depth + 1)?.bound
    else { return nil }
    return .set(RealSet([.init(low: low, isLowOpen: isLowOpen, high: high, isHighOpen: isHighOpen)]))
  }

  /// `x | 1 < x < 2`, `x ∈ ℝ : x ≠ 0`.
  static func builtSet(_ inner: ArraySlice<MathToken>, _ depth: Int) -> MathForm? {
    guard let mark = inner.firstIndex(where: { $0 == .sign("|") || $0 == .sign(":") }) else { return nil }
    let head = split(inner[..<mark]) { $0 == .sign("∈") }
    guard names(head[0])?.count == 1,
      let form = MathForm(inner[inner.index(after: mark)...], depth: depth + 1)
    else { return nil }
    switch form {
    case .set, .named, .residue: return form
    default: return nil
    }
  }

  /// Whether the first bracket is closed by the last token and no earlier one.
  static func closes(_ tokens: ArraySlice<MathToken>) -> Bool {
    var depth = 0
    for (index, token) in zip(tokens.indices, tokens) {
      guard case .sign(let sign) = token else { continue }
      if "⟨{([".unicodeScalars.contains(sign) { depth += 1 }
      if "⟩})]".unicodeScalars.contains(sign) { depth -= 1 }
      if depth == 0 { return index == tokens.index(before: tokens.endIndex) }
    }
    return false
  }

  static func plusMinus(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    guard tokens.contains(.sign("±")) else { return nil }
    let both = (["+", "-"] as [Unicode.Scalar]).compactMap { sign in
      MathScalar(tokens.map { $0 == .sign("±") ? .sign(sign) : $0 }[...], TokenMarks(tokens)).map(
        MathForm.value)
    }
    return both.count == 2 ? .list(both) : nil
  }

  /// `Paolo: 18`: words of a label, and what it is.
  static func labelled(_ tokens: ArraySlice<MathToken>, _ depth: Int) -> MathForm? {
    let words = tokens.prefix { if case .word = $0 { true } else { false } }
    guard (1...3).contains(words.count), case .sign(":")? = tokens.dropFirst(words.count).first,
      !words.contains(where: { ["not", "or", "no", "either"].contains($0.text?.lowercased()) }),
      let form = MathForm(tokens.dropFirst(words.count + 1), depth: depth + 1), case .value = form
    else { return nil }
    return .named([words.compactMap(\.text).joined(separator: " ")], form)
  }

  static func ratio(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    var tokens = tokens
    var isAfternoon: Bool?
    if case .word(let word)? = tokens.last, ["am", "pm", "a.m", "p.m"].contains(word.lowercased()) {
      isAfternoon = word.lowercased().hasPrefix("p")
      tokens.removeLast()
    }
    let parts = split(tokens) { $0 == .sign(":") }
    guard parts.count > 1 || isAfternoon != nil else { return nil }
    let nodes = parts.compactMap { part -> MathNode? in
      var parser = MathParser(part)
      return parser.whole()
    }
    guard nodes.count == parts.count else { return nil }
    if case .number(let minutes)? = parts.last?.first, parts.count == 2, parts[1].count == 1,
      minutes.utf8.count == 2, minutes.first == "0",
      isAfternoon == nil, let hour = nodes[0].exact()?.numerator, (0...24).contains(hour),
      let minute = Int(minutes)
    {
      return .time(Int(hour) * 60 + minute, knowsHalf: hour > 12)
    }
    if let isAfternoon {
      let numbers = nodes.compactMap { $0.exact()?.numerator }
      guard let hour = numbers.first, numbers.count <= 2, (1...12).contains(hour) else { return nil }
      return .time(
        (Int(hour) % 12 + (isAfternoon ? 12 : 0)) * 60
          + (numbers.count == 2 ? Int(clamping: numbers[1]) % 60 : 0), knowsHalf: true)
    }
    return .ratio(nodes)
  }

  /// `\begin{pmatrix} … \end{pmatrix}`, with a factor before it.
  static func matrix(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    let kinds = ["pmatrix", "bmatrix", "vmatrix", "Bmatrix", "matrix", "array", "smallmatrix", "Vmatrix"]
    var tokens = tokens
    // `\left[ … \right]` and `( … )` around an array.
    while case .sign(let open)? = tokens.first, "([".unicodeScalars.contains(open), closes(tokens) {
      tokens = tokens.dropFirst().dropLast()
    }
    guard
      let begin = tokens.firstIndex(where: {
        if case .begin(let kind) = $0 { kinds.contains(kind) } else { false }
      }),
      case .end? = tokens.last
    else { return nil }
    var factor: MathNode?
    var before = tokens[..<begin]
    if before.last == .sign("*") { before.removeLast() }
    if !before.isEmpty {
      var parser = MathParser(before)
      guard let node = parser.whole() else {
        guard before == [.sign("-")] else { return nil }
        factor = .number(Rational(-1))
        return rows(tokens[tokens.index(after: begin)...].dropLast(), factor)
      }
      factor = node
    }
    return rows(tokens[tokens.index(after: begin)...].dropLast(), factor)
  }

  static func rows(_ tokens: ArraySlice<MathToken>, _ factor: MathNode?) -> MathForm? {
    var rows: [[MathNode]] = []
    for row in split(tokens, at: { $0 == .sign("⏎") }) where !row.isEmpty {
      var cells: [MathNode] = []
      for cell in split(row, at: { $0 == .sign("&") }) {
        var parser = MathParser(cell)
        guard let node = parser.whole() else { return nil }
        cells.append(factor.map(node.scaled(by:)) ?? node)
      }
      guard rows.first.map({ $0.count == cells.count }) ?? true else { return nil }
      rows.append(cells)
    }
    return rows.isEmpty ? nil : .matrix(rows)
  }

  static let articles: Set<String> = ["the", "a", "an"]

  /// Letters and digits in lower case, articles dropped.
  static func plain(_ tokens: ArraySlice<MathToken>) -> String {
    tokens.compactMap { token -> String? in
      switch token {
      case .number(let text): text
      case .symbol(let text), .function(let text): text.lowercased()
      case .word(let text) where MathToken.currencies.contains(text): nil
      case .word(let text): articles.contains(text.lowercased()) ? nil : text.lowercased()
      case .sign(let sign): "+-*/^=<>≤≥∅→".unicodeScalars.contains(sign) ? String(sign) : nil
      case .begin(let name), .end(let name): name
      }
    }.joined(separator: " ")
  }
}

extension MathNode {
  /// `f(x)`: a letter times another in brackets.
  var isApplication: Bool {
    if case .multiply(.symbol(let f), .symbol) = self { return ["f", "g", "h", "y"].contains(f) }
    return false
  }
}
