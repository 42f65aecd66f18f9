/// How the bytes of tokens become text.
enum TokenDecoding: Sendable, Hashable {
  /// As they are. Those that are no UTF-8, such as of a character cut in two, become U+FFFD, one for each
  /// maximal part of a character (Unicode 16, §3.9, as in the original).
  case bytes
  /// SentencePiece's: neighbouring byte tokens that together are no UTF-8 become a U+FFFD each, and of the
  /// spaces that the text begins with, up to `stripped` are left out.
  case pieces(stripped: Int)
}

extension Tokenizer {
  /// The text of tokens; unknown ids become nothing.
  public func decode(_ tokens: some Sequence<Int32>, skipSpecialTokens: Bool) -> String {
    decode(tokens, skipSpecialTokens: skipSpecialTokens, isStart: true)
  }

  /// - Parameter isStart: Whether the text begins here, so that spaces are left out where `decoding` says so.
  func decode(_ tokens: some Sequence<Int32>, skipSpecialTokens: Bool, isStart: Bool) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(4 * tokens.underestimatedCount)
    // Where byte tokens began that may be parts of a character.
    var bytesStart: Int?
    for id in tokens {
      if skipSpecialTokens, addedByID[id]?.isSpecial == true { continue }
      if case .pieces = decoding {
        if !isByte(id) {
          if let start = bytesStart { Self.repair(&result, from: start) }
          bytesStart = nil
        } else if bytesStart == nil {
          bytesStart = result.count
        }
      }
      append(id, to: &result)
    }
    guard case .pieces(let stripped) = decoding else { return String(decoding: result, as: UTF8.self) }
    if let start = bytesStart { Self.repair(&result, from: start) }
    let spaces = result.prefix(isStart ? stripped : 0).prefix { $0 == 0x20 }
    return String(decoding: result[spaces.endIndex...], as: UTF8.self)
  }

  /// Whether it stands for one byte of a character that the vocabulary lacks.
  func isByte(_ id: Int32) -> Bool {
    guard case .characters(let fallback) = encoding.alphabet, addedByID[id] == nil,
      encoding.tokens.indices.contains(Int(id)), let bytes = encoding.tokens[Int(id)], bytes.count == 1
    else { return false }
    return fallback[Int(bytes[0])] == id
  }

  private func append(_ id: Int32, to result: inout [UInt8]) {
    if let token = addedByID[id] {
      result += decoding == .bytes ? Array(token.content.utf8) : TextNormalization.spaces(for: token.content)
    } else if encoding.tokens.indices.contains(Int(id)), let bytes = encoding.tokens[Int(id)] {
      result += bytes
    }
  }

  private static func repair(_ bytes: inout [UInt8], from start: Int) {
    let count = bytes.count - start
    guard !String(decoding: bytes[start...], as: UTF8.self).utf8.elementsEqual(bytes[start...]) else {
      return
    }
    bytes.removeLast(count)
    for _ in 0..<count { bytes.append(contentsOf: "\u{fffd}".utf8) }
  }
}
