extension BytePairEncoding {
  /// Tokens and merges from the characters that stand for bytes in files.
  /// - Parameter symbols: The vocabulary by id, as files hold it: a character for each byte.
  init(symbols: [String?], merges: Int, unknown: Int32? = nil) {
    let decoded = symbols.map { $0.flatMap(ByteSymbols.bytes(of:)) }
    let tokens = zip(symbols, decoded).map { $1 ?? $0.map { Array($0.utf8) } }
    self.init(tokens: tokens, merges: merges, unknown: unknown, isText: { decoded[$0] != nil })
  }

  /// - Returns: Whether both and their concatenation are tokens.
  mutating func addMerge(_ left: String, _ right: String) -> Bool {
    guard let left = ByteSymbols.bytes(of: left).flatMap({ ids[$0] }),
      let right = ByteSymbols.bytes(of: right).flatMap({ ids[$0] })
    else { return false }
    return addMerge(left, right)
  }
}
