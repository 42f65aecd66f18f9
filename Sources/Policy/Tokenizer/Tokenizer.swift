// Tokenizer — text to tokens and back: byte-level BPE as in Hugging Face's `tokenizers`.
//
//     text ─► added tokens ─► NFC? ─► splitting ─► bytes ─► merges ─► ids
//
// Adds no token of its own: what begins and ends a conversation is the chat template's. Not covered:
// WordPiece, Unigram (SentencePiece), and BPE over characters; reading such a file is an error.

import Foundation

/// A byte-level BPE tokenizer with the chat template of its model.
public struct Tokenizer: Sendable {
  var encoding: BytePairEncoding
  let added: [AddedToken]
  /// In the order in which they are applied.
  let splitting: [TextSplitting]
  /// Whether a text is brought to Unicode's form C first.
  let composes: Bool
  /// Nil: the model has none.
  public let chatTemplate: String?
  /// Any of these ends a completion.
  public internal(set) var eosTokens: [Int32]
  public let bosToken: Int32?
  public let padToken: Int32?
  /// Files of the folder that it came from, to be written again as they were.
  var sources: [String: [UInt8]] = [:]

  private let raw: AddedTokenMatcher
  private let normalized: AddedTokenMatcher
  private let addedByID: [Int32: AddedToken]
  private let addedByContent: [[UInt8]: Int32]
  private let parsedTemplate: Result<ChatTemplate, ChatTemplateError>?

  init(
    encoding: BytePairEncoding, added: [AddedToken], splitting: [TextSplitting], composes: Bool,
    chatTemplate: String?, eosTokens: [Int32], bosToken: Int32?, padToken: Int32?
  ) {
    self.encoding = encoding
    self.added = added
    self.splitting = splitting
    self.composes = composes
    self.chatTemplate = chatTemplate
    self.eosTokens = eosTokens
    self.bosToken = bosToken
    self.padToken = padToken
    raw = AddedTokenMatcher(added.filter { !$0.isNormalized })
    normalized = AddedTokenMatcher(
      added.filter(\.isNormalized).map { token in
        var token = token
        if composes { token.content = token.content.precomposedStringWithCanonicalMapping }
        return token
      })
    addedByID = Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    addedByContent = Dictionary(added.map { (Array($0.content.utf8), $0.id) }, uniquingKeysWith: { $1 })
    parsedTemplate = chatTemplate.map { text in
      Result { () throws(ChatTemplateError) in try ChatTemplate(text) }
    }
  }

  /// Largest id + 1: rows of the embedding that have a token.
  public var vocabularySize: Int {
    max(encoding.tokens.count, added.reduce(0) { max($0, Int($1.id) + 1) })
  }

  /// The token whose text is exactly `text`: an added token, or one of the vocabulary (` the`, not `Ġthe`).
  public func id(of text: String) -> Int32? {
    let bytes = Array(text.utf8)
    return addedByContent[bytes] ?? encoding.ids[bytes]
  }

  /// The text of one token, bytes that are no UTF-8 repaired; nil for an id without a token.
  public func token(forID id: Int32) -> String? {
    let isKnown =
      addedByID[id] != nil || encoding.tokens.indices.contains(Int(id)) && encoding.tokens[Int(id)] != nil
    return isKnown ? String(decoding: bytes(of: id), as: UTF8.self) : nil
  }

  /// The bytes of one token; empty for an id without a token.
  func bytes(of id: Int32) -> [UInt8] {
    if let token = addedByID[id] { return Array(token.content.utf8) }
    guard encoding.tokens.indices.contains(Int(id)) else { return [] }
    return encoding.tokens[Int(id)] ?? []
  }

  /// - Parameter allowSpecial: Whether special tokens that are written out in the text become those tokens:
  ///   true for what a chat template made, false for text from outside.
  public func encode(_ text: String, allowSpecial: Bool) -> [Int32] {
    var result: [Int32] = []
    var scratch = BytePairEncoding.Scratch()
    let bytes = Array(text.utf8)
    for part in raw.parts(of: bytes, in: 0..<bytes.count, allowSpecial: allowSpecial) {
      switch part {
      case .token(let id): result.append(id)
      case .text(let range):
        encode(compose(bytes[range]), allowSpecial: allowSpecial, into: &result, &scratch)
      }
    }
    return result
  }

  private func compose(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard composes, bytes.contains(where: { $0 >= 0x80 }) else { return Array(bytes) }
    return Array(String(decoding: bytes, as: UTF8.self).precomposedStringWithCanonicalMapping.utf8)
  }

  private func encode(
    _ bytes: [UInt8], allowSpecial: Bool, into result: inout [Int32],
    _ scratch: inout BytePairEncoding.Scratch
  ) {
    for part in normalized.parts(of: bytes, in: 0..<bytes.count, allowSpecial: allowSpecial) {
      switch part {
      case .token(let id): result.append(id)
      case .text(let range):
        bytes.withUnsafeBufferPointer { buffer in
          split(UnsafeBufferPointer(rebasing: buffer[range]), step: 0, into: &result, &scratch)
        }
      }
    }
  }

  private func split(
    _ piece: UnsafeBufferPointer<UInt8>, step: Int, into result: inout [Int32],
    _ scratch: inout BytePairEncoding.Scratch
  ) {
    guard step < splitting.count else {
      encoding.encode(piece, into: &result, &scratch)
      return
    }
    var start = 0
    while start < piece.count {
      let end = max(splitting[step].end(of: piece, from: start), start + 1)
      split(UnsafeBufferPointer(rebasing: piece[start..<end]), step: step + 1, into: &result, &scratch)
      start = end
    }
  }

  /// The text of tokens. Bytes that are no UTF-8, such as of a character cut in two, become U+FFFD, one for
  /// each maximal part of a character (Unicode 16, §3.9, as in the original); unknown ids become nothing.
  public func decode(_ tokens: some Sequence<Int32>, skipSpecialTokens: Bool) -> String {
    var result: [UInt8] = []
    for id in tokens {
      if skipSpecialTokens, addedByID[id]?.isSpecial == true { continue }
      result += bytes(of: id)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A conversation as the text that the model was trained on: encode it with `allowSpecial: true`.
  ///
  /// The content of messages isn't escaped: one that holds `<|im_end|>` ends its turn, as in the original.
  /// - Parameter addGenerationPrompt: Whether the head of the assistant's answer follows.
  public func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool
  ) throws(ChatTemplateError) -> String {
    guard let parsedTemplate else {
      throw ChatTemplateError("The model has no chat template. Add `chat_template` to tokenizer_config.json.")
    }
    func text(_ id: Int32?) -> String { id.map { decode([$0], skipSpecialTokens: false) } ?? "" }
    return try parsedTemplate.get().render(
      messages, addGenerationPrompt: addGenerationPrompt,
      tokens: ["bos_token": text(bosToken), "eos_token": text(eosTokens.first), "pad_token": text(padToken)])
  }
}
