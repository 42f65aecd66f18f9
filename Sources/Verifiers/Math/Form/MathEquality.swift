import BigInt

extension MathForm {
  /// Whether an answer says what the gold one says. Not symmetric: the gold decides what is asked.
  static func equal(gold: MathForm, given: MathForm) -> Bool {
    switch (gold, given) {
    case (.value(let a), .value(let b)): return equal(a, b)
    case (.value(let a), .equation(let nodes)):
      // `a + b = 5` says what the sum is.
      if let last = nodes.last, nodes.count == 2, !nodes[0].symbols.isEmpty, last.symbols.isEmpty {
        return equal(a, MathScalar(last))
      }
      return chain(a, nodes)
    case (.named(let a, let x), .named(let b, let y)): return named(a, x, b, y)
    case (.named(let names, let form), .equation(let nodes)),
      (.equation(let nodes), .named(let names, let form)):
      guard nodes.count == 2, names.count == 1, case .value(let scalar) = form else {
        // `x = 5 + 5 + 1 = 11`.
        if case .named(_, .value(let a)) = gold, nodes.count > 2 {
          return chain(a, nodes.dropFirst())
        }
        return false
      }
      return proportional(.add(named(names[0]), .negate(scalar.node)), .add(nodes[0], .negate(nodes[1])))
    case (.equation(let a), .equation(let b)):
      guard a.count == 2, b.count == 2 else {
        return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
      }
      // The second is for what holds for all values: nothing is left of the difference of its sides.
      return proportional(.add(a[0], .negate(a[1])), .add(b[0], .negate(b[1])))
        || a[0].equals(b[0]) && a[1].equals(b[1]) || a[0].equals(b[1]) && a[1].equals(b[0])
    case (.equation(let sides), .value(let b)): return solves(sides, b)
    // `p = 5, q = 2` is a point, `x = 1 or x = 3` a set.
    case (.tuple, .list(let items)), (.list(let items), .tuple):
      guard let (_, values) = point(items) else { break }
      if case .tuple = gold { return equal(gold: gold, given: .tuple(values)) }
      return equal(gold: .tuple(values), given: given)
    case (.list(let a), .list(let b)):
      if let x = point(a), let y = point(b) {
        return x.0 == y.0 && equal(gold: .tuple(x.1), given: .tuple(y.1))
      }
      // Of labelled values the order counts where the labels are left out.
      if point(a) != nil, b.allSatisfy({ if case .value = $0 { true } else { false } }),
        a.contains(where: \.isLabelled)
      {
        return a.count == b.count && zip(a, b).allSatisfy { equal(gold: $0, given: $1) }
      }
      return matches(a, b) || b.count > a.count && matches(a, distinct(b))
    case (.finiteSet(let a), .finiteSet(let b)): return matches(distinct(a), distinct(b))
    case (.finiteSet(let a), .list(let b)), (.list(let a), .finiteSet(let b)): return matches(a, b)
    case (.finiteSet(let a), .value), (.finiteSet(let a), .text), (.list(let a), .value),
      (.finiteSet(let a), .tuple):
      return a.count == 1 && equal(gold: a[0], given: given)
    case (.value, .finiteSet(let b)), (.text, .finiteSet(let b)), (.tuple, .finiteSet(let b)):
      return b.count == 1 && equal(gold: gold, given: b[0])
    case (.tuple(let a), .tuple(let b)):
      guard a.count == b.count else { return false }
      return zip(a, b).allSatisfy { equal(gold: $0, given: $1) } || isSameCurve(a, b)
    case (.matrix(let a), .matrix(let b)):
      return a.count == b.count && a[0].count == b[0].count
        && zip(a.joined(), b.joined()).allSatisfy { equal(MathScalar($0), MathScalar($1)) }
    // A vector is written as a column or in brackets.
    case (.tuple(let a), .matrix(let b)), (.matrix(let b), .tuple(let a)):
      guard b.allSatisfy({ $0.count == 1 }) else { break }
      return a.count == b.count && zip(a, b).allSatisfy { equal(gold: $0, given: .value(MathScalar($1[0]))) }
    case (.infinity(let a), .infinity(let b)): return a == b
    case (.residue(let names, let a, let m), .residue(let others, let b, let n)):
      return equalResidues((names, a, m), (others, b, n))
    // `4 (mod 7)` for 4: as it stands, of no name.
    case (.residue([], let a, _), .value(let b)): return a.isLiteral && equal(MathScalar(a), b)
    case (.value(let a), .residue([], let b, _)): return b.isLiteral && equal(a, MathScalar(b))
    case (.relation(let sign, let a, let b), .relation(let other, let c, let d)):
      return sign == other && proportional(.add(a, .negate(b)), .add(c, .negate(d)), isPositive: sign != "≠")
    case (.ratio(let a), .ratio(let b)):
      // In proportion, zeros where the other has them: `0:0` is no ratio.
      let zero = MathNode.number(Rational(0))
      return a.count == b.count && zip(a, b).allSatisfy { $0.equals(zero) == $1.equals(zero) }
        && a.contains { !$0.equals(zero) }
        && a.indices.allSatisfy { i in
          (0..<i).allSatisfy { MathNode.multiply(a[i], b[$0]).equals(.multiply(a[$0], b[i])) }
        }
    case (.ratio(let a), .value(let b)), (.value(let b), .ratio(let a)):
      return a.count == 2 && equal(MathScalar(.divide(a[0], a[1])), b)
    case (.time, .ratio(let parts)): return clock(parts).map { equal(gold: gold, given: $0) } ?? false
    case (.ratio(let parts), .time): return clock(parts).map { equal(gold: $0, given: given) } ?? false
    case (.time(let a, let aKnows), .time(let b, let bKnows)):
      return a == b || !(aKnows && bKnows) && a % 720 == b % 720
    case (.text(let a), .text(let b)): return same(a, b)
    case (.text(let a), .value(let b)): return a == b.node.name || Self.words(b) == a
    case (.value(let a), .text(let b)):
      return a.node.name == b
        || MathScalar.numberWords[b].map { a.node.equals(.number(Rational($0))) } ?? false
    case (.named(let names, let form), _): return nameMayGo(names) && equal(gold: form, given: given)
    case (_, .named(let names, let form)): return nameMayGo(names) && equal(gold: gold, given: form)
    default: break
    }
    // What else can be a set of numbers.
    if case .set(let a) = gold, let b = given.realSet { return a.equals(b) }
    if case .set(let b) = given, let a = gold.realSet { return a.equals(b) }
    return false
  }

