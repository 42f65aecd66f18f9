/// Byte-level byte-pair encoding: which tokens a piece of text has (Sennrich et al. 2016, arXiv:1508.07909;
/// on bytes, Radford et al. 2019, §2.2).
struct BytePairEncoding: Sendable {
  /// Text of each token by id; nil for ids that the vocabulary leaves out.
  private(set) var tokens: [[UInt8]?]
  /// In the order of their ranks.
  private(set) var merges: [(left: Int32, right: Int32)] = []
  /// Whether a piece that is a token as a whole is taken as it is (`ignore_merges`, Llama 3).
  var takesWholePieces = false
  private(set) var ids: [[UInt8]: Int32]
  private var table: MergeTable
  /// The token of each single byte, or -1.
  private let singles: [Int32]

  /// - Parameters:
  ///   - unknown: Stands for bytes without a token; nil leaves them out, as the original does.
  ///   - isText: Whether a token is made of bytes of text; the others are found only as added tokens.
  init(
    tokens: [[UInt8]?], merges capacity: Int, unknown: Int32? = nil, isText: (Int) -> Bool = { _ in true }
  ) {
    self.tokens = tokens
    ids = Dictionary(minimumCapacity: tokens.count)
    var singles = [Int32](repeating: unknown ?? -1, count: 256)
    for (id, token) in tokens.enumerated() {
      guard let token, isText(id) else { continue }
      ids[token] = Int32(id)
      if token.count == 1 { singles[Int(token[0])] = Int32(id) }
    }
    self.singles = singles
    table = MergeTable(capacity: capacity)
  }

  /// Adds a merge of the next rank.
  /// - Returns: Whether their concatenation is a token.
  mutating func addMerge(_ left: Int32, _ right: Int32) -> Bool {
    guard let start = tokens[Int(left)], let end = tokens[Int(right)], let token = ids[start + end] else {
      return false
    }
    table.add(left, right, rank: merges.count, token: token)
    merges.append((left, right))
    return true
  }

  /// Adds a token behind the others.
  mutating func addToken(_ bytes: [UInt8]) -> Int32 {
    let id = Int32(tokens.count)
    tokens.append(bytes)
    ids[bytes] = id
    return id
  }

  /// Memory that the pieces of one text share.
  struct Scratch {
    fileprivate var symbols: [Int32] = []
    fileprivate var next: [Int32] = []
    fileprivate var previous: [Int32] = []
    fileprivate var heap: [UInt64] = []
    init() {}
  }

  /// Appends the tokens of a piece: of all pairs the one of the lowest rank merges first, the leftmost of
  /// several. O(n log n) in the length of the piece.
  func encode(_ piece: UnsafeBufferPointer<UInt8>, into result: inout [Int32], _ scratch: inout Scratch) {
    if piece.count == 1 {
      let id = singles[Int(piece[0])]
      if id >= 0 { result.append(id) }
      return
    }
    if takesWholePieces, let id = ids[Array(piece)] {
      result.append(id)
      return
    }
    scratch.symbols.removeAll(keepingCapacity: true)
    for byte in piece {
      let id = singles[Int(byte)]
      if id >= 0 { scratch.symbols.append(id) }
    }
    merge(&scratch)
    var place = scratch.symbols.isEmpty ? -1 : 0
    while place >= 0 {
      result.append(scratch.symbols[place])
      place = Int(scratch.next[place])
    }
  }

  /// Merges within a doubly linked list. The heap holds `rank << 32 | place` of every pair that may merge;
  /// entries that a merge nearby made stale are recognised when they come up.
  private func merge(_ scratch: inout Scratch) {
    let count = scratch.symbols.count
    scratch.next.removeAll(keepingCapacity: true)
    scratch.previous.removeAll(keepingCapacity: true)
    scratch.heap.removeAll(keepingCapacity: true)
    for place in 0..<count {
      scratch.next.append(place + 1 < count ? Int32(place + 1) : -1)
      scratch.previous.append(Int32(place - 1))
    }
    for place in 0..<max(count - 1, 0) {
      guard let merge = table.merge(scratch.symbols[place], scratch.symbols[place + 1]) else { continue }
      push((merge & ~0xffff_ffff) | UInt64(place), to: &scratch.heap)
    }
    while let top = popLeast(&scratch.heap) {
      let place = Int(top & 0xffff_ffff)
      let right = Int(scratch.next[place])
      guard scratch.symbols[place] >= 0, right >= 0,
        let merge = table.merge(scratch.symbols[place], scratch.symbols[right]), merge >> 32 == top >> 32
      else { continue }
      scratch.symbols[place] = Int32(truncatingIfNeeded: merge & 0xffff_ffff)
      scratch.symbols[right] = -1
      let following = Int(scratch.next[right])
      scratch.next[place] = Int32(following)
      if following >= 0 {
        scratch.previous[following] = Int32(place)
        if let pair = table.merge(scratch.symbols[place], scratch.symbols[following]) {
          push((pair & ~0xffff_ffff) | UInt64(place), to: &scratch.heap)
        }
      }
      let before = Int(scratch.previous[place])
      if before >= 0, let pair = table.merge(scratch.symbols[before], scratch.symbols[place]) {
        push((pair & ~0xffff_ffff) | UInt64(before), to: &scratch.heap)
      }
    }
  }
}

/// A binary heap with the least element first.
private func push(_ value: UInt64, to heap: inout [UInt64]) {
  var place = heap.count
  heap.append(value)
  while place > 0 {
    let parent = (place - 1) / 2
    guard heap[parent] > value else { break }
    heap[place] = heap[parent]
    place = parent
  }
  heap[place] = value
}

private func popLeast(_ heap: inout [UInt64]) -> UInt64? {
  guard let least = heap.first, let moved = heap.popLast() else { return nil }
  let count = heap.count
  guard count > 0 else { return least }
  var place = 0
  while true {
    var child = 2 * place + 1
    guard child < count else { break }
    if child + 1 < count, heap[child + 1] < heap[child] { child += 1 }
    guard heap[child] < moved else { break }
    heap[place] = heap[child]
    place = child
  }
  heap[place] = moved
  return least
}
