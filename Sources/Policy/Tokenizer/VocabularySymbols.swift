/// Tokens as files write them: byte-level BPE has a printable character for each byte, SentencePiece a ▁ for
/// a space and `<0x0A>` for a byte that isn't part of a character in the vocabulary.
extension BytePairEncoding {
  /// Byte-level.
  /// - Parameter symbols: The vocabulary by id, as files hold it: a character for each byte.
  init(symbols: [String?], merges: Int, unknown: Int32? = nil) {
    let decoded = symbols.map { $0.flatMap(ByteSymbols.bytes(of:)) }
    let tokens = zip(symbols, decoded).map { $1 ?? $0.map { Array($0.utf8) } }
    self.init(tokens: tokens, merges: merges, unknown: unknown, isText: { decoded[$0] != nil })
  }

  /// SentencePiece; nil where a byte has no token.
  /// - Parameters:
  ///   - pieces: The vocabulary by id.
  ///   - isText: Whether a piece may come about by merging.
  init?(pieces: [String?], merges: Int, isText: (Int) -> Bool = { _ in true }) {
    var fallback = [Int32](repeating: -1, count: 256)
    var isByte = [Bool](repeating: false, count: pieces.count)
    let tokens = pieces.enumerated().map { id, piece -> [UInt8]? in
      guard let piece else { return nil }
      if let byte = Self.byte(ofPiece: piece) {
        fallback[Int(byte)] = Int32(id)
        isByte[id] = true
        return [byte]
      }
      return isText(id) ? TextNormalization.spaces(for: piece) : Array(piece.utf8)
    }
    guard !fallback.contains(-1) else { return nil }
    self.init(
      tokens: tokens, merges: merges, alphabet: .characters(fallback: fallback),
      isText: { id in !isByte[id] && isText(id) && pieces[id]?.utf8.contains(0x20) != true })
  }

  /// The 0x0A of `<0x0A>`.
  static func byte(ofPiece piece: String) -> UInt8? {
    let bytes = Array(piece.utf8)
    guard bytes.count == 6, bytes.starts(with: Array("<0x".utf8)), bytes[5] == UInt8(ascii: ">"),
      bytes[3] != UInt8(ascii: "+")
    else { return nil }
    return UInt8(String(decoding: bytes[3...4], as: UTF8.self), radix: 16)
  }

  /// The text that a token of a file stands for; nil where it can be none.
  func text(ofSymbol symbol: String) -> [UInt8]? {
    switch alphabet {
    case .bytes: ByteSymbols.bytes(of: symbol)
    case .characters: TextNormalization.spaces(for: symbol)
    }
  }

  /// A token as files write it.
  func symbol(of id: Int) -> String? {
    guard let bytes = tokens[id] else { return nil }
    switch alphabet {
    case .bytes: return ByteSymbols.symbols(of: bytes)
    case .characters(let fallback):
      if bytes.count == 1, fallback[Int(bytes[0])] == Int32(id) {
        let digits = String(bytes[0], radix: 16, uppercase: true)
        return "<0x" + (digits.utf8.count == 1 ? "0" : "") + digits + ">"
      }
      guard ids[bytes] == Int32(id) else { return String(decoding: bytes, as: UTF8.self) }
      let text = bytes.flatMap { $0 == 0x20 ? TextNormalization.mark : [$0] }
      return String(decoding: text, as: UTF8.self)
    }
  }

  /// - Returns: Whether both and their concatenation are tokens.
  mutating func addMerge(_ left: String, _ right: String) -> Bool {
    guard let left = text(ofSymbol: left).flatMap({ ids[$0] }),
      let right = text(ofSymbol: right).flatMap({ ids[$0] })
    else { return false }
    return addMerge(left, right)
  }

  /// Whether no token that comes about by merging has a space behind another character: words are then
  /// merged each for itself.
  var keepsWordsApart: Bool {
    !takesWholePieces
      && merges.allSatisfy { merge in
        guard let left = tokens[Int(merge.left)], let right = tokens[Int(merge.right)] else { return true }
        return !zip(left + right, (left + right).dropFirst()).contains { $0 != 0x20 && $1 == 0x20 }
      }
  }
}
