/// What algebra alone makes of two answers: normal forms, where `MathForm.equal` goes by points and residues.
///
/// Of the completion's answer as it was found, and as `PlainReading` finds it: both must be right.
struct MathOpinion: SecondOpinion.Opinion {
  let name: String
  let isRight: Bool?

  init(gold: MathForm, given: MathForm, completion: String) {
    let plain = PlainReading.answer(in: completion).flatMap { MathAnswer.form($0) }
    let found = Self.compare(gold, given)
    let read = plain.map { Self.compare(gold, $0) } ?? .unknown
    name = read == .different && found != .different ? "plain reading" : "normal form"
    isRight =
      found == .different || read == .different ? false : found == .equal || read == .equal ? true : nil
  }

  /// Numbers, what is named, and points; of other things, and of what is a matter of names, it says nothing.
  static func compare(_ gold: MathForm, _ given: MathForm) -> NormalForm.Comparison {
    switch (gold, given) {
    case (.value(let a), .value(let b)):
      guard a.unit == b.unit, a.isPercent == b.isPercent, a.decimals == nil, b.decimals == nil, a.base == nil,
        b.base == nil, !a.isUnevaluated, !b.isUnevaluated, a.node.symbols == b.node.symbols,
        a.node.mentionsDegrees == b.node.mentionsDegrees
      else { return .unknown }
      return NormalForm.compare(a.node, b.node)
    case (.named(let names, let a), .named(let others, let b)):
      return names == others ? compare(a, b) : .unknown
    case (.named(_, let a), .value): return compare(a, given)
    // Of a chain, what is worked out at one of its ends.
    case (.value(let a), .equation(let nodes)):
      let ends = [nodes.first, nodes.last].compactMap { $0.map(MathScalar.init) }.filter { !$0.isUnevaluated }
      guard !ends.isEmpty else { return a.node.isLiteral ? .different : .unknown }
      let each = ends.map { compare(gold, .value($0)) }
      return each.contains(.different) ? .different : each.contains(.equal) ? .equal : .unknown
    case (.value, .named(_, let b)): return compare(gold, b)
    case (.tuple(let a), .tuple(let b)):
      guard a.count == b.count else { return .different }
      let each = zip(a, b).map(compare)
      return each.contains(.different) ? .different : each.contains(.unknown) ? .unknown : .equal
    default: return .unknown
    }
  }
}