  /// `3 + 4 = 7` for 7: all of it must be right, and not all of it sums, products and quotients
  /// of numbers: `3 + 4 = 3 + 4` is the question again.
  static func chain(_ gold: MathScalar, _ nodes: some Collection<MathNode>) -> Bool {
    let isLiteral = !gold.isUnevaluated && gold.node.withoutDegrees.isLiteral
    guard !isLiteral || nodes.contains(where: { !MathScalar($0).isUnevaluated }) else { return false }
    return nodes.allSatisfy { node in
      var step = MathScalar(node)
      step.isUnevaluated = false
      return equal(gold, step)
    }
  }

  /// `6/x` for `xy = 6`: the one letter that an expression lacks, in terms of the others.
  static func solves(_ sides: [MathNode], _ given: MathScalar) -> Bool {
    let names = sides.reduce(into: Set<String>()) { $0.formUnion($1.symbols) }
    let known = given.node.symbols
    guard sides.count == 2, !known.isEmpty, known.isSubset(of: names), given.unit.isEmpty,
      let name = names.subtracting(known).first, names.count == known.count + 1
    else { return false }
    return sides[0].replacing(name, by: given.node).equals(sides[1].replacing(name, by: given.node))
  }

  /// `(3t, 1 - t)` and `(3x, 1 - x)`: the letter that runs along a curve may be any.
  static func isSameCurve(_ a: [MathForm], _ b: [MathForm]) -> Bool {
    func nodes(_ forms: [MathForm]) -> [MathNode]? {
      let nodes = forms.compactMap { form -> MathNode? in
        if case .value(let scalar) = form, scalar.unit.isEmpty { scalar.node } else { nil }
      }
      return nodes.count == forms.count ? nodes : nil
    }
    guard let mine = nodes(a), let theirs = nodes(b) else { return false }
    let x = mine.reduce(into: Set<String>()) { $0.formUnion($1.symbols) }
    let y = theirs.reduce(into: Set<String>()) { $0.formUnion($1.symbols) }
    guard x.count == 1, y.count == 1, x != y, let name = x.first, let other = y.first else { return false }
    return zip(mine, theirs).allSatisfy { $0.equals($1.replacing(other, by: .symbol(name))) }
  }

