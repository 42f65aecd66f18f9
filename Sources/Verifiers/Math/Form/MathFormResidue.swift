/// Residues: `x ≡ 3 (mod 7)`, `3 \pmod 7`, `17 \bmod 5`.
extension MathForm {
  /// Nil where the tokens are no such thing; one `mod` alone, so that nothing is read twice.
  static func residue(_ tokens: ArraySlice<MathToken>, _ depth: Int) -> MathForm? {
    let isMark = { (token: MathToken) in token == .word("mod") }
    guard let mark = tokens.firstIndex(where: isMark), mark > tokens.startIndex,
      tokens.lastIndex(where: isMark) == mark
    else { return nil }
    var (head, modulus) = (tokens[..<mark], tokens[tokens.index(after: mark)...])
    // `17 \bmod 5 = 2` says what it is, `x \bmod 5 = 2` what x is.
    let sides = split(modulus) { $0 == .sign("=") }
    if sides.count == 2 {
      var (of, by) = (MathParser(head), MathParser(sides[0]))
      guard let result = MathForm(sides[1], depth: depth + 1), case .value(let scalar) = result,
        let value = of.whole(), let node = by.whole()
      else { return nil }
      if value.symbols.isEmpty, node.symbols.isEmpty { return result }
      return names(head).map { .residue($0, scalar.node, modulus: node) }
    }
    if head.last == .sign("("), modulus.last == .sign(")") {
      (head, modulus) = (head.dropLast(), modulus.dropLast())
    }
    var parser = MathParser(modulus)
    guard let node = parser.whole(), let form = MathForm(head, depth: depth + 1) else { return nil }
    switch form {
    case .value(let scalar) where scalar.unit.isEmpty && !scalar.isUnevaluated:
      return .residue([], scalar.node, modulus: node)
    case .named(let names, .value(let scalar)) where scalar.unit.isEmpty && !scalar.isUnevaluated:
      return .residue(names, scalar.node, modulus: node)
    default: return nil
    }
  }

  /// The same up to the modulus, which must be the same; a gold literal wants a literal: `2^{100} (mod 7)` is the
  /// question again.
  static func equalResidues(
    _ gold: (names: [String], value: MathNode, modulus: MathNode),
    _ given: (names: [String], value: MathNode, modulus: MathNode)
  ) -> Bool {
    guard gold.names == given.names || gold.names.isEmpty || given.names.isEmpty,
      given.value.isLiteral || !gold.value.isLiteral, gold.modulus.equals(given.modulus)
    else { return false }
    if gold.value.equals(given.value) { return true }
    return MathNode.divide(.add(gold.value, .negate(given.value)), gold.modulus).exact()?.isInteger == true
  }
}
