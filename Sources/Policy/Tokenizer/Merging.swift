/// Merges the symbols of one piece of text: of all pairs the one of the lowest rank first, of several the
/// leftmost. Holds memory that is used again for the next piece.
struct Merging {
  /// What the merges start from, and then what they leave.
  var symbols: [Int32] = []
  private var pairs: [UInt64] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap: [UInt64] = []

  /// Longer pieces have a heap of their pairs: O(n log n). Words are short, and there looking at all pairs
  /// each time is faster.
  private static let longestWord = 40

  mutating func merge(by table: MergeTable) {
    guard symbols.count > 1 else { return }
    if symbols.count <= Self.longestWord { mergeWord(by: table) } else { mergeText(by: table) }
  }

  private mutating func mergeWord(by table: MergeTable) {
    pairs.removeAll(keepingCapacity: true)
    for place in 1..<symbols.count { pairs.append(table.merge(symbols[place - 1], symbols[place])) }
    let count = symbols.withUnsafeMutableBufferPointer { symbols in
      pairs.withUnsafeMutableBufferPointer { pairs in
        var last = symbols.count - 1
        while last > 0 {
          var best = MergeTable.none
          var at = 0
          for place in 0..<last where pairs[place] < best {
            best = pairs[place]
            at = place
          }
          if best == MergeTable.none { break }
          symbols[at] = Int32(truncatingIfNeeded: best)
          for place in at + 1..<last {
            symbols[place] = symbols[place + 1]
            pairs[place - 1] = pairs[place]
          }
          last -= 1
          if at > 0 { pairs[at - 1] = table.merge(symbols[at - 1], symbols[at]) }
          if at < last { pairs[at] = table.merge(symbols[at], symbols[at + 1]) }
        }
        return last + 1
      }
    }
    symbols.removeLast(symbols.count - count)
  }

  /// Within a doubly linked list. The heap holds `rank << 32 | place` of every pair that may merge; entries that
  /// a merge nearby made stale are recognised when they come up.
  private mutating func mergeText(by table: MergeTable) {
    let count = symbols.count
    heap.removeAll(keepingCapacity: true)
    next = (1...Int32(count)).map(\.self)
    next[count - 1] = -1
    previous = (-1..<Int32(count - 1)).map(\.self)
    for place in 0..<count - 1 { pushPair(at: place, table) }
    while let top = heap.popLeast() {
      let place = Int(top & 0xffff_ffff)
      let right = Int(next[place])
      guard symbols[place] >= 0, right >= 0 else { continue }
      let merge = table.merge(symbols[place], symbols[right])
      guard merge != MergeTable.none, merge >> 32 == top >> 32 else { continue }
      symbols[place] = Int32(truncatingIfNeeded: merge)
      symbols[right] = -1
      let following = next[right]
      next[place] = following
      if following >= 0 {
        previous[Int(following)] = Int32(place)
        pushPair(at: place, table)
      }
      if previous[place] >= 0 { pushPair(at: Int(previous[place]), table) }
    }
    symbols.removeAll { $0 < 0 }
  }

  /// The pair of a place and the next one.
  private mutating func pushPair(at place: Int, _ table: MergeTable) {
    let merge = table.merge(symbols[place], symbols[Int(next[place])])
    if merge != MergeTable.none { heap.push((merge & ~0xffff_ffff) | UInt64(place)) }
  }
}

/// A binary heap with the least element first.
extension [UInt64] {
  fileprivate mutating func push(_ value: UInt64) {
    var place = count
    append(value)
    while place > 0 {
      let parent = (place - 1) / 2
      guard self[parent] > value else { break }
      self[place] = self[parent]
      place = parent
    }
    self[place] = value
  }

  fileprivate mutating func popLeast() -> UInt64? {
    guard let least = first, let moved = popLast() else { return nil }
    let count = count
    guard count > 0 else { return least }
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < count else { break }
      if child + 1 < count, self[child + 1] < self[child] { child += 1 }
      guard self[child] < moved else { break }
      self[place] = self[child]
      place = child
    }
    self[place] = moved
    return least
  }
}
