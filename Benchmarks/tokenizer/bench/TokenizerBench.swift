// tokenizer-bench — times Assay's tokenizer for compare.py.
//
//     tokenizer-bench FOLDER TEXTS
//
// FOLDER holds a tokenizer.json; TEXTS is, for each text, its length in bytes (UInt32, little-endian) and its
// bytes. For each line of standard input one pass over all texts is made; what is printed: seconds for
// encoding, seconds for decoding, number of tokens, FNV-1a of the ids.

import Foundation
import Policy

@main enum TokenizerBench {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      FileHandle.standardError.write(Data("Usage: tokenizer-bench FOLDER TEXTS\n".utf8))
      exit(64)
    }
    let tokenizer = try Tokenizer(folder: arguments[1])
    let texts = texts(Array(try Data(contentsOf: URL(filePath: arguments[2]))))
    var ids: [[Int32]] = []
    while readLine() != nil {
      let clock = ContinuousClock()
      ids.removeAll()
      let encoding = clock.measure {
        for text in texts { ids.append(tokenizer.encode(text, allowSpecial: true)) }
      }
      var length = 0
      let decoding = clock.measure {
        for tokens in ids { length += tokenizer.decode(tokens, skipSpecialTokens: false).utf8.count }
      }
      let count = ids.reduce(0) { $0 + $1.count }
      print(encoding / .seconds(1), decoding / .seconds(1), count, hash(ids))
      withExtendedLifetime(length) { _ = fflush(nil) }
    }
  }

  private static func texts(_ bytes: [UInt8]) -> [String] {
    var texts: [String] = []
    var place = 0
    while place + 4 <= bytes.count {
      let length = bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
      let end = min(place + 4 + length, bytes.count)
      texts.append(String(decoding: bytes[place + 4..<end], as: UTF8.self))
      place = end
    }
    return texts
  }

  private static func hash(_ ids: [[Int32]]) -> UInt64 {
    ids.joined().reduce(0xcbf2_9ce4_8422_2325) {
      ($0 ^ UInt64(UInt32(bitPattern: $1))) &* 0x100_0000_01b3
    }
  }
}
