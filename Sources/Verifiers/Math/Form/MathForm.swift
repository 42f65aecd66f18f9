/// What kind of thing an answer is, read from its tokens.
indirect enum MathForm {
  case value(MathScalar)
  /// Order does not matter: `1, 3`, `x = 1 or x = 3`.
  case list([MathForm])
  /// `{1, 3}`.
  case finiteSet([MathForm])
  case tuple([MathForm])
  case set(RealSet)
  /// `x = 5`, `(x, y) = (1, 2)`, `f(x) = ...`, `n ∈ {1, 2}`: what is named, and what it is.
  case named([String], MathForm)
  /// `a = b`, and chains of it.
  case equation([MathNode])
  /// An inequality that is not solved: of several unknowns, or not linear. `<`, `≤` or `≠`.
  case relation(Unicode.Scalar, MathNode, MathNode)
  case matrix([[MathNode]])
  /// `2:3`, `3:00`.
  case ratio([MathNode])
  /// Minutes since midnight, and whether `3:00 PM` says which half of the day.
  case time(Int, knowsHalf: Bool)
  case infinity(isPositive: Bool)
  /// `x ≡ 3 (mod 7)`, `3 (mod 7)`: names or none, the residue, the modulus.
  case residue([String], MathNode, modulus: MathNode)
  case text(String)

  var isText: Bool { if case .text = self { true } else { false } }

  /// Nil for tokens that say nothing.
  init?(_ tokens: ArraySlice<MathToken>, depth: Int = 0) {
    guard depth < 20 else { return nil }
    let tokens = Self.trimmed(tokens)
    guard !tokens.isEmpty else { return nil }
    // What is nearly so is said besides: `√3/3 ≈ 0.577`.
    let marks = TokenMarks(tokens)
    let about = marks.contains(.about) ? Self.split(tokens) { $0 == .sign("≈") } : []
    if about.count > 1, let first = about.first, !first.isEmpty, let last = about.last {
      // `x ≈ 11` names what is nearly so.
      if let names = Self.names(first), let form = MathForm(last, depth: depth + 1), !form.isText {
        self = .named(names, form)
        return
      }
      if let form = MathForm(first, depth: depth + 1), !form.isText {
        self = form
        return
      }
    }
    if !marks.isDisjoint(with: [.setOperation, .separator]), let form = MathForm.several(tokens, marks, depth)
    {
      self = form
    } else {
      self = Self.single(tokens, marks, depth)
    }
  }

  private static func trimmed(_ tokens: ArraySlice<MathToken>) -> ArraySlice<MathToken> {
    var tokens = tokens
    while tokens.count > 1, let first = tokens.first, first.isEmpty || first.isLead { tokens.removeFirst() }
    while let last = tokens.last, last.isEmpty { tokens = tokens.dropLast() }
    if case .sign("!")? = tokens.last, case .word? = tokens.dropLast().last { tokens = tokens.dropLast() }
    return tokens
  }

  // --- Several things ---

  private static func several(
    _ tokens: ArraySlice<MathToken>, _ marks: TokenMarks, _ depth: Int
  ) -> MathForm? {
    if marks.contains(.setOperation), let form = setOperation(tokens, depth) { return form }
    guard marks.contains(.separator) else { return nil }
    // `p = 5, q = 2; p = 7, q = 2`: points, parted by the stronger mark.
    for isMark in marks.contains(.equals)
      ? [{ $0 == .sign(";") }, { $0 == .word("or") }]
      : []
        as [(MathToken) -> Bool]
    {
      let points = split(tokens, at: isMark)
      guard points.count > 1, points.allSatisfy({ $0.contains(.sign(",")) && $0.contains(.sign("=")) }) else {
        continue
      }
      let forms = points.compactMap { MathForm($0, depth: depth + 1) }
      if forms.count == points.count { return .list(forms.map { $0.asPoint ?? $0 }) }
    }
    let items = filledIn(split(tokens, at: \.isSeparator).filter { !$0.isEmpty })
    guard items.count > 1, items.count <= mostItems else { return nil }
    if marks.contains(.colon) {
      let named = items.compactMap { labelled($0, depth + 1) }
      if named.count == items.count { return .list(named) }
    }
    var whole: [MathForm] = []
    for item in items {
      guard let form = MathForm(item, depth: depth + 1) else { return nil }
      whole.append(form)
    }
    if !tokens.contains(where: \.isOr), let span = span(whole) { return span }
    // A domain of what is bound: `n ∈ ℤ`, `k an integer`.
    if let joined = joinedRelations(whole, tokens) { return joined }
    let kept = whole.filter { !$0.isDomain }
    if kept.count == 1 { return kept[0] }
    return .list(kept.flatMap(\.flattened))
  }

  /// `1, 2, …, 10` in full: whole numbers in even steps.
  private static func filledIn(_ items: [ArraySlice<MathToken>]) -> [ArraySlice<MathToken>] {
    guard let dots = items.firstIndex(where: { $0.count == 1 && $0.first == .sign("…") }), dots > 0,
      dots + 1 < items.count, let last = integer(items[dots + 1]), let before = integer(items[dots - 1])
    else { return items }
    let step = dots > 1 ? integer(items[dots - 2]).map { before - $0 } : 1
    guard let step, step != 0, abs(before) < 1 << 40, abs(last) < 1 << 40, (last - before) % step == 0,
      (last - before) / step > 0, (last - before) / step <= mostItems
    else { return items }
    let missing = stride(from: before + step, to: last, by: step).map { value -> ArraySlice<MathToken> in
      value < 0 ? [.sign("-"), .number("\(-value)")] : [.number("\(value)")]
    }
    return items[..<dots] + missing + items[(dots + 1)...]
  }

  private static func integer(_ tokens: ArraySlice<MathToken>) -> Int? {
    switch (tokens.count, tokens.first, tokens.last) {
    case (1, .number(let text)?, _): Int(text)
    case (2, .sign("-")?, .number(let text)?): Int(text).map { -$0 }
    default: nil
    }
  }

  /// A list beyond this is no answer.
  private static let mostItems = 400

  private static func setOperation(_ tokens: ArraySlice<MathToken>, _ depth: Int) -> MathForm? {
    let isDifference = zip(tokens, tokens.dropFirst()).contains { $0 == .sign("⟩") && $1 == .sign("-") }
    for (operation, sign) in [
      ("∪", MathToken.sign("∪")), ("∩", .sign("∩")), ("∖", .sign(isDifference ? "-" : "∖")),
    ] {
      let parts = split(tokens) { $0 == sign }
      guard parts.count > 1 else { continue }
      // `x ∈ A ∪ B`.
      var first = parts[0]
      if let mark = first.firstIndex(of: .sign("∈")) { first = first[first.index(after: mark)...] }
      let sets = ([first] + parts.dropFirst()).map { MathForm($0, depth: depth + 1)?.realSet }
      guard var result = sets[0] else { continue }
      for set in sets.dropFirst() {
        guard let set else { return nil }
        switch operation {
        case "∪": result = result.union(set)
        case "∩": result = result.intersection(set)
        default: result = result.intersection(set.complement)
        }
      }
      return .set(result)
    }
    return nil
  }

  /// Conditions on one unknown: `x > -2 and x < 3`, `x < 1 or x > 3`.
  private static func joinedRelations(_ forms: [MathForm], _ tokens: ArraySlice<MathToken>) -> MathForm? {
    var sets: [RealSet] = []
    var hasCondition = false
    for form in forms {
      if form.isDomain { continue }
      guard case .set(let set) = form else { return nil }
      sets.append(set)
      hasCondition = true
    }
    guard hasCondition, let first = sets.first else { return nil }
    let both = sets.dropFirst().reduce(first) { $0.intersection($1) }
    let either = sets.dropFirst().reduce(first) { $0.union($1) }
    if tokens.contains(where: \.isOr) {
      return .set(either)
    }
    if tokens.contains(where: \.isAnd) {
      return .set(both)
    }
    return .set(both.isEmpty ? either : both)
  }

  private var isDomain: Bool {
    if case .named(_, .text(let text)) = self {
      return ["ℤ", "ℕ", "ℝ", "integers", "integer"].contains(text)
    }
    if case .named(_, .value(let scalar)) = self, case .symbol(let name) = scalar.node {
      return ["ℤ", "ℕ", "ℝ", "ℚ"].contains(name)
    }
    return false
  }

  /// Lists within lists are one list: `x = 1, and 3`.
  var flattened: [MathForm] { if case .list(let items) = self { items } else { [self] } }

  /// Words for the empty set, and for all real numbers.
  static let nothing: Set<String> = ["no solution", "no solutions", "none", "∅", "empty set"]
  static let everything: Set<String> = ["all real numbers", "ℝ", "all reals", "real numbers"]

  /// As a set of real numbers, where it can be one.
  var realSet: RealSet? {
    switch self {
    case .set(let set): set
    case .value(let scalar):
      scalar.node == .symbol("ℝ") ? .all : scalar.node.symbols.isEmpty ? RealSet(point: scalar.node) : nil
    case .finiteSet(let items):
      items.reduce(RealSet.empty as RealSet?) { set, item in
        item.realSet.flatMap { set?.union($0) }
      }
    case .tuple(let items) where items.count == 2:
      items[0].bound.flatMap { low in
        items[1].bound.flatMap { high in
          // (3, 1) is a point, and no interval without points.
          if let a = low.double, let b = high.double, a >= b { return nil }
          return RealSet([.init(low: low, isLowOpen: true, high: high, isHighOpen: true)])
        }
      }
    case .text(let text):
      Self.nothing.contains(text) ? .empty : Self.everything.contains(text) ? .all : nil
    case .named(_, let form): form.realSet
    default: nil
    }
  }

  var bound: RealSet.Bound? {
    switch self {
    case .infinity(let isPositive): isPositive ? .plus : .minus
    case .value(let scalar): .at(scalar.node)
    default: nil
    }
  }

  static func split(
    _ tokens: ArraySlice<MathToken>, at isSeparator: (MathToken) -> Bool
  ) -> [ArraySlice<MathToken>] {
    var parts: [ArraySlice<MathToken>] = []
    var depth = 0
    var start = tokens.startIndex
    for index in tokens.indices {
      switch tokens[index] {
      case .sign("("), .sign("["), .sign("{"), .sign("⟨"), .begin: depth += 1
      case .sign(")"), .sign("]"), .sign("}"), .sign("⟩"), .end: depth = max(0, depth - 1)
      default: break
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
