import CLanguageID

/// A word of prose that counts: letters, no identifier, no variable of a formula.
struct CountedWord {
  /// In the prose, in bytes.
  var range: Range<Int>
  var script: Script
  /// What stands between it and the word before.
  var gap: Gap

  enum Gap {
    /// Blanks.
    case none
    /// A comma, brackets, a word of another script.
    case weak
    /// The end of a sentence or line.
    case strong
  }

  /// The words of a prose, cut as Unicode's UAX 29 says (ICU; by dictionary in Han, kana and Thai). Nil where ICU fails.
  static func words(_ prose: [UInt8]) -> [CountedWord]? {
    var stretches = [assay_word](repeating: assay_word(), count: prose.count / 2 + 16)
    func cut() -> Int {
      prose.withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          assay_words($0.baseAddress, $0.count, &stretches, stretches.count)
        }
      }
    }
    var count = cut()
    if count > stretches.count {
      stretches = [assay_word](repeating: assay_word(), count: count)
      count = cut()
    }
    guard count >= 0 else { return nil }
    var words: [CountedWord] = []
    words.reserveCapacity(count / 2)
    var start = 0
    var gap = Gap.strong
    var last: Script?
    for stretch in stretches[..<count] {
      let range = start..<Int(stretch.end)
      start = range.upperBound
      guard stretch.is_word else {
        gap = max(gap, Self.gap(prose[range]))
        continue
      }
      guard let script = script(prose[range]), !isVariable(range, prose, script) else { continue }
      if let last, last != script, gap == .none { gap = .weak }
      words.append(CountedWord(range: range, script: script, gap: gap))
      gap = .none
      last = script
    }
    return words
  }

  private static func gap(_ bytes: ArraySlice<UInt8>) -> Gap {
    var gap = Gap.none
    for byte in bytes {
      switch byte {
      case 10, UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"): return .strong
      case 0...32: break
      // Full stops of other scripts: `。`, `！`, `？`, `।`.
      case 0xE3 where bytes.elementsEqual("。".utf8), 0xEF where bytes.elementsEqual("！".utf8),
        0xEF where bytes.elementsEqual("？".utf8), 0xE0 where bytes.elementsEqual("।".utf8):
        return .strong
      default: gap = .weak
      }
    }
    return gap
  }

  /// That of the first letter, kana before Han; nil for an identifier (`a_1`, `x2`), or no letters of a script.
  private static func script(_ bytes: ArraySlice<UInt8>) -> Script? {
    guard let first = bytes.first else { return nil }
    if first < 0x80 {
      guard !bytes.contains(where: { $0 &- 48 < 10 || $0 == UInt8(ascii: "_") }) else { return nil }
      return first | 32 &- 97 < 26 ? .latin : nil
    }
    var found: Script?
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      guard let script = Script(scalar) else {
        if scalar == "_" || 48...57 ~= scalar.value { return nil }
        continue
      }
      if found == nil || script == .kana && found == .han { found = script }
    }
    return found
  }

  /// Whether a lone letter has a sign of arithmetic, a digit or a bracket beside it.
  private static func isVariable(_ range: Range<Int>, _ prose: [UInt8], _ script: Script) -> Bool {
    guard range.count <= 2, range.count == 1 || script == .greek || script == .cyrillic || script == .latin,
      range.count == 1 || prose[range.lowerBound] >= 0xC0
    else { return false }
    func isSign(_ byte: UInt8) -> Bool { "+=*/^<>_{}[]|\\-".utf8.contains(byte) }
    var before = range.lowerBound - 1
    while before >= 0, prose[before] == 32 { before -= 1 }
    var after = range.upperBound
    while after < prose.count, prose[after] == 32 { after += 1 }
    if before >= 0, isSign(prose[before]) || before == range.lowerBound - 1 && prose[before] &- 48 < 10 {
      return true
    }
    guard after < prose.count else { return false }
    return isSign(prose[after])
      || after == range.upperBound && (prose[after] &- 48 < 10 || prose[after] == UInt8(ascii: "("))
  }
}

extension CountedWord.Gap: Comparable {
  static func < (a: CountedWord.Gap, b: CountedWord.Gap) -> Bool { a.order < b.order }
  private var order: Int {
    switch self {
    case .none: 0
    case .weak: 1
    case .strong: 2
    }
  }
}
