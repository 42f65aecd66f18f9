/// The vocabulary of SentencePiece's kind in a GGUF file (`tokenizer.ggml.model` “llama”): pieces with scores.
extension GGUFFile {
  func sentencePieceParts(_ pieces: [String]) throws(CheckpointError) -> Parts {
    guard let scores = metadata["tokenizer.ggml.scores"]?.numbers, scores.count == pieces.count else {
      throw error(
        "tokenizer.ggml.scores is missing or has another length than tokens. Convert the model again.")
    }
    let kinds = tokenKinds
    let apart: Set<Double> = [TokenKind.unknown, TokenKind.control, TokenKind.userDefined]
    let isText = { (id: Int) in id >= kinds.count || !apart.contains(kinds[id]) }
    guard var encoding = BytePairEncoding(pieces: pieces, merges: 2 * pieces.count, isText: isText) else {
      throw error("The tokenizer needs a token for each byte, <0x00> to <0xFF>. Convert the model again.")
    }
    encoding.addMerges(scores: scores)
    let prefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    return Parts(
      encoding: encoding,
      normalization: TextNormalization(spaces: .init(prefix: prefix ? .always : .none)),
      splitting: encoding.keepsWordsApart ? [.words] : [], decoding: .pieces(stripped: prefix ? 1 : 0))
  }
}

extension BytePairEncoding {
  static let longestPiece = 1024

  /// Merges from the scores of what they make, the best first. Of one piece's cuts the one with the longest left
  /// part comes first, as `transformers` orders them; SentencePiece itself takes the leftmost in the text.
  ///
  /// A piece of more than `longestPiece` bytes is never made: no vocabulary has one, and to try all its cuts takes the
  /// square of its length.
  mutating func addMerges(scores: [Double]) {
    struct Cut {
      var score: Double
      var left: Int32
      var right: Int32
      var leftLength: Int
      var rightLength: Int
    }
    var cuts: [Cut] = []
    for (id, token) in tokens.enumerated() {
      guard let token, ids[token] == Int32(id), token.count <= Self.longestPiece else { continue }
      let starts = token.indices.dropFirst().filter { token[$0] & 0xc0 != 0x80 }
      for (index, start) in starts.enumerated() {
        guard let left = ids[Array(token[..<start])], let right = ids[Array(token[start...])] else {
          continue
        }
        cuts.append(
          Cut(
            score: scores[id], left: left, right: right, leftLength: index + 1,
            rightLength: starts.count - index))
      }
    }
    // The sort is stable, so that equal scores keep the order of their tokens.
    cuts.sort {
      ($0.score, $0.leftLength, $0.rightLength) > ($1.score, $1.leftLength, $1.rightLength)
    }
    for cut in cuts { _ = addMerge(cut.left, cut.right) }
  }
}
