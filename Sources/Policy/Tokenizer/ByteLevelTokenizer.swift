extension Tokenizer {
  /// A tokenizer made on the spot for a small policy: special tokens first, then the 256 bytes, then merges
  /// that make each of `words` one token. Digits stand alone; other text is split as GPT-2 does.
  ///
  /// A word that the splitting cuts (`x = `) becomes one token for each of its pieces.
  /// - Parameters:
  ///   - words: As they stand in text: ` the` with its space. The order decides between overlapping merges.
  ///   - eos: Ends a completion and pads; joins the special tokens where it isn't one of them.
  public static func byteLevel(
    specialTokens: [String], words: [String], chatTemplate: String, eos: String
  ) -> Tokenizer {
    let special = specialTokens.contains(eos) ? specialTokens : specialTokens + [eos]
    let bytes = (UInt8.min...UInt8.max).map { [$0] }
    var encoding = BytePairEncoding(
      tokens: special.map { Array($0.utf8) } + bytes, merges: 4 * words.count,
      isText: { $0 >= special.count })
    let splitting = [TextSplitting.digits(individual: true), .gpt2]
    for word in words {
      for piece in pieces(of: Array(word.utf8), splitting[...]) { encoding.learn(piece) }
    }
    let added = special.enumerated().map { AddedToken(id: Int32($0.offset), content: $0.element) }
    let end = Int32(special.firstIndex(of: eos) ?? 0)
    return Tokenizer(
      encoding: encoding, added: added, normalization: TextNormalization(), splitting: splitting,
      decoding: .bytes, chatTemplate: chatTemplate, eosTokens: [end], bosToken: nil, padToken: end)
  }

  private static func pieces(of text: [UInt8], _ steps: ArraySlice<TextSplitting>) -> [[UInt8]] {
    guard let step = steps.first else { return [text] }
    return text.withUnsafeBufferPointer { buffer in
      var result: [[UInt8]] = []
      var start = 0
      while start < buffer.count {
        let end = max(step.end(of: buffer, from: start, ScalarClass.table), start + 1)
        result += pieces(of: Array(buffer[start..<end]), steps.dropFirst())
        start = end
      }
      return result
    }
  }
}

extension BytePairEncoding {
  /// Adds merges, and the tokens they make, until `piece` is one token. They rank behind all earlier ones, so
  /// what was one token stays one.
  fileprivate mutating func learn(_ piece: [UInt8]) {
    var scratch = Scratch()
    while true {
      var symbols: [Int32] = []
      piece.withUnsafeBufferPointer { encodeAnew($0, into: &symbols, &scratch) }
      guard symbols.count > 1, let left = tokens[Int(symbols[0])], let right = tokens[Int(symbols[1])] else {
        return
      }
      if ids[left + right] == nil { _ = addToken(left + right) }
      guard addMerge(symbols[0], symbols[1]) else { return }
    }
  }
}
