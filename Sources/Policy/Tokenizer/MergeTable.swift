/// From a pair of neighbouring tokens to the rank of their merge and the token it makes. A hash table with
/// linear probing: it is asked for every pair of every word.
struct MergeTable: Sendable {
  private var keys: [UInt64]
  private var values: [UInt64]
  private var mask: Int
  private(set) var count = 0

  private static let free = UInt64.max

  /// - Parameter capacity: merges to come; more of them make it grow.
  init(capacity: Int) {
    var size = 64
    while size < 2 * capacity { size *= 2 }
    keys = Array(repeating: Self.free, count: size)
    values = Array(repeating: 0, count: size)
    mask = size - 1
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Fibonacci hashing (Knuth, The Art of Computer Programming 3, §6.4).
  private func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 20) & mask
  }

  /// As one number that orders by rank: `rank << 32 | token`. Nil: the two don't merge.
  func merge(_ left: Int32, _ right: Int32) -> UInt64? {
    let key = Self.key(left, right)
    var place = home(key)
    while keys[place] != Self.free {
      if keys[place] == key { return values[place] }
      place = (place + 1) & mask
    }
    return nil
  }

  /// A later merge of the same pair replaces the earlier one, as in the original's table.
  mutating func add(_ left: Int32, _ right: Int32, rank: Int, token: Int32) {
    if 2 * (count + 1) > keys.count { grow() }
    insert(Self.key(left, right), UInt64(rank) << 32 | UInt64(UInt32(bitPattern: token)))
  }

  private mutating func insert(_ key: UInt64, _ value: UInt64) {
    var place = home(key)
    while keys[place] != Self.free, keys[place] != key { place = (place + 1) & mask }
    if keys[place] == Self.free { count += 1 }
    keys[place] = key
    values[place] = value
  }

  private mutating func grow() {
    let entries = zip(keys, values).filter { $0.0 != Self.free }
    self = MergeTable(capacity: keys.count)
    for (key, value) in entries { insert(key, value) }
  }
}
