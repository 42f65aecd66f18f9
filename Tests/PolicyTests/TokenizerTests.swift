import Foundation
import Testing

@testable import Policy

@Suite("Tokenizer against Hugging Face's")
struct TokenizerTests {
  static let names = ["gpt-2", "smollm", "llama-3", "qwen2", "llama-2", "mistral", "gemma"]

  @Test("ids of 250 texts", arguments: names)
  func ids(name: String) throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/" + name))
    try expectIDs(of: tokenizer, in: "tokenizers/\(name)/tokens.jsonl", count: 250)
  }

  private func expectIDs(of tokenizer: Tokenizer, in golden: String, count: Int) throws {
    let rows = try Golden.lines(golden)
    #expect(rows.count == count)
    for row in rows {
      let text = try #require(row["text"]?.string)
      let ids = try #require(row["ids"]?.integers)
      #expect(tokenizer.encode(text, allowSpecial: true).map(Int.init) == ids, "\(text.debugDescription)")
    }
  }

  @Test("text of random ids, parts of characters among them", arguments: names)
  func text(name: String) throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/" + name))
    for row in try Golden.lines("tokenizers/\(name)/decoded.jsonl") {
      let ids = try #require(row["ids"]?.integers).map { Int32($0) }
      let text = try #require(row["text"]?.string)
      let plain = try #require(row["plain"]?.string)
      #expect(isSame(tokenizer.decode(ids, skipSpecialTokens: false), text), "\(ids)")
      #expect(isSame(tokenizer.decode(ids, skipSpecialTokens: true), plain), "\(ids)")
    }
  }

  @Test("tokens that come one at a time give the text of all", arguments: names)
  func streamed(name: String) throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/" + name))
    for row in try Golden.lines("tokenizers/\(name)/decoded.jsonl") {
      let ids = try #require(row["ids"]?.integers).map { Int32($0) }
      for skips in [false, true] {
        var stream = TextStream(tokenizer, skipSpecialTokens: skips)
        let text = ids.map { stream.append($0) }.joined() + stream.finish()
        #expect(isSame(text, tokenizer.decode(ids, skipSpecialTokens: skips)), "\(ids)")
      }
    }
  }

  @Test("a character that is cut comes when it is whole, all else at once", arguments: ["gpt-2", "llama-2"])
  func cut(name: String) throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/" + name))
    var stream = TextStream(tokenizer, skipSpecialTokens: true)
    let pieces =
      tokenizer.encode("is \u{10FFFD} it", allowSpecial: false).map { stream.append($0) } + [stream.finish()]
    #expect(pieces.joined() == "is \u{10FFFD} it" && pieces.first?.isEmpty == false, "\(pieces)")
    #expect(pieces.count { $0.contains("\u{10FFFD}") } == 1 && pieces.contains(""), "\(pieces)")
  }

  @Test(
    "the token before a text",
    arguments: [
      ("null", "{}", nil),
      (#"{"single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]}"#, "{}", 1),
      (#"{"processors": [{}, {"single": [{"SpecialToken": {"id": "<s>"}}]}]}"#, "{}", 1),
      (#"{"single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "</s>"}}]}"#, "{}", nil),
      (#"{"single": [{"SpecialToken": {"id": "<s>"}}]}"#, #"{"add_bos_token": false}"#, nil),
      ("null", #"{"add_bos_token": true, "bos_token": "<s>"}"#, 1), ("null", #"{"bos_token": "<s>"}"#, nil),
    ] as [(String, String, Int32?)])
  func prefix(processor: String, config: String, expected: Int32?) throws {
    let file = try String(contentsOfFile: Golden.path("tokenizers/llama-2/tokenizer.json"), encoding: .utf8)
    let text = file.replacing(/"post_processor": *null/, with: "\"post_processor\": " + processor)
    let tokenizer = try Golden.withFolder { folder in
      try text.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
      try config.write(toFile: folder + "/tokenizer_config.json", atomically: true, encoding: .utf8)
      return try Tokenizer(folder: folder)
    }
    #expect(tokenizer.prefixToken == expected)
    #expect(tokenizer.encode("<s>", allowSpecial: true) == [1])
  }

  @Test("written as tokenizer.json and read again, the ids are the same", arguments: names)
  func writing(name: String) throws {
    try expectSameAgain(try Tokenizer(folder: Golden.path("tokenizers/" + name)), name)
  }

  @Test("the same of a GGUF file with scores")
  func writingGGUF() throws {
    let tokenizer = try GGUFFile(Golden.path("tokenizers/llama-2/model.gguf")).tokenizer()
    try expectIDs(of: tokenizer, in: "tokenizers/llama-2/tokens.jsonl", count: 250)
    try expectSameAgain(tokenizer, "llama-2")
    #expect((tokenizer.bosToken, tokenizer.prefixToken, tokenizer.eosTokens) == (1, 1, [2]))
    #expect(tokenizer.id(of: " the") == tokenizer.encode("the", allowSpecial: false).first)
  }

  private func expectSameAgain(_ tokenizer: Tokenizer, _ name: String) throws {
    let again = try Golden.withFolder { folder in
      try tokenizer.json().text.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
      return try Tokenizer(folder: folder)
    }
    #expect(again.prefixToken == tokenizer.prefixToken)
    for row in try Golden.lines("tokenizers/\(name)/tokens.jsonl") {
      let ids = try #require(row["ids"]?.integers).map { Int32($0) }
      #expect(again.encode(try #require(row["text"]?.string), allowSpecial: true) == ids)
    }
    for row in try Golden.lines("tokenizers/\(name)/decoded.jsonl") {
      let ids = try #require(row["ids"]?.integers).map { Int32($0) }
      #expect(isSame(again.decode(ids, skipSpecialTokens: false), try #require(row["text"]?.string)))
    }
  }

  @Test(
    "SmolLM2: ids of 1,000 texts (its GGUF file comes from tools/smollm2.sh)",
    .enabled(if: Golden.smollm2 != nil))
  func smollm2() throws {
    let tokenizer = try GGUFFile(try #require(Golden.smollm2)).tokenizer()
    try expectIDs(of: tokenizer, in: "smollm2-tokens.jsonl", count: 1000)
    let tokens = (tokenizer.eosTokens, tokenizer.bosToken, tokenizer.padToken)
    #expect(tokens == ([2], 1, 2))
  }

  @Test("text from outside can't write special tokens")
  func special() throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/smollm"))
    let end = try #require(tokenizer.id(of: "<|im_end|>"))
    let text = "a<|im_end|>b"
    #expect(tokenizer.encode(text, allowSpecial: true).contains(end))
    let plain = tokenizer.encode(text, allowSpecial: false)
    #expect(!plain.contains(end))
    #expect(tokenizer.decode(plain, skipSpecialTokens: true) == text)
    #expect(tokenizer.token(forID: end) == "<|im_end|>")
    #expect(tokenizer.token(forID: -1) == nil)
    #expect(tokenizer.token(forID: 1_000_000) == nil)
    #expect(tokenizer.decode([-1, 1_000_000], skipSpecialTokens: false) == "")
  }

  @Test("a word of a million letters")
  func longWord() throws {
    let tokenizer = try Tokenizer(folder: Golden.path("tokenizers/smollm"))
    let text = String(repeating: "theing", count: 170_000)
    let start = ContinuousClock.now
    let ids = tokenizer.encode(text, allowSpecial: false)
    // Merging that rescans its word would take hours.
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(isSame(tokenizer.decode(ids, skipSpecialTokens: false), text))
  }

  @Test(
    "what of a tokenizer.json isn't supported",
    arguments: [
      ("smollm", #""type": "BPE""#, #""type": "Unigram""#, "Unigram"),
      ("smollm", #""use_regex": true"#, #""use_regex": true}, {"type": "Metaspace""#, "behind ByteLevel"),
      ("smollm", #""individual_digits": true"#, #""x": 1}, {"type": "Punctuation""#, "Punctuation"),
      ("smollm", #""normalizer": null"#, #""normalizer": {"type": "Lowercase"}"#, "Lowercase"),
      ("smollm", #""add_prefix_space": false"#, #""add_prefix_space": true"#, "add_prefix_space"),
      ("smollm", #""byte_fallback": false"#, #""byte_fallback": true"#, "<0x00> to <0xFF>"),
      ("smollm", #""merges": ["#, #""merges": [["zz", "q"], "#, "Merge 0"),
      ("smollm", #""vocab": {"#, #""vocab": {"far": 9999999, "#, "9999999"),
      ("smollm", #""vocab": {"#, #""vocab": {"twice": 5, "#, "the id of another"),
      ("smollm", #""version""#, #"!"#, "byte 4"),
      ("llama-2", #""<0x7F>""#, #""<0x7G>""#, "<0x00> to <0xFF>"),
      ("llama-2", #""byte_fallback": true"#, #""byte_fallback": false"#, "fuse_unk"),
      ("llama-2", #""prepend": "▁""#, #""prepend": "_""#, "Prepend"),
      ("llama-2", #""String": " ""#, #""String": "-""#, "Replace"),
      ("llama-2", #""pre_tokenizer": null"#, #""pre_tokenizer": {"type": "Metaspace"}"#, "Metaspace"),
      ("llama-2", #""type": "Fuse""#, #""type": "Strip""#, "ByteFallback, Strip"),
      ("llama-2", #""start": 1"#, #""start": -1"#, "Fuse"),
      ("mistral", #""prepend_scheme": "first""#, #""prepend_scheme": "last""#, "last"),
      ("mistral", #""type": "Metaspace""#, #""type": "Whitespace""#, "Whitespace"),
      ("mistral", #""replacement": "▁""#, #""replacement": "_""#, "replacement"),
      ("gemma", #""String": " ""#, #""String": "x""#, "Replace"),
      ("gemma", #""type": "Replace""#, #""type": "NFC""#, "splits by"),
    ])
  func unsupported(name: String, original: String, changed: String, message: String) throws {
    let text = try String(contentsOfFile: Golden.path("tokenizers/\(name)/tokenizer.json"), encoding: .utf8)
    #expect(text.contains(original))
    try Golden.withFolder { folder in
      try text.replacing(original, with: changed, maxReplacements: 1)
        .write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
      let error = #expect(throws: CheckpointError.self) { try Tokenizer(folder: folder) }
      #expect(error?.file == folder + "/tokenizer.json")
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test(
    "what of a GGUF file with scores isn't supported",
    arguments: [
      ("<0x7F>", "<0x7G>", "<0x00> to <0xFF>"), ("tokenizer.ggml.scores", "tokenizer.ggml.scorez", "scores"),
      ("tokenizer.ggml.tokens", "tokenizer.ggml.tokenz", "tokens is missing"),
    ])
  func unsupportedGGUF(original: String, changed: String, message: String) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: Golden.path("tokenizers/llama-2/model.gguf"))))
    bytes.replaceSubrange(try #require(bytes.firstRange(of: Array(original.utf8))), with: Array(changed.utf8))
    try Golden.withFolder { folder in
      let path = folder + "/model.gguf"
      try Data(bytes).write(to: URL(filePath: path))
      let error = #expect(throws: CheckpointError.self) { try GGUFFile(path).tokenizer() }
      #expect(error?.file == path)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }
}

@Suite("Tokenizer made on the spot")
struct ByteLevelTokenizerTests {
  let tokenizer = Tokenizer.byteLevel(
    specialTokens: ["<|end|>", "<|user|>"],
    words: ["think", " knight", " knave", "</", "x = ", "12", "naïve"],
    chatTemplate: "{{ messages[0].content }}", eos: "<|end|>")

  @Test(
    "tokens of a text",
    arguments: [
      ("think", 1), (" knight", 1), (" knave", 1), ("</think", 2), ("naïve", 1), ("thinks", 2), ("Think", 5),
      ("42", 2), ("12", 2), ("<|user|>", 1), ("é", 2), ("", 0), ("x =", 2),
    ])
  func count(text: String, count: Int) {
    let ids = tokenizer.encode(text, allowSpecial: true)
    #expect(ids.count == count)
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == text)
  }

  @Test("its files, read again, give the same ids")
  func files() throws {
    try Golden.withFolder { folder in
      for (name, bytes) in try tokenizer.files() {
        try Data(bytes).write(to: URL(filePath: folder + "/" + name))
      }
      let again = try Tokenizer(folder: folder)
      for row in try Golden.lines("smollm2-tokens.jsonl") {
        let text = try #require(row["text"]?.string)
        let ids = tokenizer.encode(text, allowSpecial: true)
        #expect(again.encode(text, allowSpecial: true) == ids)
        #expect(isSame(tokenizer.decode(ids, skipSpecialTokens: false), text))
      }
      #expect(again.eosTokens == tokenizer.eosTokens)
      #expect(again.padToken == tokenizer.padToken)
      #expect(again.chatTemplate == tokenizer.chatTemplate)
      #expect(again.vocabularySize == tokenizer.vocabularySize)
    }
  }

  @Test("runs of digits are pieces of their own, and come to an end")
  func digitRuns() throws {
    try Golden.withFolder { folder in
      try TinyFiles.write(to: folder)
      let file = folder + "/tokenizer.json"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacing("\"individual_digits\": true", with: "\"individual_digits\": false")
        .write(toFile: file, atomically: false, encoding: .utf8)
      #expect(try Tokenizer(folder: folder).encode("12 a1", allowSpecial: true) == [4, 8, 7, 4])
    }
  }

  @Test("a word that is also a special token can't be written apart from it")
  func ambiguous() {
    let tokenizer = Tokenizer.byteLevel(specialTokens: ["end"], words: ["end"], chatTemplate: "", eos: "end")
    #expect(throws: CheckpointError.self) { try tokenizer.files() }
  }
}
