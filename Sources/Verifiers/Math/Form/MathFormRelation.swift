/// Two or more sides with signs between: inequalities, orders, equations, and what they name.
extension MathForm {
  /// `a < b`, `a ≤ x < b`.
  static func relation(_ tokens: ArraySlice<MathToken>) -> MathForm? {
    let signs: [Unicode.Scalar] = ["<", ">", "≤", "≥", "≠"]
    var marks: [Unicode.Scalar] = []
    let sides = split(tokens) { token in
      guard case .sign(let sign) = token, signs.contains(sign) else { return false }
      marks.append(sign)
      return true
    }
    guard (2...8).contains(sides.count) else { return nil }
    let nodes = sides.map { side -> MathNode? in
      var parser = MathParser(side)
      return parser.whole() ?? MathScalar(side, TokenMarks(side))?.node
    }
    if let order = order(nodes, marks) { return order }
    guard sides.count <= 3 else { return nil }
    // `a ≤ x < b` with letters in a or b.
    if sides.count == 3, let middle = nodes[1], case .symbol(let name) = middle, let low = nodes[0],
      let high = nodes[2],
      !low.symbols.isEmpty || !high.symbols.isEmpty, !low.symbols.union(high.symbols).contains(name),
      marks.allSatisfy({ $0 == "<" || $0 == "≤" })
    {
      return .set(
        RealSet([
          .init(low: .at(low), isLowOpen: marks[0] == "<", high: .at(high), isHighOpen: marks[1] == "<")
        ]))
    }
    // `-∞ < x < 3` bounds on one side alone.
    let infinite = sides.map { $0.contains(.sign("∞")) }
    var result: RealSet?
    for index in marks.indices where !infinite[index] && !infinite[index + 1] {
      guard let a = nodes[index], let b = nodes[index + 1] else { return nil }
      // `f(x)` between two numbers is one unknown.
      let left = a.isApplication ? MathNode.symbol("f") : a,
        right = b.isApplication ? MathNode.symbol("f") : b
      guard let set = RealSet(left, marks[index], right) else {
        guard sides.count == 2 else { return nil }
        switch marks[index] {
        case ">": return .relation("<", b, a)
        case "≥": return .relation("≤", b, a)
        default: return .relation(marks[index], a, b)
        }
      }
      result = result.map { $0.intersection(set) } ?? set
    }
    return .set(result ?? .all)
  }

  /// `sin 1 > cos 1 > 0`: numbers in their order, from the largest; nil unless all are numbers and all signs one way.
  static func order(_ nodes: [MathNode?], _ marks: [Unicode.Scalar]) -> MathForm? {
    let numbers = nodes.compactMap { $0?.symbols.isEmpty == true ? $0 : nil }
    guard numbers.count == nodes.count, let sign = marks.first, marks.allSatisfy({ $0 == sign }) else {
      return nil
    }
    let isFalling = sign == ">" || sign == "≥", isStrict = sign == ">" || sign == "<"
    guard isFalling || sign == "<" || sign == "≤" else { return nil }
    // Two names, so that both count, and one too long to be left out: the numbers alone are no such statement.
    return .named(
      ["numbers, each beside the next", isStrict ? ">" : "≥"],
      .tuple((isFalling ? numbers : numbers.reversed()).map { .value(MathScalar($0)) }))
  }

  static func equation(_ tokens: ArraySlice<MathToken>, _ depth: Int) -> MathForm? {
    let sides = split(tokens) { $0 == .sign("=") }
    guard sides.count > 1, sides.allSatisfy({ !$0.isEmpty }) else { return nil }
    for (name, value) in [(sides[0], sides[1]), (sides[1], sides[0])] where sides.count == 2 {
      if let names = names(name), let form = MathForm(value, depth: depth + 1),
        !form.isText || names.count == 1
      {
        return .named(names, form)
      }
    }
    let nodes = sides.map { side -> MathNode? in
      var parser = MathParser(side)
      return parser.whole() ?? MathScalar(side, TokenMarks(side))?.node
    }
    guard nodes.allSatisfy({ $0 != nil }) else {
      // `V_1 : V_2 = 11 : 21`.
      return sides.count == 2 && sides[0].contains(.sign(":"))
        ? MathForm(sides[1], depth: depth + 1).flatMap { $0.isText ? nil : .named(["ratio"], $0) } : nil
    }
    return .equation(nodes.compactMap(\.self))
  }

  /// `x`, `x_1`, `f(x)`, `(x, y)`, `∠ABC`: what an assignment names; nil for an expression.
  static func names(_ tokens: ArraySlice<MathToken>) -> [String]? {
    if tokens.first == .sign("("), tokens.last == .sign(")"), closes(tokens) {
      let items = split(tokens.dropFirst().dropLast()) { $0 == .sign(",") }
      let each = items.map { Self.names($0) }
      guard each.count > 1, each.allSatisfy({ $0?.count == 1 }) else { return nil }
      return each.compactMap { $0?[0] }
    }
    var name = ""
    var letters = 0
    for token in tokens {
      switch token {
      case .symbol(let part), .word(let part):
        letters += 1
        name += part
      case .number(let text) where !name.isEmpty: name += text
      case .sign("_"), .sign("'"): name += token == .sign("_") ? "_" : "'"
      case .sign("{"), .sign("}"), .sign(" "): continue
      case .sign("("), .sign(")"): name += token == .sign("(") ? "(" : ")"
      default: return nil
      }
    }
    // `ab = 5` is an equation, `AB = 5` a length, `f(x)` an application.
    let isProduct =
      letters > 1 && !name.hasBytes("(")
      && tokens.allSatisfy { if case .symbol(let s) = $0 { s.first?.isLowercase == true } else { true } }
      && !tokens.contains(.sign("_"))
    return letters == 0 || letters > 8 || isProduct || name.hasPrefix("(") ? nil : [name]
  }
}
