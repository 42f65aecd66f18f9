/// A token that is found in the text before anything else is done with it; fields as in `tokenizer.json`.
struct AddedToken: Sendable, Hashable {
  var id: Int32
  var content: String
  /// Control tokens of a conversation: text from outside must not be able to write them.
  var isSpecial = true
  /// Found in the normalised text, after all that are found in the raw one.
  var isNormalized = false
  var singleWord = false
  /// Takes the white space before it, or behind it, with it.
  var stripsLeft = false
  var stripsRight = false
}

/// Finds added tokens: the leftmost, and of those that start at one place the longest.
struct AddedTokenMatcher: Sendable {
  private struct Pattern {
    var bytes: [UInt8]
    var token: AddedToken
  }
  /// By first byte, the longest first.
  private let patterns: [[Pattern]]
  private let isEmpty: Bool

  init(_ tokens: some Sequence<AddedToken>) {
    var patterns = [[Pattern]](repeating: [], count: 256)
    for token in tokens {
      let bytes = Array(token.content.utf8)
      guard let first = bytes.first else { continue }
      patterns[Int(first)].append(Pattern(bytes: bytes, token: token))
    }
    isEmpty = patterns.allSatisfy(\.isEmpty)
    self.patterns = patterns.map { $0.sorted { $0.bytes.count > $1.bytes.count } }
  }

  enum Part {
    case text(Range<Int>)
    case token(Int32)
  }

  /// Cuts a text, whole, into added tokens and what lies between them.
  func parts(of text: UnsafeBufferPointer<UInt8>, allowSpecial: Bool) -> [Part] {
    guard !isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var parts: [Part] = []
    var start = 0
    var place = 0
    while place < text.count {
      guard !patterns[Int(text[place])].isEmpty,
        let match = match(text, at: place, allowSpecial: allowSpecial)
      else {
        place += 1
        continue
      }
      let token = match.token
      let end = place + match.bytes.count
      if token.singleWord, isWord(text, before: place) || isWord(text, at: end) {
        place = end
        continue
      }
      var left = place
      if token.stripsLeft { left = max(start, spaceStart(text, before: place)) }
      place = token.stripsRight ? spaceEnd(text, from: end) : end
      if start < left { parts.append(.text(start..<left)) }
      parts.append(.token(token.id))
      start = place
    }
    if start < text.count { parts.append(.text(start..<text.count)) }
    return parts
  }

  private func match(_ text: UnsafeBufferPointer<UInt8>, at place: Int, allowSpecial: Bool) -> Pattern? {
    patterns[Int(text[place])].first { pattern in
      (allowSpecial || !pattern.token.isSpecial) && place + pattern.bytes.count <= text.count
        && text[place..<place + pattern.bytes.count].elementsEqual(pattern.bytes)
    }
  }

  private func scalar(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Unicode.Scalar? {
    String(decoding: text[place..<min(place + 4, text.count)], as: UTF8.self).unicodeScalars.first
  }

  private func start(_ text: UnsafeBufferPointer<UInt8>, before place: Int) -> Int {
    var start = place - 1
    while start > 0, text[start] & 0xc0 == 0x80 { start -= 1 }
    return start
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
    guard place < text.count, let scalar = scalar(text, at: place) else { return false }
    let kind = scalar.properties.generalCategory
    return scalar.properties.isAlphabetic || kind == .decimalNumber || kind == .connectorPunctuation
      || kind == .nonspacingMark || kind == .spacingMark || kind == .enclosingMark
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, before place: Int) -> Bool {
    place > 0 && isWord(text, at: start(text, before: place))
  }

  private func spaceEnd(_ text: UnsafeBufferPointer<UInt8>, from: Int) -> Int {
    var place = from
    while place < text.count, let scalar = scalar(text, at: place), scalar.properties.isWhitespace {
      place += scalar.utf8.count
    }
    return place
  }

  private func spaceStart(_ text: UnsafeBufferPointer<UInt8>, before place: Int) -> Int {
    var place = place
    while place > 0 {
      let before = start(text, before: place)
      guard let scalar = scalar(text, at: before), scalar.properties.isWhitespace else { break }
      place = before
    }
    return place
  }
}
