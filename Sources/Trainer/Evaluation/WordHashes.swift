import VerifierKit

/// The words of a text as hashes: what is counted and compared, not read.
///
/// A word is a run of letters and digits, in lower case; of scripts that put no blanks between words (Han, kana, Thai,
/// Lao, Khmer, Burmese) each character is one. Marks, signs and underscores part words.
struct WordHashes: Sendable {
  private(set) var words: [UInt64] = []

  init(words: [UInt64]) { self.words = words }

  /// - Parameter limit: words that are read at most.
  init(_ text: String, limit: Int = .max) {
    var text = text
    text.withUTF8 { bytes in
      var index = 0
      var hash = StableHash()
      var isInside = false
      func end(_ words: inout [UInt64]) {
        if isInside { words.append(hash.value) }
        (isInside, hash) = (false, StableHash())
      }
      while index < bytes.count, words.count < limit {
        let byte = bytes[index]
        if byte < 0x80 {
          index += 1
          switch byte {
          case 0x30...0x39, 0x61...0x7a: hash.combine(byte)
          case 0x41...0x5a: hash.combine(byte | 0x20)
          default:
            end(&words)
            continue
          }
          isInside = true
          continue
        }
        let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
        let scalar = String(decoding: bytes[index..<min(index + length, bytes.count)], as: UTF8.self)
          .unicodeScalars
        index += length
        guard let scalar = scalar.first, Self.isWord(scalar) else {
          end(&words)
          continue
        }
        if Self.standsAlone(scalar) { end(&words) }
        hash.combine(scalar.properties.lowercaseMapping.utf8)
        isInside = true
        if Self.standsAlone(scalar) { end(&words) }
      }
      if words.count < limit { end(&words) }
    }
  }

  /// Each run of `n` words as one hash, in order; empty for a shorter text. Two of 2⁶⁴ hashes are one by chance in 10⁻⁷
  /// of the comparisons of a million with a million.
  func grams(_ n: Int) -> [UInt64] {
    guard n > 0, words.count >= n else { return [] }
    // A polynomial in the words, moved on by one product a word (Karp and Rabin 1987).
    var leading: UInt64 = 1
    for _ in 1..<max(n, 1) { leading = leading &* Self.base }
    var rolling: UInt64 = 0
    var grams: [UInt64] = []
    grams.reserveCapacity(words.count - n + 1)
    for (index, word) in words.enumerated() {
      if index >= n { rolling = rolling &- Self.mixed(words[index - n]) &* leading }
      rolling = rolling &* Self.base &+ Self.mixed(word)
      if index >= n - 1 { grams.append(Self.mixed(rolling)) }
    }
    return grams
  }

  private static let base: UInt64 = 0x9e37_79b9_7f4a_7c15

  private static func mixed(_ word: UInt64) -> UInt64 {
    let word = (word ^ (word >> 31)) &* 0xbf58_476d_1ce4_e5b9
    return word ^ (word >> 29)
  }

  /// Letters, digits, and the marks that some scripts write their vowels with.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .decimalNumber:
      true
    default: false
    }
  }

  static func standsAlone(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0e00...0x0eff, 0x1000...0x109f, 0x1780...0x17ff, 0x3040...0x30ff, 0x3400...0x4dbf, 0x4e00...0x9fff,
      0xf900...0xfaff, 0x20000...0x3ffff:
      true
    default: false
    }
  }
}
