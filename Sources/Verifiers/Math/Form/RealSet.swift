import BigInt

/// A union of intervals: what `[1,2) ∪ {3}`, `1 ≤ x < 2 or x = 3` and `{x | ...}` say alike.
struct RealSet {
  enum Bound {
    case minus, plus
    case at(MathNode)

    var double: Double? {
      switch self {
      case .minus: -.infinity
      case .plus: .infinity
      case .at(let node): node.double()
      }
    }

    func equals(_ other: Bound) -> Bool {
      switch (self, other) {
      case (.minus, .minus), (.plus, .plus): true
      case (.at(let a), .at(let b)): a.withoutDegrees.equals(b.withoutDegrees)
      default: false
      }
    }
  }

  struct Piece {
    var low: Bound
    var isLowOpen: Bool
    var high: Bound
    var isHighOpen: Bool
  }

  private(set) var pieces: [Piece]

  static var all: RealSet { RealSet([Piece(low: .minus, isLowOpen: true, high: .plus, isHighOpen: true)]) }
  static var empty: RealSet { RealSet([]) }

  /// Sorted and joined where the ends are numbers; as given where they are not.
  init(_ pieces: [Piece]) {
    self.pieces = pieces
    guard pieces.allSatisfy({ $0.low.double != nil && $0.high.double != nil }) else { return }
    let sorted = pieces.filter { !Self.isEmpty($0) }.sorted { Self.startsBefore($0, $1) }
    var joined: [Piece] = []
    for piece in sorted {
      guard let last = joined.last, let end = last.high.double, let start = piece.low.double,
        start < end || last.high.equals(piece.low) && !(last.isHighOpen && piece.isLowOpen)
      else {
        joined.append(piece)
        continue
      }
      let reaches = piece.high.double ?? .infinity
      if last.high.equals(piece.high) {
        joined[joined.count - 1].isHighOpen = last.isHighOpen && piece.isHighOpen
      } else if reaches > end {
        joined[joined.count - 1].high = piece.high
        joined[joined.count - 1].isHighOpen = piece.isHighOpen
      }
    }
    self.pieces = joined
  }

  private static func startsBefore(_ a: Piece, _ b: Piece) -> Bool {
    let (x, y) = (a.low.double ?? 0, b.low.double ?? 0)
    return x < y || x == y && !a.isLowOpen && b.isLowOpen
  }

  private static func isEmpty(_ piece: Piece) -> Bool {
    guard let low = piece.low.double, let high = piece.high.double else { return false }
    if piece.low.equals(piece.high) { return piece.isLowOpen || piece.isHighOpen }
    return low > high
  }

  /// A single number.
  init(point: MathNode) {
    pieces = [Piece(low: .at(point), isLowOpen: false, high: .at(point), isHighOpen: false)]
  }

  var isEmpty: Bool { pieces.isEmpty }

  func union(_ other: RealSet) -> RealSet { RealSet(pieces + other.pieces) }

  func intersection(_ other: RealSet) -> RealSet {
    RealSet(
      pieces.flatMap { a in
        other.pieces.map { b in
          let startsLater = Self.startsBefore(a, b) || a.low.equals(b.low) && b.isLowOpen ? b : a
          let x = a.high.double ?? .infinity, y = b.high.double ?? .infinity
          let endsEarlier = a.high.equals(b.high) ? (a.isHighOpen ? a : b) : x < y ? a : b
          return Piece(
            low: startsLater.low, isLowOpen: startsLater.isLowOpen, high: endsEarlier.high,
            isHighOpen: endsEarlier.isHighOpen)
        }
      })
  }

  /// What is left of the real numbers.
  var complement: RealSet {
    var left: [Piece] = []
    var low = Bound.minus
    var isLowOpen = true
    for piece in pieces {
      left.append(Piece(low: low, isLowOpen: isLowOpen, high: piece.low, isHighOpen: !piece.isLowOpen))
      low = piece.high
      isLowOpen = !piece.isHighOpen
    }
    if case .plus = low { return RealSet(left) }
    left.append(Piece(low: low, isLowOpen: isLowOpen, high: .plus, isHighOpen: true))
    return RealSet(left)
  }

  func equals(_ other: RealSet) -> Bool {
    pieces.count == other.pieces.count
      && zip(pieces, other.pieces).allSatisfy {
        $0.isLowOpen == $1.isLowOpen && $0.isHighOpen == $1.isHighOpen && $0.low.equals($1.low)
          && $0.high.equals($1.high)
      }
  }

  /// The numbers of a finite set.
  var points: [MathNode]? {
    var points: [MathNode] = []
    for piece in pieces {
      guard case .at(let node) = piece.low, piece.low.equals(piece.high), !piece.isLowOpen else { return nil }
      points.append(node)
    }
    return points
  }

  /// The solutions of `left sign right` in its one unknown, which must occur linearly.
  init?(_ left: MathNode, _ sign: Unicode.Scalar, _ right: MathNode) {
    guard let (slope, root) = MathNode.add(left, .negate(right)).linearRoot else { return nil }
    let opens = sign == "<" || sign == ">"
    switch (sign, slope) {
    case ("=", _): self = RealSet(point: root)
    case ("≠", _): self = RealSet(point: root).complement
    case ("<", 1), ("≤", 1), (">", -1), ("≥", -1):
      self = RealSet([Piece(low: .minus, isLowOpen: true, high: .at(root), isHighOpen: opens)])
    default: self = RealSet([Piece(low: .at(root), isLowOpen: opens, high: .plus, isHighOpen: true)])
    }
  }
}

extension MathNode {
  /// Of a·x + b with numbers a and b: the sign of a, and -b/a.
  var linearRoot: (slope: Int, root: MathNode)? {
    let names = symbols
    guard names.count == 1, let name = names.first, !hasSteps else { return nil }
    let values = (0...3).map { double([name: Double($0)]) }
    guard let y0 = values[0], let y1 = values[1], let y2 = values[2], let y3 = values[3] else { return nil }
    let slope = y1 - y0
    let size = max(abs(y0), abs(y1), abs(y3), 1e-300)
    guard slope != 0, abs(y2 - y1 - slope) <= 1e-9 * size, abs(y3 - y2 - slope) <= 1e-9 * size else {
      return nil
    }
    if case .symbol = self { return (1, .number(Rational(0))) }
    let at = { (x: Int) in self.replacing(name, by: .number(Rational(x))) }
    // A lone unknown on the left: the right side stays as it is written.
    if case .add(.symbol, .negate(let right)) = self, right.symbols.isEmpty { return (1, right) }
    let root = MathNode.divide(.negate(at(0)), .add(at(1), .negate(at(0))))
    return (slope > 0 ? 1 : -1, root.exact().map(MathNode.number) ?? root)
  }

  /// A value in degrees as its bare number; degrees inside functions stay.
  var withoutDegrees: MathNode { if case .degrees(let inner) = self { inner } else { self } }
}
