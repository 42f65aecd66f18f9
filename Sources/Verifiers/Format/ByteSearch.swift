extension StringProtocol {
  /// Where some text occurs, byte by byte and without overlaps: quicker by far than by characters, and tags are ASCII.
  /// At most `limit` places: no shape of an answer needs to know of more.
  func byteRanges(of needle: String, limit: Int = 100) -> [Range<Index>] {
    let text = Substring(self).utf8, wanted = Array(needle.utf8)
    guard let first = wanted.first else { return [] }
    let offsets = text.withContiguousStorageIfAvailable { bytes -> [Int] in
      var found: [Int] = []
      var index = 0
      while index + wanted.count <= bytes.count, found.count < limit {
        if bytes[index] == first, bytes[index..<index + wanted.count].elementsEqual(wanted) {
          found.append(index)
          index += wanted.count
        } else {
          index += 1
        }
      }
      return found
    }
    guard let offsets else { return ranges(of: needle) }
    return offsets.map { offset in
      let start = text.index(startIndex, offsetBy: offset)
      return start..<text.index(start, offsetBy: wanted.count)
    }
  }
}