  /// `15:30`, where the other side is a time.
  static func clock(_ parts: [MathNode]) -> MathForm? {
    guard parts.count == 2, let hour = parts[0].exact()?.integer, let minute = parts[1].exact()?.integer,
      (0...24).contains(hour), (0...59).contains(minute)
    else { return nil }
    return .time(hour * 60 + minute, knowsHalf: hour > 12)
  }

  static func nameMayGo(_ names: [String]) -> Bool { names.allSatisfy { $0.utf8.count <= 24 } }

  /// Two assignments: of the same name, or of a number to names that are only letters.
  static func named(_ a: [String], _ x: MathForm, _ b: [String], _ y: MathForm) -> Bool {
    if case .value(let p) = x, case .value(let q) = y, a.count == 1, b.count == 1 {
      if a == b { return equal(p, q) }
      // The same line with the sides turned: `y = 2x` and `x = y/2`.
      if !p.node.symbols.isEmpty, !q.node.symbols.isEmpty,
        proportional(.add(named(a[0]), .negate(p.node)), .add(named(b[0]), .negate(q.node)))
      {
        return true
      }
      // The letter that a function is defined with: `f(n) = 2n` and `f(m) = 2m`.
      if let x = argument(a[0]), let y = argument(b[0]), x != y, a[0].prefix(2) == b[0].prefix(2),
        p.node.equals(q.node.replacing(y, by: .symbol(x)))
      {
        return true
      }
      return (a[0].hasBytes("(") || b[0].hasBytes("(")) && p.node.symbols.subtracting(["x"]).isEmpty
        && equal(p, q)
    }
    return (a == b || a.count == 1) && equal(gold: x, given: y)
  }

  static func named(_ name: String) -> MathNode {
    guard let tokens = MathLexer.tokens(name) else { return .symbol(name) }
    var parser = MathParser(tokens[...])
    return parser.whole() ?? .symbol(name)
  }

  /// `x` of `f(x)`.
  static func argument(_ name: String) -> String? {
    guard name.count == 4, name.hasSuffix(")"), name.dropFirst().first == "(" else { return nil }
    return String(name.dropFirst(2).dropLast())
  }

  /// `Paolo: 18`: named by a word.
  private var isLabelled: Bool {
    if case .named(let names, _) = self { names[0].utf8.count > 1 } else { false }
  }

  var asPoint: MathForm? {
    if case .list(let items) = self { Self.point(items).map { .tuple($0.1) } } else { nil }
  }

  /// Names and values of `y = 2, x = 1`, by name; nil where a name comes twice, or something has none.
  static func point(_ items: [MathForm]) -> ([String], [MathForm])? {
    var pairs: [(String, MathForm)] = []
    for item in items {
      guard case .named(let names, let form) = item, names.count == 1 else { return nil }
      pairs.append((names[0], form))
    }
    guard Set(pairs.map(\.0)).count == pairs.count, pairs.count > 1 else { return nil }
    // x_1, x_2 are two solutions, not the places of a point.
    if pairs.allSatisfy({ $0.0.contains(where: \.isNumber) }) { return nil }
    pairs.sort { $0.0 < $1.0 }
    return (pairs.map(\.0), pairs.map(\.1))
  }

  static func distinct(_ items: [MathForm]) -> [MathForm] {
    var kept: [MathForm] = []
    for item in items.prefix(200) where !kept.contains(where: { equal(gold: $0, given: item) }) {
      kept.append(item)
    }
    return kept
  }

  /// Whether each of one side has a partner of its own on the other.
  static func matches(_ gold: [MathForm], _ given: [MathForm]) -> Bool {
    guard gold.count == given.count, gold.count <= 200 else { return false }
    var left = given
    for item in gold {
      guard let index = left.firstIndex(where: { equal(gold: item, given: $0) }) else { return false }
      left.remove(at: index)
    }
    return true
  }

  // --- Words ---

  static let sameWords: [Set<String>] = [
    ["does not exist", "dne"], nothing, everything, ["yes", "true"], ["no", "false"],
    ["infinitely many", "infinite", "infinity"],
  ]

  static func same(_ a: String, _ b: String) -> Bool {
    a == b || a.replacing(" ", with: "") == b.replacing(" ", with: "")
      || sameWords.contains { $0.contains(a) && $0.contains(b) }
  }

  static func words(_ scalar: MathScalar) -> String? {
    guard let value = scalar.node.exact(), value.isInteger, let number = Int(exactly: value.numerator) else {
      return nil
    }
    return MathScalar.numberWords.first { $0.value == number }?.key
  }
}
