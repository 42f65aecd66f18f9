import VerifierKit

/// The words of a text, runs of what is no white space, as hashes: what is counted and compared, not read.
struct WordHashes {
  private(set) var words: [UInt64] = []

  init(_ text: String) {
    let text = AnswerText(text, last: .max)
    var index = 0
    var hash = StableHash()
    var isInside = false
    while index < text.bytes.count {
      let byte = text.bytes[index]
      let blank = byte == 8 || byte == 12 ? 1 : text.blank(at: index)
      if let blank {
        if isInside { words.append(hash.value) }
        (isInside, hash) = (false, StableHash())
        index += blank
      } else {
        hash.combine(byte)
        isInside = true
        index += 1
      }
    }
    if isInside { words.append(hash.value) }
  }

  /// How many different runs of n words there are. Two of 2⁶⁴ hashes are one by chance in 10⁻⁸ of texts of a million words.
  func distinct(_ n: Int) -> Int {
    guard words.count >= n else { return 0 }
    var seen: Set<UInt64> = []
    seen.reserveCapacity(words.count)
    for start in 0...words.count - n {
      var hash = StableHash().value
      for word in words[start..<start + n] {
        hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 32
      }
      seen.insert(hash)
    }
    return seen.count
  }
}
