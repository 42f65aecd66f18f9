/// From a pair of neighbouring tokens to the rank of their merge and the token it makes. A hash table with
/// linear probing: it is asked for every pair of every word.
struct MergeTable: Sendable {
  private struct Entry {
    var key: UInt64
    var value: UInt64
  }
  private var entries: [Entry]
  private(set) var count = 0

  private static let free = Entry(key: .max, value: 0)

  /// - Parameter capacity: merges to come; more of them make it grow.
  init(capacity: Int) {
    var size = 64
    while size < 2 * capacity { size *= 2 }
    entries = Array(repeating: Self.free, count: size)
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Fibonacci hashing (Knuth, The Art of Computer Programming 3, §6.4).
  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 20) & (entries.count - 1)
  }

  /// As one number that orders by rank: `rank << 32 | token`. `none`: the two don't merge.
  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> UInt64 {
    let key = Self.key(left, right)
    var place = home(key)
    while entries[place].key != Self.free.key {
      if entries[place].key == key { return entries[place].value }
      place = (place + 1) & (entries.count - 1)
    }
    return Self.none
  }

  /// Behind every rank.
  static let none = UInt64.max

  /// A later merge of the same pair replaces the earlier one, as in the original's table.
  mutating func add(_ left: Int32, _ right: Int32, rank: Int, token: Int32) {
    if 2 * (count + 1) > entries.count { grow() }
    insert(Entry(key: Self.key(left, right), value: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: token))))
  }

  private mutating func insert(_ entry: Entry) {
    var place = home(entry.key)
    while entries[place].key != Self.free.key, entries[place].key != entry.key {
      place = (place + 1) & (entries.count - 1)
    }
    if entries[place].key == Self.free.key { count += 1 }
    entries[place] = entry
  }

  private mutating func grow() {
    let old = entries
    self = MergeTable(capacity: old.count)
    for entry in old where entry.key != Self.free.key { insert(entry) }
  }
}
