import BigInt

/// Rational functions at random points, modulo a prime: the quick half of `MathNode.equals`.
///
/// Two different rational functions of degree d agree at a random point modulo p with a probability of at most
/// d/p (Schwartz 1980, Zippel 1979); p is above 2⁶⁰ here.
struct Residue {
  let prime: UInt64
  /// Values of symbols.
  let names: [String]
  let values: [UInt64]

  /// Two primes: nothing but a multiple of both passes for 0.
  static let primes: [UInt64] = [(1 << 61) - 1, 1_152_921_504_606_847_009]

  /// Fixed points, so that a verdict is the same on every machine.
  init(prime: UInt64, names: [String], round: Int) {
    self.prime = prime
    self.names = names
    var state = UInt64(round + 1) &* 0x9e37_79b9_7f4a_7c15
    values = names.map { _ in
      // splitmix64.
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return (z ^ (z >> 31)) % prime
    }
  }

  /// Nil where the expression is no rational function, or has no value here.
  func of(_ node: MathNode) -> UInt64? {
    switch node {
    case .number(let value): return of(value)
    case .symbol(let name):
      guard let index = names.firstIndex(of: name) else { return nil }
      return values[index]
    case .add(let a, let b):
      guard let a = of(a), let b = of(b) else { return nil }
      return add(a, b)
    case .multiply(let a, let b):
      guard let a = of(a), let b = of(b) else { return nil }
      return multiply(a, b)
    case .divide(let a, let b):
      guard let a = of(a), let b = of(b), b != 0 else { return nil }
      return multiply(a, inverse(b))
    case .power(let a, let b):
      guard let a = of(a), let exponent = b.exact()?.integer else { return nil }
      if exponent < 0 || exponent == 0 { guard a != 0 else { return nil } }
      let result = power(a, exponent.magnitude)
      return exponent < 0 ? inverse(result) : result
    case .negate(let a): return of(a).map { $0 == 0 ? 0 : prime - $0 }
    case .factorial(let a):
      guard let value = MathNode.factorial(a).exact() else { return nil }
      return of(value)
    case .root, .call, .logarithm, .degrees, .series:
      guard let value = node.exact() else { return nil }
      return of(value)
    }
  }

  private func of(_ value: Rational) -> UInt64? {
    switch value {
    case .small(let n, let d):
      let below = UInt64(d) % prime
      guard below != 0 else { return nil }
      let above = n.magnitude % UInt(prime)
      let signed = n < 0 && above != 0 ? prime - UInt64(above) : UInt64(above)
      return d == 1 ? signed : multiply(signed, inverse(below))
    case .big(let n, let d):
      let modulus = BigInt(prime)
      let below = UInt64(d % modulus)
      guard below != 0 else { return nil }
      let rest = n % modulus
      return multiply(UInt64(rest < 0 ? rest + modulus : rest), inverse(below))
    }
  }

  private func add(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let sum = a + b
    return sum >= prime ? sum - prime : sum
  }

  func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    if prime == Self.primes[0] {
      let low = product.low & prime
      let high = product.high << 3 | product.low >> 61
      return add(low, high)
    }
    return prime.dividingFullWidth((product.high, product.low)).remainder
  }

  private func power(_ base: UInt64, _ exponent: UInt) -> UInt64 {
    var (result, square, left) = (1 as UInt64, base, exponent)
    while left > 0 {
      if left & 1 == 1 { result = multiply(result, square) }
      left >>= 1
      if left > 0 { square = multiply(square, square) }
    }
    return result
  }

  /// Fermat's; `value` is not 0.
  func inverse(_ value: UInt64) -> UInt64 { value == 1 ? 1 : power(value, UInt(prime - 2)) }
}

extension MathNode {
  /// Whether two rational functions are the same; nil where one of them is none, or has no value anywhere that was
  /// tried.
  func equalsAsRationalFunction(_ other: MathNode, _ names: [String]) -> Bool? {
    var agreed = 0
    for round in 0..<6 {
      let residue = Residue(prime: Residue.primes[round == 0 ? 0 : 1], names: names, round: round)
      guard let a = residue.of(self), let b = residue.of(other) else {
        // No rational function has no value at the second point either.
        if round == 1, agreed == 0 { return nil }
        continue
      }
      if a != b { return false }
      agreed += 1
      if agreed == 2 { return true }
    }
    return nil
  }

  /// Whether a = c·b with one constant c ≠ 0; nil as above.
  func isMultiple(of other: MathNode, _ names: [String]) -> Bool? {
    for prime in Residue.primes {
      var ratio: UInt64?
      var agreed = 0
      for round in 0..<6 where agreed < 2 {
        let residue = Residue(prime: prime, names: names, round: round)
        guard let a = residue.of(self), let b = residue.of(other) else {
          if round == 1, ratio == nil { return nil }
          continue
        }
        guard a != 0, b != 0 else { return false }
        let here = residue.multiply(a, residue.inverse(b))
        guard let ratio else {
          ratio = here
          continue
        }
        if ratio != here { return false }
        agreed += 1
      }
      if agreed == 0 { return nil }
    }
    return true
  }
}
