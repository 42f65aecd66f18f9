import CLanguageTable
import CZlib

/// N-grams of letters and how they speak for the languages of a script (CLanguageTable.h has the layout).
struct NgramTable: Sendable {
  static let shared = NgramTable()

  private struct Section {
    var languages: [String]
    /// A power of two of them: an n-gram in the low 40 bits, its row + 1 above; 0 is free.
    var slots: [UInt64]
    /// A byte a language: sixteenths of a logarithm of probability behind the likeliest.
    var rows: [UInt8]

    init(_ bytes: [UInt8], _ at: inout Int) {
      func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
      let (count, grams) = (word(at), word(at + 4))
      at += 8
      languages = (0..<count).map { index in
        String(decoding: bytes[(at + 4 * index)..<(at + 4 * index + 4)].prefix { $0 != 0 }, as: UTF8.self)
      }
      at += 4 * count
      var size = 2
      while size < 2 * grams { size *= 2 }
      slots = Array(repeating: 0, count: size)
      rows = Array(repeating: 0, count: grams * count)
      for gram in 0..<grams {
        let key = (0..<5).reduce(0 as UInt64) { $0 | UInt64(bytes[at + $1 * grams + gram]) << UInt64(8 * $1) }
        var slot = Self.slot(of: key, size)
        while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
        slots[slot] = key | UInt64(gram + 1) << 40
        for language in 0..<count {
          let pair = bytes[at + (5 + language / 2) * grams + gram]
          let steps = Int(language % 2 == 0 ? pair & 15 : pair >> 4)
          rows[gram * count + language] = UInt8((steps * 32 + 1) / 3)
        }
      }
      at += (5 + (count + 1) / 2) * grams
    }

    private static func slot(of key: UInt64, _ size: Int) -> Int {
      Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 40) & (size - 1)
    }

    /// Where an n-gram's row begins.
    func row(_ key: UInt64) -> Int? {
      var slot = Self.slot(of: key, slots.count)
      while slots[slot] != 0 {
        if slots[slot] & 0xFF_FFFF_FFFF == key { return (Int(slots[slot] >> 40) - 1) * languages.count }
        slot = (slot + 1) & (slots.count - 1)
      }
      return nil
    }
  }

  private let sections: [Section]

  private init() {
    let packed = UnsafeBufferPointer(start: assay_language_table(), count: assay_language_table_size())
    var length = uLongf((0..<4).reduce(0) { $0 | Int(packed[$1]) << (8 * $1) })
    var bytes = [UInt8](repeating: 0, count: Int(length))
    let status = uncompress(&bytes, &length, packed.baseAddress.map { $0 + 4 }, uLong(packed.count - 4))
    precondition(status == Z_OK && length == bytes.count, "the table of languages is a part of the program")
    var at = 0
    sections = (0..<4).map { _ in Section(bytes, &at) }
  }

  /// Empty for a script that needs no table.
  func languages(of script: Script) -> [String] {
    Int(script.rawValue) < sections.count ? sections[Int(script.rawValue)].languages : []
  }

  /// Adds to `costs` (one a language) how much less likely than the likeliest language each is to have written a
  /// word, in sixteenths: at each byte by the longest n-gram that is known.
  /// - Parameter word: In lower case, between blanks.
  func add(_ word: [UInt8], of script: Script, to costs: UnsafeMutableBufferPointer<Int32>) {
    let section = sections[Int(script.rawValue)]
    for start in word.indices {
      var key: UInt64 = 0
      var best: Int?
      for length in 0..<min(5, word.count - start) {
        key |= UInt64(word[start + length]) << UInt64(8 * length)
        if let row = section.row(key) { best = row }
      }
      guard let best else { continue }
      for language in costs.indices { costs[language] += Int32(section.rows[best + language]) }
    }
  }
}
