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
  /// The token of each character, which stands for the pair of itself and 0.
  private var characters = MergeTable(capacity: 0)

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
      if case .characters = alphabet, let first = token.first, token.count == Self.length(ofCharacter: first)
      {
        characters.add(Self.packed(token), 0, rank: 0, token: Int32(id))
      }
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

  /// What the pieces of texts share; it changes no result.
  struct Scratch {
    fileprivate var merging = Merging()
    fileprivate var words = WordCache()
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
    if scratch.words.find(piece, hash: hash, into: &result) { return }
    let start = result.count
    encodeAnew(piece, into: &result, &scratch)
    scratch.words.insert(piece, hash: hash, ids: result[start...])
  }

  /// The same for a piece that was not looked up: nothing remembers what the merges made of it before.
  func encodeAnew(
    _ piece: UnsafeBufferPointer<UInt8>, into result: inout [Int32], _ scratch: inout Scratch
  ) {
    if takesWholePieces, let id = ids[Array(piece)] {
      result.append(id)
      return
    }
    scratch.merging.symbols.removeAll(keepingCapacity: true)
    switch alphabet {
    case .bytes:
      for byte in piece where singles[Int(byte)] >= 0 { scratch.merging.symbols.append(singles[Int(byte)]) }
    case .characters(let fallback): appendCharacters(of: piece, fallback, to: &scratch.merging.symbols)
    }
    scratch.merging.merge(by: table)
    result.append(contentsOf: scratch.merging.symbols)
  }

  private func appendCharacters(
    of piece: UnsafeBufferPointer<UInt8>, _ fallback: [Int32], to symbols: inout [Int32]
  ) {
    var place = 0
    while place < piece.count {
      let length = Self.length(ofCharacter: piece[place])
      let end = min(place + length, piece.count)
      let character = UnsafeBufferPointer(rebasing: piece[place..<end])
      let token = characters.merge(Self.packed(character), 0)
      if token != MergeTable.none {
        symbols.append(Int32(truncatingIfNeeded: token))
      } else {
        for byte in character { symbols.append(fallback[Int(byte)]) }
      }
      place = end
    }
  }

  @inline(__always)
  private static func length(ofCharacter first: UInt8) -> Int {
    first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  }

  /// At most four bytes as one number.
  @inline(__always)
  private static func packed(_ character: some Sequence<UInt8>) -> Int32 {
    character.reduce(0) { $0 << 8 | Int32($1) }
  }
}
