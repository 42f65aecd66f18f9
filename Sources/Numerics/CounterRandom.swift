/// Random numbers that are a function of where they are used, not of what was drawn before.
///
/// The stream of a place is SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195) started at
/// a key that is hashed from the seed and the place's coordinates: `(seed, step, problem, sample)` names a
/// stream, and the token's position is the counter in it. So a resumed run draws what the uninterrupted
/// one drew, and any rollout can be sampled again alone. Not for cryptography.
public struct CounterRandom: RandomNumberGenerator, Sendable, Hashable {
  /// Names the stream.
  public let key: UInt64
  /// How many numbers of the stream were drawn.
  public private(set) var counter: UInt64 = 0

  public init(key: UInt64) {
    self.key = key
  }

  /// The stream of a place. The order of coordinates matters, and `(s)`, `(s, 0)`, `(s, 0, 0)` differ.
  public init(seed: UInt64, _ coordinates: Int...) {
    self.init(seed: seed, coordinates: coordinates)
  }

  public init(seed: UInt64, coordinates: some Sequence<Int>) {
    var hash = Self.mix(seed &+ Self.golden)
    for coordinate in coordinates {
      hash = Self.mix((hash ^ Self.mix(UInt64(bitPattern: Int64(coordinate)))) &+ Self.golden)
    }
    key = hash
  }

  public mutating func next() -> UInt64 {
    defer { counter &+= 1 }
    return bits(at: counter)
  }

  /// Number `index` of the stream, whatever was drawn before.
  public func bits(at index: UInt64) -> UInt64 {
    Self.mix(key &+ (index &+ 1) &* Self.golden)
  }

  /// In [0, 1), 53 bits: number `index` of the stream, the uniform of token `index`, say.
  public func uniform(at index: UInt64) -> Double {
    Double(bits(at: index) >> 11) * 0x1p-53
  }

  /// In [0, 1), 53 bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform but for a bias below (size of the range) / 2⁶⁴. Unlike `Int.random(in:using:)`, the same
  /// on every version of the standard library.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    let size = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound)) &+ 1
    if size == 0 { return Int(truncatingIfNeeded: next()) }
    return range.lowerBound &+ Int(truncatingIfNeeded: next().multipliedFullWidth(by: size).high)
  }

  /// - Precondition: `elements` is not empty.
  public mutating func element<Element>(of elements: [Element]) -> Element {
    elements[integer(in: 0...elements.count - 1)]
  }

  /// A uniform permutation of 0..<count (Fisher and Yates).
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(in: 0...last))
    }
    return order
  }

  private static let golden: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// SplitMix64's finaliser: a bijection in which each input bit flips about half of the output bits.
  static func mix(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// A hash of text that is the same in every process, unlike `Hasher`'s: FNV-1a over UTF-8, mixed.
  public static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return mix(hash)
  }
}
