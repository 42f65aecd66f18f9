import Testing

@testable import Policy

@Suite("Words that came before")
struct WordCacheTests {
  private func find(_ word: String, in cache: WordCache) -> [Int32]? {
    var ids: [Int32] = []
    let isKnown = Array(word.utf8).withUnsafeBufferPointer {
      cache.find($0, hash: WordCache.hash($0), into: &ids)
    }
    return isKnown ? ids : nil
  }

  private func insert(_ word: String, _ ids: [Int32], into cache: inout WordCache) {
    Array(word.utf8).withUnsafeBufferPointer { cache.insert($0, hash: WordCache.hash($0), ids: ids[...]) }
  }

  @Test("a word has its own tokens, or none; the table grows and starts anew")
  func growing() {
    var cache = WordCache()
    var known = 0
    for number in 0..<150_000 {
      insert("\(number)", [Int32(number), -1], into: &cache)
      guard number % 500 == 0 else { continue }
      for earlier in stride(from: 0, through: number, by: max(number / 20, 1)) {
        guard let ids = find("\(earlier)", in: cache) else { continue }
        #expect(ids == [Int32(earlier), -1])
        known += 1
      }
      #expect(find("x\(number)", in: cache) == nil)
    }
    #expect(known > 2000, "\(known)")
  }

  @Test("two words of one hash are two words")
  func collision() {
    var cache = WordCache()
    for word in ["one", "two"] {
      Array(word.utf8).withUnsafeBufferPointer {
        cache.insert($0, hash: 7, ids: [Int32(word.utf8.first ?? 0)])
      }
    }
    for word in ["one", "two", "ten"] {
      var ids: [Int32] = []
      let isKnown = Array(word.utf8).withUnsafeBufferPointer { cache.find($0, hash: 7, into: &ids) }
      #expect(isKnown == (word != "ten"))
      #expect(ids == (word == "one" ? [111] : word == "two" ? [116] : []))
    }
  }

  @Test("texts encoded at once have the ids that they have one after another")
  func concurrent() async throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/llama-2"))
    let texts = (0..<400).map { "the \($0) cats, \($0 % 7) of them\nnaïve 東京 \($0 * 977)" }
    let fresh = try Tokenizer(folder: Golden.path("tokenizers/llama-2"))
    let expected = texts.map { fresh.encode($0, allowSpecial: true) }
    await withTaskGroup(of: [[Int32]].self) { group in
      for _ in 0..<4 { group.addTask { texts.map { tokenizer.encode($0, allowSpecial: true) } } }
      for await ids in group { #expect(ids == expected) }
    }
  }
}
