/// Byte-pair encoding: which tokens a piece of text has (Sennrich et al. 2016, arXiv:1508.07909; on bytes,
/// Radford et al. 2019, §2.2; on characters, Kudo, Richardson 2018, arXiv:1808.06226).
struct BytePairEncoding: Sendable {
  /// What the merges start from.
  enum Alphabet: Sendable {
    case bytes
    /// Characters, each of them a token or, where it is none, the tokens of its bytes; by byte.
    case characters(fallback: [Int32])
  }

  /// Text of each token by id; nil for ids that the vocabulary leaves out.
  private(set) var tokens: [[UInt8]?]
  /// In the order of their ranks.
  private(set) var merges: [(left: Int32, right: Int32)] = []
  /// Whether a piece that is a token as a whole is taken as it is (`ignore_merges`, Llama 3).
  var takesWholePieces = false
  private(set) var ids: [[UInt8]: Int32]
  let alphabet: Alphabet
  private var table: MergeTable
  /// The token of each single byte, or -1.
  private let singles: [Int32]

  /// - Parameters:
  ///   - unknown: Stands for bytes without a token; nil leaves them out, as the original does.
  ///   - isText: Whether a token is made of text; the others are found only as added tokens.
  init(
    tokens: [[UInt8]?], merges capacity: Int, alphabet: Alphabet = .bytes, unknown: Int32? = nil,
    isText: (Int) -> Bool = { _ in true }
  ) {
    self.tokens = tokens
    self.alphabet = alphabet
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

  /// Memory that the pieces of texts share.
  struct Scratch {
    fileprivate var symbols: [Int32] = []
    fileprivate var next: [Int32] = []
    fileprivate var previous: [Int32] = []
    fileprivate var heap: [UInt64] = []
    fileprivate var cache = WordCache()
    init() {}
  }

  /// Appends the tokens of a piece: of all pairs the one of the lowest rank merges first, the leftmost of
  /// several. O(n log n) in the length of the piece.
  func encode(_ piece: UnsafeBufferPointer<UInt8>, into result: inout [Int32], _ scratch: inout Scratch) {
    if piece.count == 1, piece[0] < 0x80, singles[Int(piece[0])] >= 0 {
      result.append(singles[Int(piece[0])])
      return
    }
    guard piece.count <= WordCache.longestWord else {
      encodeAnew(piece, into: &result, &scratch)
      return
    }
    let hash = WordCache.hash(piece)
    if scratch.cache.find(piece, hash: hash, into: &result) { return }
    let start = result.count
    encodeAnew(piece, into: &result, &scratch)
    scratch.cache.insert(piece, hash: hash, ids: result[start...])
  }

  /// The same for a piece that was not looked up: nothing remembers what the merges made of it before.
  func encodeAnew(
    _ piece: UnsafeBufferPointer<UInt8>, into result: inout [Int32], _ scratch: inout Scratch
  ) {
    if takesWholePieces, let id = ids[Array(piece)] {
      result.append(id)
      return
    }
    scratch.symbols.removeAll(keepingCapacity: true)
    switch alphabet {
    case .bytes:
      for byte in piece where singles[Int(byte)] >= 0 { scratch.symbols.append(singles[Int(byte)]) }
    case .characters(let fallback): appendCharacters(of: piece, fallback, to: &scratch.symbols)
    }
    merge(&scratch)
    var place = scratch.symbols.isEmpty ? -1 : 0
    while place >= 0 {
      result.append(scratch.symbols[place])
      place = Int(scratch.next[place])
    }
  }

  private func appendCharacters(
    of piece: UnsafeBufferPointer<UInt8>, _ fallback: [Int32], to symbols: inout [Int32]
  ) {
    var place = 0
    while place < piece.count {
      let first = piece[place]
      let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      let character = UnsafeBufferPointer(rebasing: piece[place..<min(place + length, piece.count)])
      if length == 1, singles[Int(first)] >= 0 {
        symbols.append(singles[Int(first)])
      } else if length > 1, let id = ids[Array(character)] {
        symbols.append(id)
      } else {
        for byte in character { symbols.append(fallback[Int(byte)]) }
      }
      place += length
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
