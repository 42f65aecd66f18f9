/// The printable characters that stand for bytes in the vocabulary of a byte-level BPE: bytes that print
/// stand for themselves, the others follow from U+0100 on (Radford et al. 2019, §2.2, `bytes_to_unicode`).
enum ByteSymbols {
  /// By byte.
  static let characters: [Unicode.Scalar] = {
    var table: [Unicode.Scalar] = []
    var next: UInt32 = 0x100
    for byte in UInt8.min...UInt8.max {
      if (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || byte >= 0xae {
        table.append(Unicode.Scalar(byte))
      } else {
        table.append(Unicode.Scalar(next) ?? "\u{fffd}")
        next += 1
      }
    }
    return table
  }()

  /// By scalar below U+0144; -1 where no byte has it.
  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in characters.enumerated() { table[Int(scalar.value)] = Int16(byte) }
    return table
  }()

  /// The bytes that a symbol string stands for; nil where a character of it stands for no byte.
  static func bytes(of symbols: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(symbols.utf8.count)
    for scalar in symbols.unicodeScalars {
      guard scalar.value < 0x144, bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(scalar.value)]))
    }
    return result
  }

  static func symbols(of bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(characters[Int(byte)]) }
    return String(text)
  }
}
