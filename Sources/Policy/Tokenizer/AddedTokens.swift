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
  private let patterns: [UInt8: [Pattern]]

  init(_ tokens: some Sequence<AddedToken>) {
    var patterns: [UInt8: [Pattern]] = [:]
    for token in tokens {
      let bytes = Array(token.content.utf8)
      guard let first = bytes.first else { continue }
      patterns[first, default: []].append(Pattern(bytes: bytes, token: token))
    }
    self.patterns = patterns.mapValues { $0.sorted { $0.bytes.count > $1.bytes.count } }
  }

  enum Part {
    case text(Range<Int>)
    case token(Int32)
  }

  /// Cuts a text, whole, into added tokens and what lies between them.
  func parts(of text: [UInt8], in range: Range<Int>, allowSpecial: Bool) -> [Part] {
    guard !patterns.isEmpty else { return [.text(range)] }
    var parts: [Part] = []
    var start = range.lowerBound
    var place = range.lowerBound
    while place < range.upperBound {
      guard let match = match(text, at: place, end: range.upperBound, allowSpecial: allowSpecial) else {
        place += 1
        continue
      }
      let token = match.token
      let end = place + match.bytes.count
      if token.singleWord,
        isWord(text, before: place, from: range.lowerBound) || isWord(text, at: end, end: range.upperBound)
      {
        place = end
        continue
      }
      var left = place
      if token.stripsLeft { left = max(start, spaceStart(text, before: place, from: range.lowerBound)) }
      place = token.stripsRight ? spaceEnd(text, from: end, end: range.upperBound) : end
      if start < left { parts.append(.text(start..<left)) }
      parts.append(.token(token.id))
      start = place
    }
    if start < range.upperBound { parts.append(.text(start..<range.upperBound)) }
    return parts
  }

  private func match(_ text: [UInt8], at place: Int, end: Int, allowSpecial: Bool) -> Pattern? {
    guard let candidates = patterns[text[place]] else { return nil }
    return candidates.first { pattern in
      (allowSpecial || !pattern.token.isSpecial) && place + pattern.bytes.count <= end
        && text[place..<place + pattern.bytes.count].elementsEqual(pattern.bytes)
    }
  }

  private func scalar(_ text: [UInt8], at place: Int, end: Int) -> Unicode.Scalar? {
    String(decoding: text[place..<min(place + 4, end)], as: UTF8.self).unicodeScalars.first
  }

  private func start(_ text: [UInt8], before place: Int, from: Int) -> Int {
    var start = place - 1
    while start > from, text[start] & 0xc0 == 0x80 { start -= 1 }
    return start
  }

  private func isWord(_ text: [UInt8], at place: Int, end: Int) -> Bool {
    guard place < end, let scalar = scalar(text, at: place, end: end) else { return false }
    let kind = scalar.properties.generalCategory
    return scalar.properties.isAlphabetic || kind == .decimalNumber || kind == .connectorPunctuation
      || kind == .nonspacingMark || kind == .spacingMark || kind == .enclosingMark
  }

  private func isWord(_ text: [UInt8], before place: Int, from: Int) -> Bool {
    place > from && isWord(text, at: start(text, before: place, from: from), end: place)
  }

  private func spaceEnd(_ text: [UInt8], from: Int, end: Int) -> Int {
    var place = from
    while place < end, let scalar = scalar(text, at: place, end: end), scalar.properties.isWhitespace {
      place += scalar.utf8.count
    }
    return place
  }

  private func spaceStart(_ text: [UInt8], before place: Int, from: Int) -> Int {
    var place = place
    while place > from {
      let before = start(text, before: place, from: from)
      guard let scalar = scalar(text, at: before, end: place), scalar.properties.isWhitespace else { break }
      place = before
    }
    return place
  }
}
