import CZlib
import Foundation
import Testing

@testable import Policy

/// 10,000 texts in 34 languages and what else a tokenizer meets; tools/golden_corpus.py made them, and of each
/// text a checksum of what `tokenizers` made of it.
@Suite("Tokenizer against Hugging Face's: 10,000 texts")
struct TokenizerCorpusTests {
  @Test("ids, and the text that they decode to", arguments: TokenizerTests.names)
  func folder(name: String) throws {
    try expectChecksums(name, of: try Tokenizer(folder: Golden.path("tokenizers/" + name)))
  }

  @Test("the vocabulary of a GGUF file, with scores in place of merges")
  func gguf() throws {
    try expectChecksums("llama-2", of: try GGUFFile(Golden.path("tokenizers/llama-2/model.gguf")).tokenizer())
  }

  @Test("SmolLM2 (its GGUF file comes from tools/smollm2.sh)", .enabled(if: Golden.smollm2 != nil))
  func smollm2() throws {
    try expectChecksums("smollm2", of: try GGUFFile(try #require(Golden.smollm2)).tokenizer())
  }

  private func expectChecksums(_ name: String, of tokenizer: Tokenizer) throws {
    let texts = try Self.texts.get()
    let wanted = try Self.numbers(Data(contentsOf: URL(filePath: Golden.path("corpus/\(name).crc"))))
    #expect(texts.count == 10_000)
    #expect(wanted.count == texts.count)
    let wrong = zip(texts, wanted).filter { text, wanted in
      let ids = tokenizer.encode(text, allowSpecial: true)
      var bytes = ids.withUnsafeBytes { Array($0) }
      bytes += tokenizer.decode(ids, skipSpecialTokens: false).utf8
      bytes += tokenizer.decode(ids, skipSpecialTokens: true).utf8
      return UInt32(crc32(0, bytes, UInt32(bytes.count))) != wanted
    }
    #expect(wrong.isEmpty, "\(wrong.count) differ: \(wrong.prefix(5).map(\.0.debugDescription))")
  }

  private static let texts = Result {
    let file = try #require(gzopen(Golden.path("corpus/texts.gz"), "rb"))
    defer { gzclose(file) }
    var data = [UInt8](repeating: 0, count: 1 << 23)
    let length = Int(gzread(file, &data, UInt32(data.count)))
    try #require(length < data.count)
    var texts: [String] = []
    var place = 0
    while place + 4 <= length {
      let end = place + 4 + Int(numbers(Data(data[place..<place + 4]))[0])
      texts.append(String(decoding: data[place + 4..<end], as: UTF8.self))
      place = end
    }
    return texts
  }

  /// UInt32, little-endian.
  private static func numbers(_ data: Data) -> [UInt32] {
    let bytes = Array(data)
    return stride(from: 0, to: bytes.count - 3, by: 4).map { place in
      bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }
}
