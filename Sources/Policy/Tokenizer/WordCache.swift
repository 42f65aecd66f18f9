import Foundation

/// The tokens of words that came before: texts repeat their words, and looking one up takes a fraction of the
/// time that merging takes. What is in it changes no result.
///
/// A hash table with linear probing. It grows with the words, and starts anew when it has grown enough.
struct WordCache {
  /// In bytes; longer words don't come again.
  static let longestWord = 96
  private static let smallest = 1 << 10
  private static let largest = 1 << 17
  private static let longestProbe = 16

  private struct Entry {
    /// 0: free.
    var hash: UInt64 = 0
    var text: UInt32 = 0
    var ids: UInt32 = 0
    var length: UInt16 = 0
    var count: UInt16 = 0
  }

  private var entries = [Entry](repeating: Entry(), count: smallest)
  private var count = 0
  private var texts: [UInt8] = []
  private var ids: [Int32] = []

  /// Never 0. Eight bytes at a time, multiplied and folded.
  @inline(__always)
  static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let bytes = UnsafeRawBufferPointer(word)
    var hash = UInt64(truncatingIfNeeded: bytes.count)
    var place = 0
    func fold(_ value: UInt64) {
      let product = (hash ^ value).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
      hash = product.high ^ product.low
    }
    while place + 8 <= bytes.count {
      fold(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    var rest: UInt64 = 0x5f
    while place < bytes.count {
      rest = rest << 8 | UInt64(bytes[place])
      place += 1
    }
    fold(rest)
    return hash | 1
  }

  /// Appends the tokens of a word.
  /// - Returns: Whether it is known.
  @inline(__always)
  func find(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, into result: inout [Int32]) -> Bool {
    var place = Int(truncatingIfNeeded: hash >> 20) & (entries.count - 1)
    for _ in 0..<Self.longestProbe {
      let entry = entries[place]
      if entry.hash == 0 { return false }
      if entry.hash == hash, isSame(entry, word) {
        let start = Int(entry.ids)
        for id in ids[start..<start + Int(entry.count)] { result.append(id) }
        return true
      }
      place = (place + 1) & (entries.count - 1)
    }
    return false
  }

  @inline(__always)
  private func isSame(_ entry: Entry, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(entry.length) == word.count, let start = word.baseAddress else { return false }
    return texts.withUnsafeBufferPointer {
      $0.baseAddress.map { memcmp($0 + Int(entry.text), start, word.count) == 0 } ?? false
    }
  }

  mutating func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, ids new: ArraySlice<Int32>) {
    if 2 * count >= entries.count { grow() }
    let entry = Entry(
      hash: hash, text: UInt32(texts.count), ids: UInt32(ids.count), length: UInt16(word.count),
      count: UInt16(new.count))
    guard insert(entry) else { return }
    texts.append(contentsOf: word)
    ids.append(contentsOf: new)
    count += 1
  }

  /// - Returns: Whether there was room near its place.
  private mutating func insert(_ entry: Entry) -> Bool {
    var place = Int(truncatingIfNeeded: entry.hash >> 20) & (entries.count - 1)
    for _ in 0..<Self.longestProbe {
      if entries[place].hash == 0 {
        entries[place] = entry
        return true
      }
      place = (place + 1) & (entries.count - 1)
    }
    return false
  }

  private mutating func grow() {
    guard entries.count < Self.largest else {
      self = WordCache()
      return
    }
    let old = entries
    entries = Array(repeating: Entry(), count: 4 * old.count)
    for entry in old where entry.hash != 0 { _ = insert(entry) }
  }
}
