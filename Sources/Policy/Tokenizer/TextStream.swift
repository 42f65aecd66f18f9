/// The text of tokens that come one at a time: what was handed out stays, and all of it together is `decode` of all
/// tokens. A character that is cut over several tokens is handed out when it is whole.
public struct TextStream {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  /// Tokens whose text isn't handed out yet.
  private var pending: [Int32] = []
  /// Whether nothing was handed out yet.
  private var isStart = true

  public init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    skipsSpecialTokens = skipSpecialTokens
  }

  /// - Returns: what is certain of the text now, and was not before.
  public mutating func append(_ token: Int32) -> String {
    pending.append(token)
    let text = pendingText
    // The repair of byte tokens depends on all that follow each other; U+FFFD may yet become a character.
    guard !text.isEmpty, !tokenizer.endsInByte(pending, skipSpecialTokens: skipsSpecialTokens),
      text.unicodeScalars.last != "\u{fffd}"
    else { return "" }
    pending = []
    isStart = false
    return text
  }

  /// - Returns: what is left when no token follows.
  public mutating func finish() -> String {
    defer { pending = [] }
    return pendingText
  }

  private var pendingText: String {
    tokenizer.decode(pending, skipSpecialTokens: skipsSpecialTokens, isStart: isStart)
  }
}

extension Tokenizer {
  /// Whether byte tokens that follow would belong to those at the end: special tokens that are skipped don't part them.
  fileprivate func endsInByte(_ tokens: [Int32], skipSpecialTokens: Bool) -> Bool {
    guard case .pieces = decoding else { return false }
    let last = tokens.last { !(skipSpecialTokens && addedByID[$0]?.isSpecial == true) }
    return last.map(isByte) ?? false
  }
}
